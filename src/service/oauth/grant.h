/* Grants: what a person allowed a client, until one of them ends it. Every token is of one. */
#ifndef SERVICE_OAUTH_GRANT_H
#define SERVICE_OAUTH_GRANT_H

#include "core/directory.h"
#include "service/oauth/oauth.h"

enum { OAUTH_GRANTS_MAX = 100 }; /* of one person */

struct oauth_grant {
    principal_id who;
    uint64_t id; /* random; one of its person */
    struct str client;
    uint32_t scopes;
    uint64_t generation; /* of the person's password: another one ends the grant */
    uint64_t next;       /* of the one that the person is about to have; 0: none */
    uint64_t session;    /* it ends with that session of the page; 0: with none */
    int64_t created_ms, used_ms, expires_ms, auth_time_ms;
    uint8_t how;      /* the person signed in: enum session_how */
    uint32_t number;  /* of the tokens that were given out last; the first are 1 */
    uint32_t refresh; /* the number whose refresh token is the good one; 0: has none */
    uint32_t floor;   /* access tokens below are revoked */
};

/* OK, or E_DENIED when it has ended: by time, by the client's or the person's end, by another
   password, by the end of its session. who: whose it is. */
MUST_USE enum code oauth_grant_alive(struct ctx *cx, struct oauth *o, const struct oauth_grant *g,
                                     struct principal *who);
/* E_NOT_FOUND. Strings in cx->arena, as below. */
MUST_USE enum code oauth_grant_get(struct ctx *cx, struct oauth *o, principal_id who, uint64_t id,
                                   struct oauth_grant *out);
/* Those of a person (0: of all), also ended ones that were not swept yet. */
MUST_USE enum code oauth_grant_list(struct ctx *cx, struct oauth *o, principal_id who,
                                    struct oauth_grant **out, size_t *count);
/* Those of a person that hold with the password from are good with the password to as well, from
   before it is one. count: how many. */
struct oauth_grant_step {
    principal_id who;
    uint64_t from, to;
    size_t count;
};
MUST_USE enum code oauth_grant_carry(struct ctx *cx, struct oauth *o,
                                     struct oauth_grant_step *step);
/* Ends it: its tokens are refused from now on. by: actor of the audit entry; why: a word for it. */
MUST_USE enum code oauth_grant_revoke(struct ctx *cx, struct oauth *o, principal_id who,
                                      uint64_t id, struct str by, const char *why);

#endif
