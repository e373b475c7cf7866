/* The OAuth 2.1 authorisation server and OpenID provider: what all of it shares. docs/OAUTH.md. */
#ifndef SERVICE_OAUTH_OAUTH_H
#define SERVICE_OAUTH_OAUTH_H

#include "core/core.h"

struct oauth; /* one for the server; safe for all threads */
struct sessions;

struct oauth_config {
    struct str issuer;     /* "https://mail.example.org": where clients find us */
    uint32_t access_s;     /* life of an access token */
    uint32_t refresh_days; /* a refresh token that nobody uses so long has ended */
    bool registration;     /* strangers may register clients (RFC 7591) */
};

enum {
    OAUTH_ISSUER_MAX = 200,
    OAUTH_SECRET_BYTES = 32, /* of codes and secrets that are given out */
    OAUTH_CODE_S = 60,       /* life of an authorization code (RFC 6749 section 4.1.2) */
    OAUTH_KEPT_S = 600,      /* one that was used is known so long, to see a second use */
};

/* Makes secret and keys when there are none. config is copied, its texts outlive the result, as do
   core and sessions. E_SYNTAX when the issuer is no https URL of a host alone. */
MUST_USE enum code oauth_open(struct ctx *cx, struct core *c, struct sessions *sessions,
                              const struct oauth_config *config, struct oauth **out);
/* NULL is fine. */
void oauth_close(struct oauth *o);
AUTO_OF(struct oauth *, oauth_close)

/* What it was opened with. */
const struct oauth_config *oauth_config_of(const struct oauth *o);
/* The same; sessions NULL: nobody signs in by a page. */
struct core *oauth_core(const struct oauth *o);
struct sessions *oauth_sessions(const struct oauth *o);

/* What a person may try, and a stranger may cost: each within ten minutes (an hour to register). */
enum oauth_act {
    OAUTH_GUESS_SECRET = 0, /* wrong client secrets, by address */
    OAUTH_GUESS_CODE,       /* wrong user codes, by person */
    OAUTH_GUESS_TOKEN,      /* bad codes, refresh tokens and device codes, by address */
    OAUTH_DEVICE,           /* device authorizations, by address */
    OAUTH_REGISTER,         /* registrations, by address */
    OAUTH_ACTS
};
/* Counts one more. E_LIMIT when there were too many. */
MUST_USE enum code oauth_count(struct ctx *cx, struct oauth *o, enum oauth_act act,
                               struct str name);
/* The same without counting. */
MUST_USE enum code oauth_may(struct ctx *cx, struct oauth *o, enum oauth_act act, struct str name);

/* HMAC-SHA-256 under the server's secret, as base64url: for what a browser has to bring back.
   purpose keeps uses apart. */
struct str oauth_seal(struct ctx *cx, const struct oauth *o, const char *purpose, struct str text);
/* Whether text was sealed so; in a time that does not tell where it differs. */
bool oauth_sealed(struct ctx *cx, const struct oauth *o, const char *purpose, struct str text,
                  struct str seal);

/* Takes away what has had its time: codes, grants, keys, clients that registered and never came
   back. A job of housekeeping. */
MUST_USE enum code oauth_sweep(struct ctx *cx, struct oauth *o);

/* What happened, for metrics. */
enum oauth_event {
    OAUTH_GRANTED = 0, /* a person allowed a client */
    OAUTH_DECLINED,    /* or did not */
    OAUTH_ISSUED,      /* tokens by a code or a device code */
    OAUTH_REFRESHED,
    OAUTH_REFUSED, /* at the token endpoint */
    OAUTH_REUSED,  /* a code or a refresh token came twice: its grant ended */
    OAUTH_REVOKED,
    OAUTH_REGISTERED,
    OAUTH_EVENTS
};
void oauth_tell(struct oauth *o, enum oauth_event event);

#endif
