/* Passwords that were right (or wrong) a moment ago, as keyed hashes: Argon2 is paid once in a
   while, and once for a device that repeats a wrong one. */
#ifndef SERVICE_AUTH_CACHE_H
#define SERVICE_AUTH_CACHE_H

#include "base/str.h"

struct auth_cache; /* safe for all threads; of a fixed size; gone with the process */

struct auth_tag {
    unsigned char bytes[32];
};

/* Empty, with a new secret. */
struct auth_cache *auth_cache_open(void);
void auth_cache_close(struct auth_cache *c);

/* HMAC-SHA-256 of all three under a secret that only this process has. */
struct auth_tag auth_cache_tag(const struct auth_cache *c, uint64_t principal, uint64_t generation,
                               struct str password);
bool auth_cache_has(struct auth_cache *c, uint64_t principal, const struct auth_tag *tag,
                    int64_t now_ms);
/* One for each principal: the last. */
void auth_cache_put(struct auth_cache *c, uint64_t principal, const struct auth_tag *tag,
                    int64_t until_ms);

#endif
