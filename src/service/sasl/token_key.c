/* Signatures of tokens (RFC 7518 section 3, RFC 8037), by OpenSSL. */
#include "service/sasl/token.h"
#include <errno.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

enum { RSA_BITS_MIN = 2048, HALF = 32 }; /* HALF: bytes of r and of s of P-256 */

struct token_key {
    EVP_PKEY *key;
    struct str algorithm;
};

/* A public key, or the one in a certificate. */
static EVP_PKEY *read_pem(FILE *f)
{
    EVP_PKEY *key = PEM_read_PUBKEY(f, NULL, NULL, NULL);
    if (key)
        return key;
    rewind(f);
    X509 *x = PEM_read_X509(f, NULL, NULL, NULL);
    key = x ? X509_get_pubkey(x) : NULL;
    X509_free(x);
    return key;
}

static struct str algorithm_of(const EVP_PKEY *key)
{
    char group[32] = "";
    if (EVP_PKEY_is_a(key, "RSA"))
        return EVP_PKEY_get_bits(key) >= RSA_BITS_MIN ? STR("RS256") : (struct str){0};
    if (EVP_PKEY_is_a(key, "ED25519"))
        return STR("EdDSA");
    if (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
        strcmp(group, "prime256v1") == 0)
        return STR("ES256");
    return (struct str){0};
}

enum code token_key_read(struct ctx *cx, struct str file, struct token_key **out)
{
    FILE *f = fopen(file.p, "re");
    if (!f)
        return fail(cx, E_NOT_FOUND, "%.*s: %s", STR_ARG(file), strerror(errno));
    EVP_PKEY *key = read_pem(f);
    fclose(f);
    ERR_clear_error();
    if (!key)
        return fail(cx, E_SYNTAX, "%.*s: no public key in PEM", STR_ARG(file));
    struct str algorithm = algorithm_of(key);
    if (!algorithm.n) {
        EVP_PKEY_free(key);
        return fail(cx, E_UNSUPPORTED, "%.*s: neither RSA of %d bits, P-256 nor Ed25519",
                    STR_ARG(file), RSA_BITS_MIN);
    }
    struct token_key *k = calloc(1, sizeof *k);
    must(k);
    *k = (struct token_key){key, algorithm};
    *out = k;
    return OK;
}

void token_key_free(struct token_key *k)
{
    EVP_PKEY_free(k->key);
    free(k);
}

/* JWS has r and s one behind the other; OpenSSL wants them in DER. */
static int der_of(struct str raw, unsigned char **der)
{
    if (raw.n != 2 * (size_t)HALF)
        return 0;
    ECDSA_SIG *both = ECDSA_SIG_new();
    const unsigned char *p = (const unsigned char *)raw.p;
    BIGNUM *r = BN_bin2bn(p, HALF, NULL), *s = BN_bin2bn(p + HALF, HALF, NULL);
    must(both && r && s && ECDSA_SIG_set0(both, r, s) == 1); /* takes r and s */
    int n = i2d_ECDSA_SIG(both, der);
    ECDSA_SIG_free(both);
    return n > 0 ? n : 0;
}

static bool verify(EVP_PKEY *key, const EVP_MD *hash, struct str text, const unsigned char *p,
                   size_t n)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    must(c);
    bool good = EVP_DigestVerifyInit(c, NULL, hash, NULL, key) == 1 &&
                EVP_DigestVerify(c, p, n, (const unsigned char *)text.p, text.n) == 1;
    EVP_MD_CTX_free(c);
    ERR_clear_error();
    return good;
}

bool token_key_verify(const struct token_key *k, struct str algorithm, struct str text,
                      struct str signature)
{
    unsigned char *der = NULL;
    if (!str_eq(algorithm, k->algorithm)) /* never what the token alone says */
        return false;
    if (!str_eq(algorithm, STR("ES256")))
        return verify(k->key, str_eq(algorithm, STR("EdDSA")) ? NULL : EVP_sha256(), text,
                      (const unsigned char *)signature.p, signature.n);
    int n = der_of(signature, &der);
    bool good = n && verify(k->key, EVP_sha256(), text, der, (size_t)n);
    OPENSSL_free(der);
    return good;
}
