/* Who is signed in at the page: one row for each session, in a partition of their own
   (SIGNIN_PART). docs/SIGNIN.md. */
#ifndef CORE_SIGNIN_SESSION_H
#define CORE_SIGNIN_SESSION_H

#include "core/core.h"

enum {
    SESSIONS_MAX = 50, /* of one person: one more ends the one that was silent longest */
    SESSION_HASH_BYTES = 32,
    SESSION_ADDRESS_MAX = 64, /* bytes; what is longer is cut */
    SESSION_AGENT_MAX = 200,
    SESSION_PAGE_MAX = 1000,
};

/* How it was begun. Kept in rows. */
enum session_how {
    SESSION_PASSWORD = 1,
    SESSION_TOTP,    /* password and a code */
    SESSION_PASSKEY, /* password and a passkey, or a passkey alone */
    SESSION_RECOVERY /* password and a recovery code */
};

struct session {
    principal_id who;
    uint64_t id;         /* within who's; from the hash */
    uint64_t generation; /* of who's password when it began (credential_generation) */
    uint64_t next;       /* of the password that who is about to have; 0: none */
    unsigned char hash[SESSION_HASH_BYTES]; /* SHA-256 of the token, which is nowhere */
    int64_t created_ms, used_ms, expires_ms;
    int64_t proved_ms; /* last time that the person showed who it is, within the session */
    uint8_t how;       /* enum session_how */
    struct str address, agent;
};

/* Durable when it returns OK. */
MUST_USE enum code session_add(struct ctx *cx, struct core *c, const struct session *s);
/* E_NOT_FOUND; strings are in cx->arena. */
MUST_USE enum code session_get(struct ctx *cx, struct core *c, principal_id who, uint64_t id,
                               struct session *out);
/* Sets used_ms and proved_ms of what is there; neither goes back. E_NOT_FOUND. */
MUST_USE enum code session_touch(struct ctx *cx, struct core *c, const struct session *s);
/* Those of who (id 0: all) that hold with the password from are good with the password to as well,
   from before it is one. */
struct session_step {
    principal_id who;
    uint64_t id, from, to;
};
MUST_USE enum code session_carry(struct ctx *cx, struct core *c, const struct session_step *step);
/* E_NOT_FOUND. */
MUST_USE enum code session_drop(struct ctx *cx, struct core *c, principal_id who, uint64_t id);
/* Ends all of who's but keep (0: none is kept). */
MUST_USE enum code session_drop_all(struct ctx *cx, struct core *c, principal_id who, uint64_t keep,
                                    size_t *ended);
/* All of one person, by id, in cx->arena. */
MUST_USE enum code session_list(struct ctx *cx, struct core *c, principal_id who,
                                struct session **out, size_t *count);
/* Of everybody: at most SESSION_PAGE_MAX behind (who, id), in that order. */
MUST_USE enum code session_page(struct ctx *cx, struct core *c, principal_id who, uint64_t id,
                                struct session **out, size_t *count);

#endif
