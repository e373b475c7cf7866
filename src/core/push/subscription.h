/* Push subscriptions (RFC 8620 section 7.2), in PUSH_PART beside the devices. */
#ifndef CORE_PUSH_SUBSCRIPTION_H
#define CORE_PUSH_SUBSCRIPTION_H

#include "core/core.h"

enum {
    PUSH_SUBSCRIPTIONS_MAX = 20, /* of one person */
    PUSH_CREATES_MAX = 100,      /* of one person in a day: each makes us ask a server */
    PUSH_SUBSCRIPTION_DAYS = 14, /* it ends then, unless it is set anew */
    PUSH_TYPES_BYTES_MAX = 2000,
    PUSH_URL_MAX = 2000,
    PUSH_DEVICE_MAX = 200,
};

/* What somebody had logged in with who made one (RFC 8620 section 7.2): with that it ends, and who
   comes by something else does not see it. All 0: the password. */
struct push_credential {
    uint64_t session, app_password, grant; /* numbers */
    bool foreign;                          /* a token of somebody else's */
};

struct push_subscription {
    principal_id who;
    struct str id;        /* "P" and 16 digits of hexadecimal */
    struct str device;    /* deviceClientId */
    struct str url;       /* https */
    struct str key, auth; /* of the browser, raw; empty: messages are not sealed */
    struct str types;     /* names with commas; empty: all */
    struct str code;      /* that was sent to the url */
    bool verified;        /* it came back */
    uint64_t generation;  /* of the password that it was made with */
    struct push_credential by;
    int64_t created_ms, expires_ms;
};

/* Keeps a new one, instead of what the same device has registered for the same url. E_LIMIT past
 * PUSH_SUBSCRIPTIONS_MAX; E_BUSY past PUSH_CREATES_MAX. */
MUST_USE enum code push_subscription_add(struct ctx *cx, struct core *c,
                                         const struct push_subscription *s);
/* Replaces what is there. E_NOT_FOUND. */
MUST_USE enum code push_subscription_set(struct ctx *cx, struct core *c,
                                         const struct push_subscription *s);
/* E_NOT_FOUND. */
MUST_USE enum code push_subscription_drop(struct ctx *cx, struct core *c, principal_id who,
                                          struct str id);
/* Of one person (0: of all), also those that have expired; in cx->arena. */
MUST_USE enum code push_subscription_list(struct ctx *cx, struct core *c, principal_id who,
                                          struct push_subscription **out, size_t *count);

#endif
