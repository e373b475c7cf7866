/* The changes of one call. Internal to set. */
#ifndef PROTO_JMAP_SET_INNER_H
#define PROTO_JMAP_SET_INNER_H

#include "proto/jmap/set/set.h"

struct jmap_set_all {
    struct jmap_set_one *at; /* creates, updates, destroys */
    size_t count;
};

/* Checks the properties of a create or update and fills in values and patches, or refuses it. What
   names a creation id that is still to come in this call has again set. */
MUST_USE enum code jmap_set_check(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                                  const struct jmap_set_all *all);
/* Whether that creation id is of this call and not made yet. */
bool jmap_is_pending(const struct jmap_set_all *all, struct str creation_id);
/* Writes created to notDestroyed. */
MUST_USE enum code jmap_set_put(struct ctx *cx, struct jmap_call *call,
                                const struct jmap_set_all *all);

#endif
