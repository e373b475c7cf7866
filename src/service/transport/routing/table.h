/* The routing table in memory: read when the directory's version moved. Internal to routing. */
#ifndef SERVICE_TRANSPORT_ROUTING_TABLE_H
#define SERVICE_TRANSPORT_ROUTING_TABLE_H

#include "base/arena.h"
#include "base/map.h"
#include "service/transport/routing.h"
#include <stdatomic.h>

struct rule_link {
    const struct route_rule *rule;
    struct rule_link *next; /* of the same pattern: those with a sender first */
};

struct table {
    struct arena *arena;
    uint64_t version;
    atomic_int refs;
    struct route_rule *rules; /* by name */
    size_t count;
    struct map *by_pattern; /* rule_link */
    bool has_agencies, has_senders;
};

/* As of now; to be given back. */
MUST_USE enum code table_get(struct ctx *cx, struct routing *r, struct table **out);
void table_unref(struct table *t);
AUTO_OF(struct table *, table_unref)

/* A row of the table; slices point into value. E_CORRUPT. */
struct str rule_encode(struct arena *a, const struct route_rule *rule);
MUST_USE enum code rule_decode(struct ctx *cx, struct str value, struct route_rule *out);
struct key rule_key(struct str name);
/* Whether it may stand in the table; pattern and sender in lower case. E_SYNTAX. */
MUST_USE enum code rule_check(struct ctx *cx, struct route_rule *rule);
struct core *routing_core(struct routing *r);

#endif
