/* One attempt to log in, whatever the mechanism. Inside of service/auth and service/sasl. */
#ifndef SERVICE_AUTH_ATTEMPT_H
#define SERVICE_AUTH_ATTEMPT_H

#include "service/auth.h"
#include "service/auth_locks.h"

struct auth_attempt {
    const struct peer *peer;
    struct str mechanism, login, authorization; /* authorization: act as whom, or empty */
    bool page; /* signing in at the page: no application password is, and the second factor has
                  been looked at */
    bool main; /* what was shown is the main password, or knowledge of it */
    bool app;  /* an application password, which was right */
    struct auth_hold hold;
    const char *reason; /* for the log, when it was not right; NULL: that it is wrong */
    /* From here on set by auth_attempt_begin. */
    bool known;
    struct principal who;
    struct auth_trier trier;
};

/* Finds who it is; unknown ones go on like known ones. E_LIMIT when it is refused unseen. */
MUST_USE enum code auth_attempt_begin(struct ctx *cx, struct auth *a, struct auth_attempt *t,
                                      struct auth_result *out);
/* right: the password or proof was. Logs and counts; OK, or E_DENIED. */
MUST_USE enum code auth_attempt_end(struct ctx *cx, struct auth *a, struct auth_attempt *t,
                                    bool right, uint64_t guess, struct auth_result *out);
/* Whether who it is may log in at all; t->known. */
MUST_USE enum code auth_attempt_allowed(struct ctx *cx, const struct auth *a,
                                        const struct auth_attempt *t, bool *out);
/* Whether a password is the main one. E_BUSY: for the slow lane. */
MUST_USE enum code auth_attempt_verify(struct ctx *cx, struct auth *a, const struct auth_attempt *t,
                                       struct str password, bool *right);
/* A keyed hash of account and secret, for auth_attempt_end. */
uint64_t auth_attempt_guess(struct ctx *cx, const struct auth_attempt *t, struct str secret);
/* The whole of it for a password. */
MUST_USE enum code auth_attempt_password(struct ctx *cx, struct auth *a, struct auth_attempt *t,
                                         struct str password, struct auth_result *out);
struct core *auth_core(const struct auth *a);
struct sasl_library *auth_sasl(const struct auth *a);
const struct auth_config *auth_config_of(const struct auth *a);

#endif
