/* Ranks by the session's comparator (RFC 5255 section 4.6). */
#ifndef PROTO_IMAP_SORT_COLLATE_H
#define PROTO_IMAP_SORT_COLLATE_H

#include "core/columns/order.h"
#include "proto/imap/search/answer.h"

enum { IMAP_COLLATE_BYTES_MAX = 512 }; /* of a text; what comes behind it does not count */

/* As column_ranks, of the places found alone, which are rising. The usual comparator has ranks that
   are kept; with others the summaries of the messages found are read. */
MUST_USE enum code imap_ranks(struct ctx *cx, const struct imap_target *t, enum column_order order,
                              const struct imap_found *found, uint32_t **ranks, uint32_t *limit);

#endif
