/* Web Push: messages that the push service cannot read (RFC 8291), and who we are (RFC 8292). */
#ifndef SERVICE_PUSH_WEBPUSH_H
#define SERVICE_PUSH_WEBPUSH_H

#include "base/err.h"
#include "base/str.h"

struct core;

enum {
    WEBPUSH_POINT_BYTES = 65, /* a public key of P-256, not compressed: p256dh */
    WEBPUSH_AUTH_BYTES = 16,
    WEBPUSH_SALT_BYTES = 16,
    WEBPUSH_TEXT_MAX = 3900, /* bytes of a message: 4,096 when it is sealed */
    WEBPUSH_BODY_MAX = 4096,
};

/* Whether a browser's key can be used: a point of the curve, and so many bytes. */
bool webpush_keys_ok(struct str p256dh, struct str auth);
/* The body (aes128gcm, RFC 8188). pair: NULL, or for tests the private key and the salt to use.
   E_SYNTAX for keys that cannot be. */
struct webpush_pair {
    struct str private_key; /* 32 bytes */
    struct str salt;
};
MUST_USE enum code webpush_seal(struct ctx *cx, struct str p256dh, struct str auth, struct str text,
                                const struct webpush_pair *pair, struct str *body);

/* The server's key (RFC 8292 section 3.2), base64url; made once and kept in the store. */
MUST_USE enum code webpush_key(struct ctx *cx, struct core *c, struct str *out);
/* The value of Authorization for a push to url. */
MUST_USE enum code webpush_authorize(struct ctx *cx, struct core *c, struct str url,
                                     struct str *out);

#endif
