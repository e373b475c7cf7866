/* Looking after a store: checking, sweeping, copying, counting. */
#ifndef STORE_MAINTAIN_H
#define STORE_MAINTAIN_H

#include "base/err.h"
#include "store/blob.h"

struct store;

/* Removes blobs that lost their last reference; looks at no more than limit of those whose
   references were dropped since the last time. Safe beside commits; may be repeated. *removed: how
   many went. Call again while *more. E_IO; E_LIMIT. */
MUST_USE enum code store_sweep(struct ctx *cx, struct store *s, size_t limit, size_t *removed,
                               bool *more);

struct store_check {
    uint64_t partitions, rows, blobs, references; /* looked at */
    uint64_t faults, repaired;
    void (*step)(void *arg, uint64_t blobs); /* set by the caller or NULL: told now and then */
};
/* what is a literal; about: the blob in hexadecimal, or empty. It may be called by a thread of the
   store while the caller waits. */
typedef void check_fn(void *arg, const char *what, struct str about, bool repaired);
/* Looks at every row and verifies the bytes of every blob, beside commits. out: zero but for step.
   With repair, what can be derived from the rest is put right. Faults are no error: E_IO only when
   reading itself fails. */
MUST_USE enum code store_check(struct ctx *cx, struct store *s, bool repair, check_fn *report,
                               void *arg, struct store_check *out);

struct store_stats {
    uint64_t bytes_on_disk;                   /* roughly */
    uint64_t commits, syncs, bytes_committed; /* since it was opened */
    uint64_t blob_hits, blob_misses, blob_cached_bytes;
};
struct store_stats store_stats(struct store *s);

/* A copy of the store as it is now, in dir, which must not be there yet; quick, it shares what does
   not change. E_UNSUPPORTED by the memory engine. */
MUST_USE enum code store_checkpoint(struct ctx *cx, struct store *s, struct str dir);

/* Gives the space of removed things back to the disk. May take minutes. */
void store_compact(struct store *s);

#endif
