#include "service/signin/webauthn/key.h"
#include "service/signin/webauthn/cbor.h"
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

enum { ES256 = -7, EDDSA = -8, RS256 = -257 };
enum { KTY_OKP = 1, KTY_EC2 = 2, KTY_RSA = 3, CURVE_P256 = 1, CURVE_ED25519 = 6 };
enum { POINT = 32, RSA_MIN = 256, RSA_MAX = 1024, EXPONENT_MAX = 8 };

const int webauthn_algorithms[] = {ES256, EDDSA, RS256, 0};

/* The members that any of them has; -1 is a number for curves and bytes for RSA's n. */
struct cose {
    int64_t kty, algorithm, curve;
    struct str first, x, y; /* -1, -2, -3 */
};

static bool member(struct cur *c, struct cose *k)
{
    int64_t label;
    struct str other;
    if (!cbor_int(c, &label))
        return false;
    if (label == 1)
        return cbor_int(c, &k->kty);
    if (label == 3)
        return cbor_int(c, &k->algorithm);
    if (label == -1)
        return cbor_int(c, &k->curve) || cbor_bytes(c, &k->first);
    if (label == -2)
        return cbor_bytes(c, &k->x);
    if (label == -3)
        return cbor_bytes(c, &k->y);
    return cbor_any(c, &other);
}

static enum code parse(struct ctx *cx, struct str text, struct cose *out)
{
    struct cur c = cur_of(text);
    struct cose k = {0};
    size_t pairs;
    bool good = cbor_map(&c, &pairs);
    for (size_t i = 0; good && i < pairs; i++)
        good = member(&c, &k);
    if (!good || !cur_end(&c))
        return fail(cx, E_SYNTAX, "passkey: no COSE key");
    *out = k;
    return OK;
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *build)
{
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;
    must(params && c && EVP_PKEY_fromdata_init(c) == 1);
    if (EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(c);
    OSSL_PARAM_free(params);
    return key;
}

/* An uncompressed point (SEC 1 section 2.3.3); one that is not on the curve is refused. */
static EVP_PKEY *ec_key(const struct cose *k)
{
    unsigned char point[1 + 2 * POINT] = {4};
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    must(build);
    memcpy(point + 1, k->x.p, POINT);
    memcpy(point + 1 + POINT, k->y.p, POINT);
    must(OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0));
    must(OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point));
    EVP_PKEY *key = from_params("EC", build);
    OSSL_PARAM_BLD_free(build);
    return key;
}

static EVP_PKEY *rsa_key(const struct cose *k)
{
    BIGNUM *n = BN_bin2bn((const unsigned char *)k->first.p, (int)k->first.n, NULL);
    BIGNUM *e = BN_bin2bn((const unsigned char *)k->x.p, (int)k->x.n, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    must(n && e && build);
    must(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n));
    must(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e));
    EVP_PKEY *key = BN_is_odd(n) && BN_is_odd(e) ? from_params("RSA", build) : NULL;
    OSSL_PARAM_BLD_free(build);
    BN_free(n);
    BN_free(e);
    return key;
}

/* Sets *key, or leaves it NULL. */
static enum code make(struct ctx *cx, struct str cose, EVP_PKEY **key, int64_t *algorithm)
{
    struct cose k = {0};
    TRY(parse(cx, cose, &k));
    *algorithm = k.algorithm;
    if (k.algorithm == ES256 && k.kty == KTY_EC2 && k.curve == CURVE_P256 && k.x.n == POINT &&
        k.y.n == POINT)
        *key = ec_key(&k);
    else if (k.algorithm == EDDSA && k.kty == KTY_OKP && k.curve == CURVE_ED25519 && k.x.n == POINT)
        *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, (const unsigned char *)k.x.p,
                                           POINT);
    else if (k.algorithm == RS256 && k.kty == KTY_RSA && k.first.n >= RSA_MIN &&
             k.first.n <= RSA_MAX && k.x.n >= 1 && k.x.n <= EXPONENT_MAX)
        *key = rsa_key(&k);
    else
        return fail(cx, E_UNSUPPORTED, "passkey: a kind of key that was not asked for");
    return *key ? OK : fail(cx, E_SYNTAX, "passkey: no such key can be");
}

enum code webauthn_key_check(struct ctx *cx, struct str cose)
{
    EVP_PKEY *key = NULL;
    int64_t algorithm;
    TRY(make(cx, cose, &key, &algorithm));
    EVP_PKEY_free(key);
    return OK;
}

enum code webauthn_key_verify(struct ctx *cx, struct str cose, struct str data,
                              struct str signature)
{
    EVP_PKEY *key = NULL;
    int64_t algorithm;
    TRY(make(cx, cose, &key, &algorithm));
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    must(c);
    const EVP_MD *digest = algorithm == EDDSA ? NULL : EVP_sha256();
    bool right = EVP_DigestVerifyInit(c, NULL, digest, NULL, key) == 1 &&
                 EVP_DigestVerify(c, (const unsigned char *)signature.p, signature.n,
                                  (const unsigned char *)data.p, data.n) == 1;
    EVP_MD_CTX_free(c);
    EVP_PKEY_free(key);
    return right ? OK : fail(cx, E_DENIED, "passkey: the signature is wrong");
}
