#include "service/oauth/jose.h"
#include "base/arena.h"
#include "core/credential/kdf.h"
#include "format/base64.h"
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

enum { HALF = 32, DER_MAX = 128 }; /* HALF: bytes of a number of P-256 */

struct jose_key {
    EVP_PKEY *pkey;
    enum jose_algorithm algorithm;
};

struct str jose_algorithm_name(enum jose_algorithm algorithm)
{
    return algorithm == JOSE_ES256 ? STR("ES256") : STR("RS256");
}

static struct jose_key *key_of(EVP_PKEY *pkey, enum jose_algorithm algorithm)
{
    struct jose_key *k = calloc(1, sizeof *k);
    must(k && pkey);
    *k = (struct jose_key){pkey, algorithm};
    return k;
}

struct jose_key *jose_key_make(enum jose_algorithm algorithm)
{
    if (algorithm == JOSE_ES256)
        return key_of(EVP_EC_gen("P-256"), algorithm);
    return key_of(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)JOSE_RSA_BITS), algorithm);
}

static bool is_p256(const EVP_PKEY *pkey)
{
    char group[32] = "";
    return EVP_PKEY_is_a(pkey, "EC") &&
           EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

enum code jose_key_read(struct ctx *cx, struct str pem, struct jose_key **out)
{
    BIO *b = BIO_new_mem_buf(pem.p ? pem.p : "", (int)pem.n);
    must(b);
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);
    BIO_free(b);
    ERR_clear_error();
    if (!pkey)
        return fail(cx, E_SYNTAX, "no private key in PEM");
    bool rsa = EVP_PKEY_is_a(pkey, "RSA") && EVP_PKEY_get_bits(pkey) >= JOSE_RSA_BITS;
    if (!rsa && !is_p256(pkey)) {
        EVP_PKEY_free(pkey);
        return fail(cx, E_UNSUPPORTED, "neither P-256 nor RSA of %d bits", JOSE_RSA_BITS);
    }
    *out = key_of(pkey, rsa ? JOSE_RS256 : JOSE_ES256);
    return OK;
}

void jose_key_close(struct jose_key *k)
{
    if (!k)
        return;
    EVP_PKEY_free(k->pkey);
    free(k);
}

enum jose_algorithm jose_key_algorithm(const struct jose_key *k)
{
    return k->algorithm;
}

struct str jose_key_pem(struct arena *a, const struct jose_key *k)
{
    BIO *b = BIO_new(BIO_s_mem());
    char *p;
    must(b && PEM_write_bio_PKCS8PrivateKey(b, k->pkey, NULL, NULL, 0, NULL, NULL) == 1);
    long n = BIO_get_mem_data(b, &p);
    struct str all = str_dup(a, str_of(p, n > 0 ? (size_t)n : 0));
    BIO_free(b);
    return all;
}

/* A number of the key, as RFC 7518 section 2 writes it; width 0: without leading zeros. */
static struct str number(struct arena *a, const struct jose_key *k, const char *name, size_t width)
{
    BIGNUM *n = NULL;
    must(EVP_PKEY_get_bn_param(k->pkey, name, &n) == 1);
    size_t bytes = width ? width : (size_t)BN_num_bytes(n);
    unsigned char *p = arena_alloc(a, bytes);
    must(BN_bn2binpad(n, p, (int)bytes) == (int)bytes);
    BN_free(n);
    return base64url_encode(a, str_of(p, bytes));
}

struct str jose_jwk(struct arena *a, const struct jose_key *k)
{
    if (k->algorithm == JOSE_RS256)
        return str_printf(a, "{\"e\":\"%.*s\",\"kty\":\"RSA\",\"n\":\"%.*s\"}",
                          STR_ARG(number(a, k, OSSL_PKEY_PARAM_RSA_E, 0)),
                          STR_ARG(number(a, k, OSSL_PKEY_PARAM_RSA_N, 0)));
    return str_printf(a, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%.*s\",\"y\":\"%.*s\"}",
                      STR_ARG(number(a, k, OSSL_PKEY_PARAM_EC_PUB_X, HALF)),
                      STR_ARG(number(a, k, OSSL_PKEY_PARAM_EC_PUB_Y, HALF)));
}

struct str jose_thumbprint(struct arena *a, struct str jwk)
{
    unsigned char hash[KDF_BYTES];
    kdf_sha256(jwk, hash);
    return base64url_encode(a, str_of(hash, sizeof hash));
}

/* DER to r and s one behind the other (RFC 7518 section 3.4). */
static struct str raw_of(struct arena *a, const unsigned char *der, size_t n)
{
    unsigned char *raw = arena_alloc(a, (size_t)2 * HALF);
    ECDSA_SIG *both = d2i_ECDSA_SIG(NULL, &der, (long)n);
    must(both && BN_bn2binpad(ECDSA_SIG_get0_r(both), raw, HALF) == HALF &&
         BN_bn2binpad(ECDSA_SIG_get0_s(both), raw + HALF, HALF) == HALF);
    ECDSA_SIG_free(both);
    return str_of(raw, (size_t)2 * HALF);
}

struct str jose_sign(struct arena *a, const struct jose_key *k, struct str header,
                     struct str claims)
{
    struct str text = str_printf(a, "%.*s.%.*s", STR_ARG(base64url_encode(a, header)),
                                 STR_ARG(base64url_encode(a, claims)));
    size_t n = (size_t)EVP_PKEY_get_size(k->pkey);
    unsigned char *out = arena_alloc(a, n);
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    must(c && EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, k->pkey) == 1 &&
         EVP_DigestSign(c, out, &n, (const unsigned char *)text.p, text.n) == 1);
    EVP_MD_CTX_free(c);
    struct str signature = k->algorithm == JOSE_ES256 ? raw_of(a, out, n) : str_of(out, n);
    return str_printf(a, "%.*s.%.*s", STR_ARG(text), STR_ARG(base64url_encode(a, signature)));
}

/* 0 when there are no two numbers. */
static size_t der_of(struct str raw, unsigned char out[DER_MAX])
{
    if (raw.n != (size_t)2 * HALF)
        return 0;
    ECDSA_SIG *both = ECDSA_SIG_new();
    const unsigned char *p = (const unsigned char *)raw.p;
    BIGNUM *r = BN_bin2bn(p, HALF, NULL), *s = BN_bin2bn(p + HALF, HALF, NULL);
    must(both && r && s && ECDSA_SIG_set0(both, r, s) == 1); /* takes r and s */
    int n = i2d_ECDSA_SIG(both, &out);
    ECDSA_SIG_free(both);
    return n > 0 ? (size_t)n : 0;
}

bool jose_verify(const struct jose_key *k, struct str text, struct str signature)
{
    unsigned char der[DER_MAX];
    const unsigned char *p = (const unsigned char *)signature.p;
    size_t n = signature.n;
    if (k->algorithm == JOSE_ES256) {
        n = der_of(signature, der);
        p = der;
    }
    if (!n)
        return false;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    must(c);
    bool good = EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, k->pkey) == 1 &&
                EVP_DigestVerify(c, p, n, (const unsigned char *)text.p, text.n) == 1;
    EVP_MD_CTX_free(c);
    ERR_clear_error();
    return good;
}
