/* Limits of rate: so many messages, recipients or bytes of one sender, account, address or network
   in a window that slides. A bucket a subject, in tables that are bounded; those of accounts and
   domains survive a restart. */
#ifndef SERVICE_ADMISSION_LIMITS_H
#define SERVICE_ADMISSION_LIMITS_H

#include "base/err.h"
#include "base/str.h"

struct core;
struct limits; /* one for the server; safe for all threads */

enum {
    LIMITS_MAX = 64,                     /* names, of which each may have many scopes */
    LIMIT_WINDOW_MAX_S = 31 * 24 * 3600, /* a month */
    LIMITS_SETS = 8192,                  /* of CELLS_WAYS: 65,536 buckets a table */
};

enum limit_per {
    PER_ACCOUNT = 1, /* who is logged in */
    PER_DOMAIN,      /* all accounts of a domain, together */
    PER_SENDER,      /* strangers: the envelope sender */
    PER_ADDRESS,     /* strangers: the host */
    PER_NETWORK,     /* strangers: IPv4 /24, IPv6 /64 */
    PER_RECIPIENT,   /* strangers: who is written to */
    PER_END
};
enum limit_of { OF_MESSAGES = 1, OF_RECIPIENTS, OF_BYTES, OF_UNKNOWN, OF_END };

struct limit {
    struct str name, scope;
    enum limit_per per;
    enum limit_of of;
    uint64_t max; /* 0: no limit */
    uint32_t window_s;
};
/* "account", "messages"...: as the command line shows them. */
const char *limit_per_name(enum limit_per per);
const char *limit_of_name(enum limit_of of);

/* value: "account messages 500 3600": per, of, max, seconds. Slices. E_SYNTAX. */
MUST_USE enum code limit_parse(struct ctx *cx, struct str name, struct str scope, struct str value,
                               struct limit *out);

/* Nothing counted yet. */
struct limits *limits_open(struct core *c);
void limits_close(struct limits *x);
/* Buckets of accounts and domains, from the store and to it. */
MUST_USE enum code limits_load(struct ctx *cx, struct limits *x);
MUST_USE enum code limits_flush(struct ctx *cx, struct limits *x);

/* One bucket and what is to be put into it. */
struct limit_use {
    const struct limit *limit;
    struct str subject;
    uint64_t n;
};
/* Puts all in, or none if one would overflow: then that one, and in *wait_s how long until it fits.
   more than max at a time fits an empty bucket. NULL: done. peek: nothing is put in. */
const struct limit *limits_take(struct ctx *cx, struct limits *x, const struct limit_use *uses,
                                size_t count, bool peek, uint32_t *wait_s);

#endif
