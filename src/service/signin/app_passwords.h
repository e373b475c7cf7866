/* Application passwords: made here, random, shown once, good for some protocols. docs/SIGNIN.md. */
#ifndef SERVICE_SIGNIN_APP_PASSWORDS_H
#define SERVICE_SIGNIN_APP_PASSWORDS_H

#include "base/engine.h"
#include "core/signin/app_password.h"

struct principal;

enum {
    APP_PASSWORD_CHARS = 24, /* letters and digits, 5 bits each, shown in groups of four */
    APP_PASSWORD_TOUCH_MS = 900 * 1000, /* last use is written down at most so often */
};

/* Makes one: logged and in the audit log under actor. text: shown once, in cx->arena. E_SYNTAX: no
   name, or no scope; E_LIMIT. */
MUST_USE enum code app_passwords_make(struct ctx *cx, struct core *c, const struct principal *who,
                                      struct str actor, struct app_password *p, struct str *text);
/* Ends it. E_NOT_FOUND. */
MUST_USE enum code app_passwords_end(struct ctx *cx, struct core *c, const struct principal *who,
                                     struct str actor, uint64_t id);
/* The number of the one of who's (0: nobody's) that password is, if it is good for scope; else 0.
   Blanks and "-" in it do not count. It costs as much for nobody. */
MUST_USE enum code app_passwords_check(struct ctx *cx, struct core *c, principal_id who,
                                       enum app_scope scope, struct str password, uint64_t *id);
/* Notes where it was used from; not worth failing for. */
void app_passwords_used(struct ctx *cx, struct core *c, principal_id who, struct str password,
                        const struct peer *peer);

/* "imap" and so on; 0: no such. And all of scopes, by ",", in the arena. */
uint32_t app_scope_of(struct str name);
struct str app_scope_names(struct arena *a, uint32_t scopes);
/* The name of the nth scope, NULL past the last; bit: its number. */
const char *app_scope_at(size_t n, uint32_t *bit);

#endif
