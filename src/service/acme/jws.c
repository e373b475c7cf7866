#include "service/acme/jws.h"
#include "base/arena.h"
#include "format/base64.h"
#include "format/json.h"

enum { HEADER_MAX = 16 * 1024, BODY_MAX = 1024 * 1024 };

static void jwk_put(struct json *j, struct arena *a, const struct acme_key *k)
{
    struct str x, y;
    acme_key_point(a, k, &x, &y);
    json_object(j);
    json_key(j, "crv");
    json_str(j, STR("P-256"));
    json_key(j, "kty");
    json_str(j, STR("EC"));
    json_key(j, "x");
    json_str(j, base64url_encode(a, x));
    json_key(j, "y");
    json_str(j, base64url_encode(a, y));
    json_object_end(j);
}

struct str acme_jwk(struct arena *a, const struct acme_key *k)
{
    struct buf b = buf_of(a, HEADER_MAX);
    struct json j = json_to(&b);
    jwk_put(&j, a, k);
    return buf_str(&b);
}

struct str acme_thumbprint(struct arena *a, const struct acme_key *k)
{
    unsigned char hash[ACME_HASH_BYTES];
    acme_hash(acme_jwk(a, k), hash);
    return base64url_encode(a, str_of(hash, sizeof hash));
}

static void member(struct json *j, const char *key, struct str value)
{
    json_key(j, key);
    json_str(j, value);
}

/* header: the protected one, in JSON. signature: made of what is to be signed. */
static struct str signed_text(struct arena *a, struct str header, struct str payload)
{
    const struct str parts[] = {base64url_encode(a, header), STR("."),
                                base64url_encode(a, payload)};
    return str_join(a, parts, 3);
}

static struct str flattened(struct arena *a, struct str text, struct str signature)
{
    size_t dot = str_chr(text, '.');
    struct buf b = buf_of(a, BODY_MAX);
    struct json j = json_to(&b);
    json_object(&j);
    member(&j, "protected", str_sub(text, 0, dot));
    member(&j, "payload", str_from(text, dot + 1));
    member(&j, "signature", base64url_encode(a, signature));
    json_object_end(&j);
    must(!b.overflow);
    return buf_str(&b);
}

struct str acme_jws(struct arena *a, const struct acme_key *k, struct str kid, struct str nonce,
                    struct str url, struct str payload)
{
    struct buf b = buf_of(a, HEADER_MAX);
    struct json j = json_to(&b);
    json_object(&j);
    member(&j, "alg", STR("ES256"));
    if (kid.n) {
        member(&j, "kid", kid);
    } else {
        json_key(&j, "jwk");
        jwk_put(&j, a, k);
    }
    member(&j, "nonce", nonce);
    member(&j, "url", url);
    json_object_end(&j);
    must(!b.overflow);
    struct str text = signed_text(a, buf_str(&b), payload);
    return flattened(a, text, acme_sign(a, k, text));
}

struct str acme_binding(struct arena *a, const struct acme_key *k, struct str key_id,
                        struct str hmac_key, struct str url)
{
    struct buf b = buf_of(a, HEADER_MAX);
    struct json j = json_to(&b);
    json_object(&j);
    member(&j, "alg", STR("HS256"));
    member(&j, "kid", key_id);
    member(&j, "url", url);
    json_object_end(&j);
    must(!b.overflow);
    struct str text = signed_text(a, buf_str(&b), acme_jwk(a, k));
    return flattened(a, text, acme_hmac(a, hmac_key, text));
}
