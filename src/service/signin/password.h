/* A person gives themselves another main password: what it has to be, what ends with the old one,
   and who hears of it. docs/SIGNIN.md. */
#ifndef SERVICE_SIGNIN_PASSWORD_H
#define SERVICE_SIGNIN_PASSWORD_H

#include "service/signin/password_rule.h"

struct delivery;
struct oauth;
struct peer;
struct session;
struct sessions;

struct password_env {
    struct core *core;
    struct sessions *sessions; /* NULL: there are none */
    struct oauth *oauth;       /* NULL: no tokens are given out */
    struct delivery *delivery; /* NULL: nobody is written to */
};

struct password_wish {
    const struct principal *who; /* who has shown a moment ago who it is */
    const struct peer *peer;
    const struct session *session; /* that asks: it goes on; or NULL */
    struct str password;
    bool keep_sessions;     /* the others go on as well */
    bool keep_grants;       /* OAuth's go on */
    bool end_app_passwords; /* they end as well */
};

struct password_done {
    size_t sessions, grants, app_passwords; /* ended */
};

/* *fault: nothing was done for that reason; else it is durable, in the log, in the audit log, and
   the person has a message about it. Slow: several times Argon2. */
MUST_USE enum code password_change(struct ctx *cx, const struct password_env *e,
                                   const struct password_wish *w, enum password_fault *fault,
                                   struct password_done *out);
/* "too-short" and so on, for logs and metrics. */
const char *password_fault_name(enum password_fault fault);

#endif
