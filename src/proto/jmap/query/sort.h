/* Sorting what was found (RFC 8621 section 4.4.2). */
#ifndef PROTO_JMAP_QUERY_SORT_H
#define PROTO_JMAP_QUERY_SORT_H

#include "core/columns/order.h"
#include "proto/jmap/query/filter.h"

enum { JMAP_SORTS_MAX = 10 };

/* One comparator. */
struct jmap_sort {
    enum jmap_order {
        JMAP_BY_RECEIVED,
        JMAP_BY_SENT,
        JMAP_BY_SIZE,
        JMAP_BY_FROM,
        JMAP_BY_TO,
        JMAP_BY_SUBJECT,
        JMAP_BY_KEYWORD,
        JMAP_BY_ALL_IN_THREAD,
        JMAP_BY_SOME_IN_THREAD,
    } by;
    bool descending;
    enum collation collation;
    struct str keyword;
    struct jmap_threads *threads;
};
struct jmap_sorts {
    struct jmap_sort at[JMAP_SORTS_MAX];
    size_t count;
};
/* in: "sort", an array, or NULL: the newest first. Returns NULL, or the error to refuse with. */
const char *jmap_sorts_read(const struct json_tree *in, struct jmap_sorts *out);
/* "receivedAt"...: the names of all properties to sort by; empty past the last. */
struct str jmap_sort_name(size_t i);

/* One email that was found. */
struct jmap_hit {
    item_id id;
    const struct column_facts *facts;
    uint32_t place, folder; /* where in which of the places */
};
struct jmap_hits {
    struct jmap_hit *at;
    size_t count;
    struct jmap_place *places;
    size_t place_count;
};
/* Brings the first so many into order (or all; those behind are not there any more). What is equal
   by all comparators goes by its id, in the direction of the last one. */
MUST_USE enum code jmap_hits_sort(struct ctx *cx, struct jmap_call *call,
                                  const struct jmap_sorts *sorts, struct jmap_hits *hits,
                                  size_t first);

#endif
