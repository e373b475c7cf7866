/* The resolver of the running server: libunbound, validating and caching, in threads of its own. */
#ifndef IO_RESOLVER_H
#define IO_RESOLVER_H

#include "base/resolver.h"

struct log;
struct metrics;
struct io_resolver;

enum { RESOLVER_OPEN_MAX = 20000, RESOLVER_SERVERS_MAX = 16 };

struct resolver_stub {
    struct str zone, server; /* "example.org", "192.0.2.53" or "192.0.2.53@5353" */
};

/* Nothing set: full resolution from the root servers, without validation. */
struct resolver_config {
    struct str forward[RESOLVER_SERVERS_MAX]; /* recursive servers to ask instead: "ADDRESS@PORT" */
    size_t forward_count;
    struct resolver_stub stubs[RESOLVER_SERVERS_MAX]; /* zones that certain servers answer for */
    size_t stub_count;
    struct str trust_anchor_file; /* DS or DNSKEY records of the root; empty: no validation */
    uint32_t timeout_ms;          /* of one question, with all that it leads to [10 s] */
    size_t cache_bytes;           /* [16 MiB] */
    struct log *log;              /* may be NULL, as metrics */
    struct metrics *metrics;
};

/* E_SYNTAX: a server, zone or file that libunbound refuses. Texts of config are not kept. */
MUST_USE enum code io_resolver_open(struct ctx *cx, const struct resolver_config *config,
                                    struct io_resolver **out);
/* What to ask; valid until the close. */
const struct resolver *io_resolver_of(const struct io_resolver *r);
/* Questions that are open, and all that come later, are answered DNS_FAILED. Any thread; then
   io_resolver_close() may follow when nobody asks any more. */
void io_resolver_stop(struct io_resolver *r);
/* Questions still open are answered DNS_FAILED before it returns. */
void io_resolver_close(struct io_resolver *r);

#endif
