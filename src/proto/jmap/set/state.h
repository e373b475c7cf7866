/* What a request has created, and the states before and after a call. Internal to jmap. */
#ifndef PROTO_JMAP_SET_STATE_H
#define PROTO_JMAP_SET_STATE_H

#include "proto/jmap/set/set.h"

struct map;

/* What was created in this request; of one name the newest (RFC 8620 section 5.3). */
struct jmap_name {
    struct jmap_name *next;
    struct str name, id;
};

struct jmap_names {
    struct map *known; /* to struct jmap_name */
    struct jmap_name *first, *last;
};

/* Before and after what a call changes; jmap_commit keeps them. */
struct jmap_states {
    struct str old;
    uint64_t guard, before, after;
    uint64_t subscribed, subscribes; /* jmap_subscribed at the start; what it is by our changes */
    bool guarded, committed, broken, mixed; /* mixed: another device subscribed meanwhile */
};

/* A commit to the person's own account has changed what is subscribed to in the call's. */
void jmap_subscribes(struct jmap_call *call, uint64_t before, uint64_t after);

#endif
