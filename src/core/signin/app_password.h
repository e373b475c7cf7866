/* Application passwords: one row for each, beside the sessions (SIGNIN_PART). */
#ifndef CORE_SIGNIN_APP_PASSWORD_H
#define CORE_SIGNIN_APP_PASSWORD_H

#include "core/core.h"

enum {
    APP_PASSWORDS_MAX = 50, /* of one person */
    APP_PASSWORD_NAME_MAX = 100,
    APP_PASSWORD_HASH_BYTES = 32,
};

/* What it may be used for; bits, kept in rows. */
enum app_scope {
    APP_IMAP = 1,
    APP_POP = 2,
    APP_SMTP = 4,
    APP_JMAP = 8,
    APP_DAV = 16,
    APP_SIEVE = 32,
    APP_SCOPES_ALL = 63,
};

struct app_password {
    principal_id who;
    uint64_t id;                                 /* within who's; from the hash */
    unsigned char hash[APP_PASSWORD_HASH_BYTES]; /* SHA-256: it is random, so it need not be slow */
    uint32_t scopes;                             /* of enum app_scope */
    int64_t created_ms, used_ms;                 /* used 0: never */
    struct str name, address;                    /* from where it was used last, or empty */
};

/* E_LIMIT past APP_PASSWORDS_MAX. */
MUST_USE enum code app_password_add(struct ctx *cx, struct core *c, const struct app_password *p);
/* E_NOT_FOUND; strings are in cx->arena. */
MUST_USE enum code app_password_get(struct ctx *cx, struct core *c, principal_id who, uint64_t id,
                                    struct app_password *out);
/* Writes name, used_ms and address of one that is there. E_NOT_FOUND. */
MUST_USE enum code app_password_set(struct ctx *cx, struct core *c, const struct app_password *p);
/* E_NOT_FOUND. */
MUST_USE enum code app_password_drop(struct ctx *cx, struct core *c, principal_id who, uint64_t id);
/* All of one person, in cx->arena. */
MUST_USE enum code app_password_list(struct ctx *cx, struct core *c, principal_id who,
                                     struct app_password **out, size_t *count);

#endif
