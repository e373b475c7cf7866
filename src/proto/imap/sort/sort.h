/* SORT (RFC 5256 section 3, RFC 5957). */
#ifndef PROTO_IMAP_SORT_SORT_H
#define PROTO_IMAP_SORT_SORT_H

#include "core/columns/order.h"
#include "proto/imap/annotate/annotate.h"
#include "proto/imap/search/answer.h"

enum { IMAP_SORT_MAX = 20 }; /* criteria */

struct imap_sort {
    struct {
        enum column_order order;
        struct imap_notes_sort notes; /* of ANNOTATION (RFC 5257), when it has an entry */
        bool reverse, relevancy;      /* relevancy: no order, the best first (RFC 6203) */
    } by[IMAP_SORT_MAX];
    unsigned count;
    const struct imap_search *search; /* has the scores for relevancy */
};

/* Takes "(REVERSE DATE SUBJECT)". E_SYNTAX; E_LIMIT. */
MUST_USE enum code imap_sort_parse(struct ctx *cx, struct cur *c, struct imap_sort *out);
/* Puts the places, which are rising, into that order; equal ones stay as they are. */
MUST_USE enum code imap_sort_run(struct ctx *cx, const struct imap_target *t,
                                 const struct imap_sort *sort, struct imap_found *found);

#endif
