/* Sessions by cookie: begun by signing in, found by their token with each request. Rows lie in
   core/signin; what was found lately is remembered, each for one version of what it was read from,
   so that an ended one is never taken. docs/SIGNIN.md. */
#ifndef SERVICE_SIGNIN_SESSIONS_H
#define SERVICE_SIGNIN_SESSIONS_H

#include "base/engine.h"
#include "core/signin/session.h"

struct auth_result;
struct principal;
struct sessions; /* one for the server; safe for all threads */

enum {
    SESSION_SECRET_BYTES = 32,
    SESSION_TOKEN_CHARS = 54,      /* of a token: base64url of its owner's number and the secret */
    SESSION_TOUCH_MS = 300 * 1000, /* last use is written down at most so often */
};

struct sessions_config {
    uint32_t idle_s; /* unused so long: it has ended */
    uint32_t life_s; /* and so long after it began in any case */
};

/* config is copied; c must outlive the result. */
struct sessions *sessions_open(struct core *c, const struct sessions_config *config);
/* NULL is fine. */
void sessions_close(struct sessions *s);

/* Begins one for who has signed in: durable, logged and in the audit log. token: for the cookie, in
   cx->arena; it is not kept. */
struct session_start {
    const struct peer *peer;
    enum session_how how;
    struct str agent; /* User-Agent */
};
MUST_USE enum code sessions_begin(struct ctx *cx, struct sessions *s, const struct auth_result *who,
                                  struct session_start by, struct str *token, struct session *out);
/* Somebody was refused: into the audit log, as long as it is not too often (the log has all:
   auth.failed). */
enum { REFUSALS_AUDITED_MAX = 60 }; /* a minute, of the whole server */
void sessions_refused(struct ctx *cx, struct sessions *s, const struct peer *peer,
                      struct str login);
/* Whose token it is. E_DENIED for all that is no session now: unknown, ended, expired, its person
   disabled or with a new password. */
MUST_USE enum code sessions_find(struct ctx *cx, struct sessions *s, struct str token,
                                 struct auth_result *who, struct session *out);
/* The person has shown again who it is: noted in its row. E_NOT_FOUND. */
MUST_USE enum code sessions_proved(struct ctx *cx, struct sessions *s, const struct session *x);
/* Whether it goes on, for those who keep a connection open by it. OK or E_DENIED. */
MUST_USE enum code sessions_still(struct ctx *cx, struct sessions *s, const struct session *x);
/* By whom and why, for the audit log: "jane@...", "sign-out". E_NOT_FOUND. */
struct session_end {
    struct str actor;
    const char *why;
};
MUST_USE enum code sessions_end(struct ctx *cx, struct sessions *s, const struct principal *who,
                                uint64_t id, struct session_end by);
/* All but keep (0: all). */
MUST_USE enum code sessions_end_all(struct ctx *cx, struct sessions *s, const struct principal *who,
                                    uint64_t keep, struct session_end by, size_t *ended);
/* Those that go on, in cx->arena. */
MUST_USE enum code sessions_list(struct ctx *cx, struct sessions *s, principal_id who,
                                 struct session **out, size_t *count);
/* Takes away the rows of what has ended, and of challenges that are past. */
MUST_USE enum code sessions_sweep(struct ctx *cx, struct sessions *s);
/* "password", "passkey"... */
const char *session_how_name(uint8_t how);

#endif
