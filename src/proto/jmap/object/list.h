/* Foo/query and Foo/queryChanges (RFC 8620 sections 5.5 and 5.6) over things that are few enough to
   be listed whole: by a table of conditions and one of orders. */
#ifndef PROTO_JMAP_OBJECT_LIST_H
#define PROTO_JMAP_OBJECT_LIST_H

#include "proto/jmap/changes.h"

enum { JMAP_LIST_FILTER_DEPTH_MAX = 16, JMAP_LIST_SORTS_MAX = 8 };

struct jmap_listed {
    struct str id;
    void *thing; /* the type's */
};

/* value: of the kind that the row says. */
typedef bool jmap_fits_fn(const struct jmap_listed *one, const struct json_tree *value);
typedef int jmap_order_fn(const struct jmap_listed *a, const struct jmap_listed *b);

struct jmap_condition {
    struct str name;
    enum tree_kind kind;
    jmap_fits_fn *fits;
};
struct jmap_order {
    struct str name;
    jmap_order_fn *compare;
};
struct jmap_lister {
    const struct jmap_condition *conditions;
    size_t condition_count;
    const struct jmap_order *orders;
    size_t order_count;
    /* All that the person may see, in the order of no sort. The account is open. */
    enum code (*all)(struct ctx *cx, struct jmap_call *call, struct jmap_listed **out,
                     size_t *count);
    /* As jmap_type.changed and id_of; NULL: changes cannot be told. */
    enum code (*changed)(struct ctx *cx, struct jmap_call *call, struct jmap_changed *out);
    struct str (*id_of)(struct arena *a, const struct jmap_call *call, uint64_t key);
    /* As jmap_type.state, of things that are no rows with numbers; NULL: jmap_state. */
    enum code (*state)(struct ctx *cx, struct jmap_call *call, struct str *out);
    bool any_account; /* of others, too */
};

/* For a row of the table of methods that wants one. */
MUST_USE enum code jmap_list_query(struct ctx *cx, struct jmap_call *call,
                                   const struct jmap_lister *lister);
MUST_USE enum code jmap_list_query_changes(struct ctx *cx, struct jmap_call *call,
                                           const struct jmap_lister *lister);

#endif
