/* Which part of a query's results is told (RFC 8620 section 5.5). */
#ifndef PROTO_JMAP_QUERY_PAGE_H
#define PROTO_JMAP_QUERY_PAGE_H

#include "proto/jmap/call.h"

struct jmap_page {
    int64_t position; /* below 0: from the end */
    struct str anchor;
    bool anchored; /* position is not looked at then */
    int64_t anchor_offset;
    size_t limit;
    bool limited; /* to less than was asked for */
    bool total;
};
/* Reads "position", "anchor", "anchorOffset", "limit" and "calculateTotal". Returns NULL, or the
   error to refuse with. */
const char *jmap_page_read(const struct jmap_call *call, struct jmap_page *out);

/* How many results have to be known, from the first on, for this page; SIZE_MAX: all. */
size_t jmap_page_first(const struct jmap_page *page);

/* Results in order, as numbers: items, folders. */
struct jmap_results {
    const uint64_t *at;
    size_t count;    /* at least as many as the page asks for */
    size_t total;    /* how many there are, if that was asked for */
    bool can_change; /* "canCalculateChanges" */
    /* What an id stands for, false for what is none; and back. */
    bool (*key_of)(const struct jmap_call *call, struct str id, uint64_t *key);
    struct str (*id_of)(struct arena *a, const struct jmap_call *call, uint64_t key);
};
/* Writes the response's arguments; or refuses (anchorNotFound). */
MUST_USE enum code jmap_page_put(struct ctx *cx, struct jmap_call *call,
                                 const struct jmap_page *page, const struct jmap_results *r);

/* Foo/queryChanges (section 5.6), once the type has found what its results are. */
struct jmap_moved {
    const uint64_t *removed; /* no longer there, or there may be elsewhere now */
    size_t removed_count;
    const uint32_t *added; /* indexes in results, rising */
    size_t added_count;
};
struct jmap_query_since {
    struct str state;
    size_t max;
    bool total, bounded;
    struct str up_to;
};
/* Reads "sinceQueryState", "maxChanges", "upToId" and "calculateTotal". Returns NULL, or the error.
 */
const char *jmap_query_since_read(const struct jmap_call *call, struct jmap_query_since *out);
MUST_USE enum code jmap_moved_put(struct ctx *cx, struct jmap_call *call,
                                  const struct jmap_query_since *since,
                                  const struct jmap_results *r, const struct jmap_moved *m);

#endif
