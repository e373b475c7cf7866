#include "service/mailauth/crypto.h"
#include "base/arena.h"
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

enum { ED25519_BYTES = 32 };

struct digest {
    EVP_MD_CTX *md;
};

struct sign_key {
    EVP_PKEY *key;
    enum sign_algorithm algorithm;
};

/* Looked up once: a look-up by name costs more than hashing a small message. */
static const EVP_MD *sha256(void)
{
    return EVP_sha256();
}

struct digest *digest_open(void)
{
    struct digest *d = calloc(1, sizeof *d);
    must(d);
    d->md = EVP_MD_CTX_new();
    must(d->md && EVP_DigestInit_ex(d->md, sha256(), NULL) == 1);
    return d;
}

void digest_add(struct digest *d, struct str bytes)
{
    if (bytes.n)
        must(EVP_DigestUpdate(d->md, bytes.p, bytes.n) == 1);
}

void digest_end(struct digest *d, unsigned char *out)
{
    must(EVP_DigestFinal_ex(d->md, out, NULL) == 1);
    must(EVP_DigestInit_ex(d->md, NULL, NULL) == 1);
}

void digest_close(struct digest *d)
{
    EVP_MD_CTX_free(d->md);
    free(d);
}

struct str sign_algorithm_name(enum sign_algorithm algorithm)
{
    return algorithm == SIGN_RSA_SHA256 ? STR("rsa-sha256") : STR("ed25519-sha256");
}

/* Takes key over, whatever comes of it. */
static enum code wrapped(struct ctx *cx, EVP_PKEY *key, struct sign_key **out)
{
    ERR_clear_error();
    if (!key)
        return fail(cx, E_SYNTAX, "no usable key");
    bool is_rsa = EVP_PKEY_is_a(key, "RSA");
    int bits = EVP_PKEY_get_bits(key);
    if ((!is_rsa && !EVP_PKEY_is_a(key, "ED25519")) ||
        (is_rsa && (bits < RSA_VERIFY_BITS_MIN || bits > RSA_BITS_MAX))) {
        EVP_PKEY_free(key);
        return is_rsa ? fail(cx, E_LIMIT, "an RSA key of %d bits", bits)
                      : fail(cx, E_UNSUPPORTED, "neither RSA nor Ed25519");
    }
    struct sign_key *k = calloc(1, sizeof *k);
    must(k);
    *k = (struct sign_key){key, is_rsa ? SIGN_RSA_SHA256 : SIGN_ED25519_SHA256};
    *out = k;
    return OK;
}

static EVP_PKEY *rsa_public(struct str der)
{
    const unsigned char *p = (const unsigned char *)der.p;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)der.n);
    if (key && EVP_PKEY_is_a(key, "RSA"))
        return key;
    EVP_PKEY_free(key);
    p = (const unsigned char *)der.p;
    return d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)der.n);
}

enum code sign_key_public(struct ctx *cx, enum sign_algorithm algorithm, struct str bytes,
                          struct sign_key **out)
{
    const unsigned char *p = (const unsigned char *)bytes.p;
    if (algorithm == SIGN_RSA_SHA256)
        return wrapped(cx, rsa_public(bytes), out);
    if (bytes.n != ED25519_BYTES)
        return fail(cx, E_SYNTAX, "an Ed25519 key of %zu bytes", bytes.n);
    return wrapped(cx, EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, p, bytes.n), out);
}

enum code sign_key_private(struct ctx *cx, struct str pem, struct sign_key **out)
{
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    must(bio);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return wrapped(cx, key, out);
}

struct sign_key *sign_key_make(enum sign_algorithm algorithm)
{
    struct sign_key *k = calloc(1, sizeof *k);
    must(k);
    k->algorithm = algorithm;
    k->key = algorithm == SIGN_RSA_SHA256 ? EVP_RSA_gen(RSA_SIGN_BITS)
                                          : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    must(k->key);
    return k;
}

void sign_key_close(struct sign_key *k)
{
    EVP_PKEY_free(k->key);
    free(k);
}

enum sign_algorithm sign_key_algorithm(const struct sign_key *k)
{
    return k->algorithm;
}

unsigned sign_key_bits(const struct sign_key *k)
{
    return (unsigned)EVP_PKEY_get_bits(k->key);
}

struct str sign_key_published(struct arena *a, const struct sign_key *k)
{
    if (k->algorithm == SIGN_ED25519_SHA256) {
        size_t n = ED25519_BYTES;
        unsigned char *raw = arena_alloc(a, n);
        must(EVP_PKEY_get_raw_public_key(k->key, raw, &n) == 1);
        return str_of(raw, n);
    }
    unsigned char *der = NULL;
    int n = i2d_PUBKEY(k->key, &der);
    must(n > 0);
    struct str copy = str_dup(a, str_of(der, (size_t)n));
    OPENSSL_free(der);
    return copy;
}

struct str sign_key_pem(struct arena *a, const struct sign_key *k)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    must(bio && PEM_write_bio_PKCS8PrivateKey(bio, k->key, NULL, NULL, 0, NULL, NULL) == 1);
    long n = BIO_get_mem_data(bio, &text);
    struct str copy = str_dup(a, str_of(text, (size_t)n));
    BIO_free(bio);
    return copy;
}

static bool rsa_verify(EVP_PKEY *key, const unsigned char *hash, struct str signature)
{
    EVP_PKEY_CTX *x = EVP_PKEY_CTX_new(key, NULL);
    must(x);
    bool good =
        EVP_PKEY_verify_init(x) == 1 && EVP_PKEY_CTX_set_rsa_padding(x, RSA_PKCS1_PADDING) == 1 &&
        EVP_PKEY_CTX_set_signature_md(x, sha256()) == 1 &&
        EVP_PKEY_verify(x, (const unsigned char *)signature.p, signature.n, hash, SHA256_BYTES) ==
            1;
    EVP_PKEY_CTX_free(x);
    return good;
}

/* RFC 8463 section 3: what Ed25519 signs is the SHA-256 hash. */
static bool ed25519_verify(EVP_PKEY *key, const unsigned char *hash, struct str signature)
{
    EVP_MD_CTX *x = EVP_MD_CTX_new();
    must(x);
    bool good = EVP_DigestVerifyInit(x, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestVerify(x, (const unsigned char *)signature.p, signature.n, hash,
                                 SHA256_BYTES) == 1;
    EVP_MD_CTX_free(x);
    return good;
}

bool sign_verify(const struct sign_key *k, const unsigned char *hash, struct str signature)
{
    bool good = k->algorithm == SIGN_RSA_SHA256 ? rsa_verify(k->key, hash, signature)
                                                : ed25519_verify(k->key, hash, signature);
    ERR_clear_error();
    return good;
}

static struct str rsa_sign(struct arena *a, EVP_PKEY *key, const unsigned char *hash)
{
    size_t n = (size_t)EVP_PKEY_get_size(key);
    unsigned char *out = arena_alloc(a, n);
    EVP_PKEY_CTX *x = EVP_PKEY_CTX_new(key, NULL);
    must(x && EVP_PKEY_sign_init(x) == 1 &&
         EVP_PKEY_CTX_set_rsa_padding(x, RSA_PKCS1_PADDING) == 1 &&
         EVP_PKEY_CTX_set_signature_md(x, sha256()) == 1 &&
         EVP_PKEY_sign(x, out, &n, hash, SHA256_BYTES) == 1);
    EVP_PKEY_CTX_free(x);
    return str_of(out, n);
}

struct str sign_make(struct arena *a, const struct sign_key *k, const unsigned char *hash)
{
    if (k->algorithm == SIGN_RSA_SHA256)
        return rsa_sign(a, k->key, hash);
    size_t n = 2 * (size_t)ED25519_BYTES;
    unsigned char *out = arena_alloc(a, n);
    EVP_MD_CTX *x = EVP_MD_CTX_new();
    must(x && EVP_DigestSignInit(x, NULL, NULL, NULL, k->key) == 1 &&
         EVP_DigestSign(x, out, &n, hash, SHA256_BYTES) == 1);
    EVP_MD_CTX_free(x);
    return str_of(out, n);
}
