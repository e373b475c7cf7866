/* Sequence sets (RFC 9051 section 9): reading, resolving, writing. */
#ifndef PROTO_IMAP_SEQSET_H
#define PROTO_IMAP_SEQSET_H

#include "base/buf.h"
#include "base/cur.h"
#include "base/err.h"

struct view;

enum { IMAP_RANGES_MAX = 40000 };

struct imap_range {
    uint32_t first, last; /* both in it */
};

/* Numbers as ranges. All zero is empty. */
struct imap_set {
    struct imap_range *at;
    size_t count, cap;
    bool is_saved; /* "$" was read: the saved result */
};

/* Takes a sequence-set. "*" becomes UINT32_MAX; each range has first <= last. out: ranges in the
   order given, in cx->arena. E_SYNTAX; E_LIMIT past IMAP_RANGES_MAX. */
MUST_USE enum code imap_seqset_parse(struct ctx *cx, struct cur *c, struct imap_set *out);

/* Message numbers become places in the view (number less one). out: rising, without overlaps, in
   cx->arena. E_SYNTAX for a number that is not there. */
MUST_USE enum code imap_seqset_numbers(struct ctx *cx, const struct imap_set *in,
                                       const struct view *v, struct imap_set *out);
/* Uids become places in the view; those that are not there are left out. */
MUST_USE enum code imap_seqset_uids(struct ctx *cx, const struct imap_set *in, const struct view *v,
                                    struct imap_set *out);

/* Adds a number that is above all that are in it. Memory: of the arena, or the heap when a is
   NULL. */
void imap_set_add(struct arena *a, struct imap_set *set, uint32_t n);
void imap_set_add_range(struct arena *a, struct imap_set *set, struct imap_range r);
/* Frees what imap_set_add took from the heap; the set is empty then. */
void imap_set_free(struct imap_set *set);
/* In a rising set. Logarithmic. */
bool imap_set_has(const struct imap_set *set, uint32_t n);
/* How many numbers are in a set without overlaps. */
uint64_t imap_set_size(const struct imap_set *set);
/* What two rising sets without overlaps have in common; in the arena. */
void imap_set_common(struct arena *a, const struct imap_set *one, const struct imap_set *other,
                     struct imap_set *out);
/* Sorts the ranges, and joins those that overlap or touch. */
void imap_set_normalise(struct imap_set *set);
/* "1:3,5"; nothing for an empty set. add: to each number (1 makes message numbers of places). */
void imap_set_put(struct buf *out, const struct imap_set *set, uint32_t add);

#endif
