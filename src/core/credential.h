/* Passwords, as they are kept: Argon2id, and SCRAM keys. */
#ifndef CORE_CREDENTIAL_H
#define CORE_CREDENTIAL_H

#include "core/core.h"

enum {
    PASSWORD_MAX = 256,
    SCRAM_ITERATIONS = 4096 * 4,
    PASSWORDS_KEPT = 5, /* older ones of a person, as Argon2 texts */
};

enum scram_hash { SCRAM_SHA_256, SCRAM_SHA_1, SCRAM_HASHES };

struct scram_keys {
    enum scram_hash hash;
    size_t key_n; /* bytes of each key: 32 or 20 */
    uint32_t iterations;
    unsigned char salt[16];
    size_t salt_n;
    unsigned char stored_key[32], server_key[32];
};

/* Slow on purpose (tens of milliseconds, tens of MiB): run where cx->slow. E_LIMIT for
   PASSWORD_MAX, E_SYNTAX for what SASLprep (RFC 4013) forbids. */
MUST_USE enum code credential_set_password(struct ctx *cx, struct core *c, principal_id who,
                                           struct str password);
/* The same with a generation that the caller has drawn: other rows can know it beforehand. */
MUST_USE enum code credential_replace(struct ctx *cx, struct core *c, principal_id who,
                                      struct str password, uint64_t generation);
/* Whether it is the password of now, or one of the PASSWORDS_KEPT before it. As slow as a check for
   each of them. */
MUST_USE enum code credential_was_used(struct ctx *cx, struct core *c, principal_id who,
                                       struct str password, bool *used);
/* Takes the password away. */
MUST_USE enum code credential_clear(struct ctx *cx, struct core *c, principal_id who);
/* OK, or E_DENIED: wrong, unknown or without a password; it takes equally long. Slow, too. */
MUST_USE enum code credential_check(struct ctx *cx, struct core *c, principal_id who,
                                    struct str password);
/* For principals that do not exist, and those without keys of that hash (none are kept of passwords
   from before there were any, until a right password comes), keys made up from a secret, the same
   each time. Quick, but for the very first such login, which makes the secret and waits for a
   commit. */
MUST_USE enum code credential_scram(struct ctx *cx, struct core *c, struct str login,
                                    enum scram_hash hash, struct scram_keys *out);
/* Changes with each new password: what was remembered of older ones is void. 0: has none. */
MUST_USE enum code credential_generation(struct ctx *cx, struct core *c, principal_id who,
                                         uint64_t *out);

#endif
