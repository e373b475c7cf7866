#include "service/acme/crypto.h"
#include "base/arena.h"
#include "base/banned.h"
#include <openssl/asn1.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { SERIAL_BITS = 127, WEEK_S = 7 * 24 * 3600, HOUR_S = 3600, COORDINATES = 64 };

#define ACME_IDENTIFIER "1.3.6.1.5.5.7.1.31" /* id-pe-acmeIdentifier */

struct acme_key {
    EVP_PKEY *pkey;
};

static struct acme_key *key_of(EVP_PKEY *pkey)
{
    struct acme_key *k = calloc(1, sizeof *k);
    must(k && pkey);
    k->pkey = pkey;
    return k;
}

struct acme_key *acme_key_make(void)
{
    return key_of(EVP_EC_gen("P-256"));
}

static BIO *reader_of(struct str text)
{
    BIO *b = BIO_new_mem_buf(text.p ? text.p : "", (int)text.n);
    must(b);
    return b;
}

enum code acme_key_read(struct ctx *cx, struct str pem, struct acme_key **out)
{
    char group[32] = "";
    BIO *b = reader_of(pem);
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);
    BIO_free(b);
    ERR_clear_error();
    if (!pkey)
        return fail(cx, E_SYNTAX, "no private key in PEM");
    if (EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) != 1 ||
        strcmp(group, "prime256v1") != 0) {
        EVP_PKEY_free(pkey);
        ERR_clear_error();
        return fail(cx, E_UNSUPPORTED, "the key is not P-256");
    }
    *out = key_of(pkey);
    return OK;
}

void acme_key_close(struct acme_key *k)
{
    if (!k)
        return;
    EVP_PKEY_free(k->pkey);
    free(k);
}

/* What was written to b, which is freed. */
static struct str written(struct arena *a, BIO *b)
{
    char *p;
    long n = BIO_get_mem_data(b, &p);
    struct str all = str_dup(a, str_of(p, n > 0 ? (size_t)n : 0));
    BIO_free(b);
    return all;
}

struct str acme_key_pem(struct arena *a, const struct acme_key *k)
{
    BIO *b = BIO_new(BIO_s_mem());
    must(b && PEM_write_bio_PKCS8PrivateKey(b, k->pkey, NULL, NULL, 0, NULL, NULL) == 1);
    return written(a, b);
}

static struct str number(struct arena *a, const BIGNUM *n)
{
    unsigned char *p = arena_alloc(a, ACME_POINT_BYTES);
    must(BN_bn2binpad(n, p, ACME_POINT_BYTES) == ACME_POINT_BYTES);
    return str_of(p, ACME_POINT_BYTES);
}

void acme_key_point(struct arena *a, const struct acme_key *k, struct str *x, struct str *y)
{
    BIGNUM *bx = NULL, *by = NULL;
    must(EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_EC_PUB_X, &bx) == 1 &&
         EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &by) == 1);
    *x = number(a, bx);
    *y = number(a, by);
    BN_free(bx);
    BN_free(by);
}

struct str acme_sign(struct arena *a, const struct acme_key *k, struct str text)
{
    unsigned char der[128];
    size_t n = sizeof der;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    must(c && EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, k->pkey) == 1 &&
         EVP_DigestSign(c, der, &n, (const unsigned char *)text.p, text.n) == 1);
    EVP_MD_CTX_free(c);
    const unsigned char *p = der;
    ECDSA_SIG *both = d2i_ECDSA_SIG(NULL, &p, (long)n);
    must(both);
    const struct str parts[] = {number(a, ECDSA_SIG_get0_r(both)),
                                number(a, ECDSA_SIG_get0_s(both))};
    ECDSA_SIG_free(both);
    return str_join(a, parts, 2);
}

void acme_hash(struct str text, unsigned char *out)
{
    unsigned n = 0;
    must(EVP_Digest(text.p, text.n, out, &n, EVP_sha256(), NULL) == 1 && n == ACME_HASH_BYTES);
}

struct str acme_hmac(struct arena *a, struct str key, struct str text)
{
    unsigned char *out = arena_alloc(a, ACME_HASH_BYTES);
    unsigned n = 0;
    must(HMAC(EVP_sha256(), key.p, (int)key.n, (const unsigned char *)text.p, text.n, out, &n));
    return str_of(out, n);
}

/* subjectAltName; names are host names, so nothing in them has a meaning to OpenSSL. */
static X509_EXTENSION *names_extension(const struct str *names, size_t count)
{
    GENERAL_NAMES *all = sk_GENERAL_NAME_new_null();
    must(all);
    for (size_t i = 0; i < count; i++) {
        GENERAL_NAME *one = GENERAL_NAME_new();
        ASN1_IA5STRING *text = ASN1_IA5STRING_new();
        must(one && text && ASN1_STRING_set(text, names[i].p, (int)names[i].n) == 1);
        GENERAL_NAME_set0_value(one, GEN_DNS, text);
        must(sk_GENERAL_NAME_push(all, one) > 0);
    }
    X509_EXTENSION *x = X509V3_EXT_i2d(NID_subject_alt_name, 0, all);
    must(x);
    GENERAL_NAMES_free(all);
    return x;
}

struct str acme_csr(struct arena *a, const struct acme_key *k, const struct str *names,
                    size_t count)
{
    X509_REQ *r = X509_REQ_new();
    STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
    unsigned char *der = NULL;
    must(r && extensions && sk_X509_EXTENSION_push(extensions, names_extension(names, count)) > 0);
    must(X509_REQ_set_version(r, X509_REQ_VERSION_1) == 1 && X509_REQ_set_pubkey(r, k->pkey) == 1 &&
         X509_REQ_add_extensions(r, extensions) == 1 &&
         X509_REQ_sign(r, k->pkey, EVP_sha256()) > 0);
    int n = i2d_X509_REQ(r, &der);
    must(n > 0);
    struct str out = str_dup(a, str_of(der, (size_t)n));
    OPENSSL_free(der);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    X509_REQ_free(r);
    return out;
}

/* The hash as an octet string inside of the extension, which is critical. */
static void add_identifier(X509 *x, const unsigned char *hash)
{
    unsigned char inner[ACME_HASH_BYTES + 2] = {V_ASN1_OCTET_STRING, ACME_HASH_BYTES};
    for (size_t i = 0; i < ACME_HASH_BYTES; i++)
        inner[i + 2] = hash[i];
    ASN1_OBJECT *id = OBJ_txt2obj(ACME_IDENTIFIER, 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    must(id && value && ASN1_OCTET_STRING_set(value, inner, sizeof inner) == 1);
    X509_EXTENSION *e = X509_EXTENSION_create_by_OBJ(NULL, id, 1, value);
    must(e && X509_add_ext(x, e, -1) == 1);
    X509_EXTENSION_free(e);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(id);
}

static void set_serial(X509 *x)
{
    BIGNUM *n = BN_new();
    must(n && BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)));
    BN_free(n);
}

static void set_name(X509_NAME *name)
{
    const unsigned char *text = (const unsigned char *)"postroad";
    must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1);
}

struct str acme_self_signed(struct arena *a, const struct str *names, size_t count,
                            const unsigned char *hash)
{
    struct acme_key *k AUTO(acme_key_close) = acme_key_make();
    X509 *x = X509_new();
    must(x && X509_set_version(x, X509_VERSION_3) == 1);
    set_serial(x);
    set_name(X509_get_subject_name(x));
    must(X509_set_issuer_name(x, X509_get_subject_name(x)) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(x), -HOUR_S) &&
         X509_gmtime_adj(X509_getm_notAfter(x), WEEK_S) && X509_set_pubkey(x, k->pkey) == 1);
    X509_EXTENSION *san = names_extension(names, count);
    must(X509_add_ext(x, san, -1) == 1);
    X509_EXTENSION_free(san);
    if (hash)
        add_identifier(x, hash);
    BIO *b = BIO_new(BIO_s_mem());
    must(X509_sign(x, k->pkey, EVP_sha256()) > 0 && b && PEM_write_bio_X509(b, x) == 1);
    X509_free(x);
    const struct str parts[] = {acme_key_pem(a, k), written(a, b)};
    return str_join(a, parts, 2);
}

static X509 *first_of(struct str pem)
{
    BIO *b = reader_of(pem);
    X509 *x = PEM_read_bio_X509(b, NULL, NULL, NULL);
    BIO_free(b);
    ERR_clear_error();
    return x;
}

static bool utc_ms(const ASN1_TIME *t, int64_t *out)
{
    struct tm tm;
    if (ASN1_TIME_to_tm(t, &tm) != 1)
        return false;
    *out = (int64_t)timegm(&tm) * 1000;
    return true;
}

static struct str octets(struct arena *a, const ASN1_STRING *s)
{
    return str_dup(a, str_of(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)));
}

/* The bytes of the INTEGER: a leading zero when the first bit is set (RFC 9773 section 4.1). */
static struct str serial_bytes(struct arena *a, const ASN1_INTEGER *n)
{
    struct str plain = octets(a, n);
    bool zero = plain.n && (unsigned char)plain.p[0] >= 0x80;
    const struct str parts[] = {str_of("", zero ? 1 : 0), plain};
    return str_join(a, parts, 2);
}

enum code acme_facts_read(struct ctx *cx, struct str pem, struct acme_facts *out)
{
    X509 *x = first_of(pem);
    if (!x)
        return fail(cx, E_SYNTAX, "no certificate in PEM");
    struct acme_facts f = {0};
    const ASN1_OCTET_STRING *authority = X509_get0_authority_key_id(x);
    bool dated = utc_ms(X509_get0_notBefore(x), &f.not_before_ms) &&
                 utc_ms(X509_get0_notAfter(x), &f.not_after_ms);
    if (authority)
        f.authority = octets(cx->arena, authority);
    f.serial = serial_bytes(cx->arena, X509_get0_serialNumber(x));
    X509_free(x);
    if (!dated)
        return fail(cx, E_SYNTAX, "the certificate has no dates");
    *out = f;
    return OK;
}

enum code acme_chain_fits(struct ctx *cx, struct str pem, const struct acme_key *k,
                          const struct str *names, size_t count)
{
    X509 *x = first_of(pem);
    if (!x)
        return fail(cx, E_SYNTAX, "no certificate in PEM");
    bool fits = X509_check_private_key(x, k->pkey) == 1;
    for (size_t i = 0; i < count && fits; i++)
        fits = X509_check_host(x, names[i].p, names[i].n, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
                               NULL) == 1;
    X509_free(x);
    ERR_clear_error();
    return fits ? OK : fail(cx, E_CONFLICT, "the certificate is for another key or other names");
}
