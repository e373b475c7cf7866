/* The rows of annotations (docs/STORE.md). Internal to core. */
#ifndef CORE_ANNOTATION_ROWS_H
#define CORE_ANNOTATION_ROWS_H

#include "core/annotation/annotation.h"
#include "core/txn.h"

/* What all of one owner's are together, those of every reader. */
struct annotation_sum {
    uint32_t count; /* rows, removed ones among them */
    uint64_t bytes; /* of names and values that are there */
};

/* All of one owner's: its sum, then the rows. */
struct key annotation_owner_key(const struct annotation_owner *owner);
struct key annotation_reader_key(const struct annotation_owner *owner, principal_id reader);
struct key annotation_key(const struct annotation_owner *owner, principal_id reader,
                          struct str name);
/* Of any of these rows; is_sum: it is the owner's first. E_CORRUPT. */
MUST_USE enum code annotation_key_decode(struct ctx *cx, struct str key,
                                         struct annotation_owner *owner, struct annotation *out,
                                         bool *is_sum);

/* The bytes of the row of a sum, in the arena. */
struct str annotation_sum_encode(struct arena *a, const struct annotation_sum *sum);
/* Reads what annotation_sum_encode wrote. E_CORRUPT. */
MUST_USE enum code annotation_sum_decode(struct ctx *cx, struct str value,
                                         struct annotation_sum *out);
/* The bytes of an annotation, in the arena. */
struct str annotation_encode(struct arena *a, const struct annotation *row);
/* value, removed and modseq of out; slices point into the row. */
MUST_USE enum code annotation_decode(struct ctx *cx, struct str value, struct annotation *out);

/* The bytes that count. */
uint64_t annotation_bytes(const struct annotation *row);

/* No row is all zero. */
MUST_USE enum code annotation_sum_load(struct ctx *cx, struct txn *t,
                                       const struct annotation_owner *owner,
                                       struct annotation_sum *out);

/* Ends all of one owner's, inside account_update. */
MUST_USE enum code annotations_end(struct ctx *cx, struct account_txn *t,
                                   const struct annotation_owner *owner);
/* Inside account_update: the copy of an item gets the shared ones, and the owner's own. */
MUST_USE enum code annotations_copy(struct ctx *cx, struct account_txn *t, item_id from,
                                    item_id to);

#endif
