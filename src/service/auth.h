/* Logging in: passwords and SASL, remembered successes, lock-out. */
#ifndef SERVICE_AUTH_H
#define SERVICE_AUTH_H

#include "base/engine.h"
#include "core/directory.h"

struct auth; /* one for the server; safe for all threads */
struct kerberos;
struct oauth;
struct tokens;
struct sasl; /* one exchange of one session */

struct auth_config {
    uint32_t address_failures, account_failures; /* within the window: locked */
    uint32_t window_s, lockout_s;
    uint32_t
        remember_s;    /* a password found right or wrong is remembered so long, as a keyed hash */
    uint32_t delay_ms; /* of a failed attempt's reply */
    bool plain_in_clear;             /* tests and loopback only: PLAIN and LOGIN without TLS */
    const struct tokens *tokens;     /* checks bearer tokens (sasl/token.h); NULL: none are taken */
    struct oauth *oauth;             /* whose tokens are taken, too; NULL: we are no such server */
    const struct kerberos *kerberos; /* takes tickets (sasl/kerberos.h); NULL: none are taken */
    bool offer_plus;                 /* SCRAM with channel binding is listed, not only taken */
};

/* config is copied; c must outlive the result. */
struct auth *auth_open(struct core *c, const struct auth_config *config);
void auth_close(struct auth *a);
AUTO_OF(struct auth *, auth_close)

/* What somebody showed. */
enum auth_how {
    AUTH_PASSWORD = 1, /* the main one, or knowledge of it */
    AUTH_APP_PASSWORD, /* service/signin/app_passwords.h */
    AUTH_SESSION,      /* a cookie */
    AUTH_OTHER,        /* a token, a ticket, a certificate, a proxy's word */
};

/* What a log-in stands on beside the person, for who keeps a connection open by it: all 0 when that
   is the main password, or goes by cookie. */
struct auth_hold {
    uint64_t app_password, grant; /* their numbers; 0: not by one */
    uint32_t token;               /* number of the grant's token */
    int64_t until_ms;             /* the token is good until then; 0: for ever */
};

struct auth_result {
    struct principal who; /* strings in cx->arena */
    account_id account;   /* to act in; another's after an authorization id that is permitted */
    enum auth_how how;
    struct auth_hold hold;
    uint32_t delay_ms; /* on failure: for reply.delay_ms */
    bool narrow;       /* on E_DENIED: the token is good, but not for this protocol */
    struct str home;   /* on E_DENIED: the host that the person's mailbox is on, if not here */
};

/* OK; E_BUSY: has to be run again in the slow lane (reply.slow); E_DENIED: wrong; E_LIMIT: locked
   out for now. Logs and counts. */
MUST_USE enum code auth_password(struct ctx *cx, struct auth *a, const struct peer *peer,
                                 struct str login, struct str password, struct auth_result *out);

/* A proxy that we trust has checked the password: login is logged in as after a right one. */
MUST_USE enum code auth_vouched(struct ctx *cx, struct auth *a, const struct peer *peer,
                                struct str login, struct auth_result *out);

/* A bearer token by itself (RFC 6750), for what peer->role is. As auth_password. */
MUST_USE enum code auth_bearer(struct ctx *cx, struct auth *a, const struct peer *peer,
                               struct str token, struct auth_result *out);

/* What is known of an address ("192.0.2.1", an IPv6 one by its /64) or of a login. */
struct auth_lock {
    uint32_t failures;       /* within the last window */
    int64_t locked_until_ms; /* 0: not locked */
};
MUST_USE enum code auth_lock_look(struct ctx *cx, struct auth *a, struct str name,
                                  struct auth_lock *out);
/* Ends a lock-out early and forgets the failures. */
MUST_USE enum code auth_lock_clear(struct ctx *cx, struct auth *a, struct str name);

/* The mechanisms to offer now, by spaces: "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN". Without
   TLS none that shows the password, unless plain_in_clear. */
struct str auth_mechanisms(struct ctx *cx, const struct auth *a, const struct peer *peer);

enum { SASL_RESPONSE_MAX = 12288 }; /* base64 bytes of one client response (RFC 4954) */

/* E_UNSUPPORTED for a mechanism that is not possible now. The exchange lives until sasl_close. */
MUST_USE enum code sasl_open(struct ctx *cx, struct auth *a, const struct peer *peer,
                             struct str mechanism, struct sasl **out);
/* response: decoded, as the client sent it (all zero for the start without an
   initial response; one that is there and empty has a p).
   OK with *done false: send challenge (in cx->arena) and go on. With *done true: result is set; a
   challenge that is not empty goes with the success. E_BUSY: the same response again in the slow
   lane. E_SYNTAX, E_DENIED, E_LIMIT end the exchange. */
MUST_USE enum code sasl_step(struct ctx *cx, struct sasl *x, struct str response,
                             struct str *challenge, bool *done, struct auth_result *result);
void sasl_close(struct sasl *x);
AUTO_OF(struct sasl *, sasl_close)

#endif
