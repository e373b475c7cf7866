/* RFC 8291 by OpenSSL. */
#include "base/arena.h"
#include "base/buf.h"
#include "service/acme/crypto.h"
#include "service/push/webpush.h"
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>

enum { KEY_BYTES = 16, NONCE_BYTES = 12, TAG_BYTES = 16, RECORD = 4096, PRIVATE_BYTES = 32 };

static EVP_PKEY *key_from(struct str point, const BIGNUM *private_key)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    must(c && b && EVP_PKEY_fromdata_init(c) == 1);
    must(OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1);
    must(OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point.p, point.n) == 1);
    if (private_key)
        must(OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, private_key) == 1);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
    must(params);
    if (EVP_PKEY_fromdata(c, &key, private_key ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) !=
        1)
        key = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    EVP_PKEY_CTX_free(c);
    return key;
}

bool webpush_keys_ok(struct str p256dh, struct str auth)
{
    if (p256dh.n != WEBPUSH_POINT_BYTES || p256dh.p[0] != 4 || auth.n != WEBPUSH_AUTH_BYTES)
        return false;
    EVP_PKEY *key = key_from(p256dh, NULL); /* it looks whether the point is on the curve */
    EVP_PKEY_free(key);
    return key != NULL;
}

/* The pair of a test: its public half is reckoned. */
static EVP_PKEY *pair_of(struct str private_key)
{
    unsigned char point[WEBPUSH_POINT_BYTES];
    BIGNUM *n = BN_bin2bn((const unsigned char *)private_key.p, PRIVATE_BYTES, NULL);
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    EC_POINT *p = EC_POINT_new(group);
    must(n && p && EC_POINT_mul(group, p, n, NULL, NULL, NULL) == 1);
    must(EC_POINT_point2oct(group, p, POINT_CONVERSION_UNCOMPRESSED, point, sizeof point, NULL) ==
         sizeof point);
    EVP_PKEY *key = key_from(str_of(point, sizeof point), n);
    must(key);
    EC_POINT_free(p);
    EC_GROUP_free(group);
    BN_clear_free(n);
    return key;
}

static struct str point_of(struct arena *a, EVP_PKEY *key)
{
    unsigned char *p = arena_alloc(a, WEBPUSH_POINT_BYTES);
    size_t n = 0;
    must(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, p, WEBPUSH_POINT_BYTES,
                                         &n) == 1 &&
         n == WEBPUSH_POINT_BYTES);
    return str_of(p, n);
}

static struct str shared_secret(struct arena *a, EVP_PKEY *own, EVP_PKEY *theirs)
{
    unsigned char *p = arena_alloc(a, PRIVATE_BYTES);
    size_t n = PRIVATE_BYTES;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(own, NULL);
    must(c && EVP_PKEY_derive_init(c) == 1 && EVP_PKEY_derive_set_peer(c, theirs) == 1 &&
         EVP_PKEY_derive(c, p, &n) == 1);
    EVP_PKEY_CTX_free(c);
    return str_of(p, n);
}

/* HKDF (RFC 5869) for one block. */
static struct str derive(struct arena *a, struct str salt, struct str secret, struct str info)
{
    const struct str parts[] = {info, STR("\1")};
    return acme_hmac(a, acme_hmac(a, salt, secret), str_join(a, parts, 2));
}

/* Appends the one record: text, a mark that it is the last, the tag. */
static void encrypt(struct arena *a, struct str key, struct str nonce, struct str text,
                    struct buf *out)
{
    const struct str parts[] = {text, STR("\2")};
    struct str plain = str_join(a, parts, 2);
    unsigned char *sealed = arena_alloc(a, plain.n + TAG_BYTES);
    int n = 0, end = 0;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    must(c && EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, (const unsigned char *)key.p,
                                 (const unsigned char *)nonce.p) == 1);
    must(EVP_EncryptUpdate(c, sealed, &n, (const unsigned char *)plain.p, (int)plain.n) == 1 &&
         EVP_EncryptFinal_ex(c, sealed + n, &end) == 1);
    n += end;
    must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, sealed + n) == 1);
    EVP_CIPHER_CTX_free(c);
    buf_add(out, str_of(sealed, (size_t)n + TAG_BYTES));
}

static struct str fresh_salt(struct arena *a)
{
    unsigned char *p = arena_alloc(a, WEBPUSH_SALT_BYTES);
    must(RAND_bytes(p, WEBPUSH_SALT_BYTES) == 1);
    return str_of(p, WEBPUSH_SALT_BYTES);
}

enum code webpush_seal(struct ctx *cx, struct str p256dh, struct str auth, struct str text,
                       const struct webpush_pair *pair, struct str *body)
{
    struct arena *a = cx->arena;
    if (!webpush_keys_ok(p256dh, auth))
        return fail(cx, E_SYNTAX, "no key of a browser");
    if (text.n > WEBPUSH_TEXT_MAX)
        return fail(cx, E_LIMIT, "too long to be pushed");
    EVP_PKEY *theirs = key_from(p256dh, NULL);
    EVP_PKEY *own = pair ? pair_of(pair->private_key) : EVP_EC_gen("P-256");
    must(theirs && own);
    struct str salt = pair ? pair->salt : fresh_salt(a), point = point_of(a, own);
    const struct str info[] = {str_of("WebPush: info", 14), p256dh, point};
    struct str secret = derive(a, auth, shared_secret(a, own, theirs), str_join(a, info, 3));
    EVP_PKEY_free(theirs);
    EVP_PKEY_free(own);
    struct str key = derive(a, salt, secret, str_of("Content-Encoding: aes128gcm", 28));
    struct str nonce = derive(a, salt, secret, str_of("Content-Encoding: nonce", 24));
    struct buf out = buf_of(a, WEBPUSH_BODY_MAX);
    const char head[] = {0, 0, RECORD >> 8, 0, WEBPUSH_POINT_BYTES};
    buf_add(&out, salt);
    buf_add(&out, str_of(head, sizeof head));
    buf_add(&out, point);
    encrypt(a, str_sub(key, 0, KEY_BYTES), str_sub(nonce, 0, NONCE_BYTES), text, &out);
    must(!out.overflow);
    *body = buf_str(&out);
    return OK;
}
