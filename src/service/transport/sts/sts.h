/* MTA-STS (RFC 8461): what other domains ask for, fetched and kept; and what our own say. Rows are
   in docs/STORE.md. */
#ifndef SERVICE_TRANSPORT_STS_STS_H
#define SERVICE_TRANSPORT_STS_STS_H

#include "core/core.h"
#include "service/transport/sts/policy.h"

struct io;
struct resolver;
struct sts; /* one for the server; safe for all threads */
struct web;

enum {
    STS_TIMEOUT_MS = 30000,     /* of fetching a policy */
    STS_RETRY_S = 300,          /* after a fetch that failed (section 3.3) */
    STS_FAILED_MAX = 10000,     /* domains of which that is remembered */
    STS_REFRESH_S = 24 * 3600,  /* a policy in use is fetched anew */
    STS_UNUSED_S = 30 * 86400,  /* one that nobody used for so long is not */
    STS_REFRESH_TOGETHER = 100, /* fetched by one turn of housekeeping */
};

/* All outlive it. */
struct sts_parts {
    struct core *core;
    struct io *io;
    const struct resolver *resolver;
    const struct web *web;
};
struct sts *sts_open(const struct sts_parts *parts);
/* After io_stop(). */
void sts_close(struct sts *s);

/* What went wrong with a policy that a domain says it has: result types of RFC 8460 section 4.3. */
enum sts_fault { STS_NO_FAULT = 0, STS_FETCH_ERROR, STS_WEBPKI_INVALID, STS_POLICY_INVALID };

struct sts_found {
    bool has_policy; /* fetched now, or kept and not too old */
    struct sts_policy policy;
    enum sts_fault fault; /* a policy is announced and cannot be had; one that is kept holds */
    struct str why;
};
typedef void sts_done_fn(struct ctx *cx, void *arg, const struct sts_found *found);

struct sts_ask {
    struct str domain;   /* of the recipients */
    struct arena *arena; /* of what is found; nobody else's until done() */
    sts_done_fn *done;   /* on a worker */
    void *arg;
};
/* Calls done() once, soon or after STS_TIMEOUT_MS. ask is copied; what it points to is not. */
void sts_find(struct ctx *cx, struct sts *s, const struct sts_ask *ask);

/* Fetches what is in use and getting old, and forgets what is too old. Waits for the store alone.
 */
MUST_USE enum code sts_refresh(struct ctx *cx, struct sts *s);

/* A policy as it is kept. Times are UTC. */
struct sts_kept {
    struct str domain, id;
    struct sts_policy policy;
    int64_t fetched_ms, expires_ms, used_ms;
};
/* After that domain, at most max, in order. In cx->arena. */
MUST_USE enum code sts_list(struct ctx *cx, struct sts *s, struct str after, size_t max,
                            struct sts_kept **out, size_t *count);
/* E_NOT_FOUND. */
MUST_USE enum code sts_forget(struct ctx *cx, struct sts *s, struct str domain);

/* Our own. id changes with every policy, and is what the TXT record tells. */
struct sts_own {
    struct str id;
    struct sts_policy policy;
};
/* E_NOT_FOUND: none was set. In cx->arena. */
MUST_USE enum code sts_own_get(struct ctx *cx, struct core *c, struct str domain,
                               struct sts_own *out);
/* The id is made of the time. */
MUST_USE enum code sts_own_set(struct ctx *cx, struct core *c, struct str domain,
                               const struct sts_policy *policy);
/* E_NOT_FOUND. */
MUST_USE enum code sts_own_remove(struct ctx *cx, struct core *c, struct str domain);
/* The text at https://mta-sts.DOMAIN/.well-known/mta-sts.txt. */
struct str sts_own_text(struct ctx *cx, const struct sts_own *own);

#endif
