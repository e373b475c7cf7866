/* Secrets that have to be read again (those of TOTP) are kept encrypted, under a key that lies
   beside the store and not in it: a copy of the store alone tells none of them. */
#ifndef CORE_SIGNIN_SEAL_H
#define CORE_SIGNIN_SEAL_H

#include "base/err.h"
#include "base/str.h"

struct seal; /* the key; safe for all threads */

enum { SEAL_KEY_BYTES = 32, SEAL_NONCE_BYTES = 12, SEAL_TAG_BYTES = 16, SEAL_MAC_BYTES = 32 };

/* The key of file, which is made when it is not there (mode 0600, durable). E_IO; E_CORRUPT when
   the file is no key. */
MUST_USE enum code seal_open(struct ctx *cx, struct str file, struct seal **out);
/* A key that nobody keeps, for tests. */
struct seal *seal_temporary(void);
/* NULL is fine. */
void seal_close(struct seal *s);

/* AES-256-GCM with a random nonce; about is what it belongs to, and has to be the same again. In
   cx->arena. */
struct str seal_put(struct ctx *cx, const struct seal *s, struct str plain, struct str about);
/* E_CORRUPT: another key, or changed. */
MUST_USE enum code seal_get(struct ctx *cx, const struct seal *s, struct str sealed,
                            struct str about, struct str *out);
/* HMAC-SHA-256 of text under a key derived for purpose. */
void seal_mac(const struct seal *s, struct str purpose, struct str text,
              unsigned char out[SEAL_MAC_BYTES]);

#endif
