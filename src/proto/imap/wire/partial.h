/* PARTIAL (RFC 9394): a page of a result, counted from its start or its end. */
#ifndef PROTO_IMAP_PARTIAL_H
#define PROTO_IMAP_PARTIAL_H

#include "proto/imap/wire/seqset.h"

/* first <= last, from 1 on. All zero: none was given. */
struct imap_partial {
    uint32_t first, last;
    bool from_end; /* "-1:-100": 1 is the last of the result */
};

/* Takes "1:100", "100:1" or "-1:-100"; false for anything else. */
bool imap_partial_take(struct cur *c, struct imap_partial *out);
/* The page of a rising set; empty behind its end. Costs its ranges, not its numbers. */
void imap_partial_cut(struct arena *a, const struct imap_set *in, const struct imap_partial *page,
                      struct imap_set *out);
/* "1:100" or "-1:-100". */
void imap_partial_put(struct buf *out, const struct imap_partial *page);

#endif
