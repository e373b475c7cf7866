/* A transaction from the inside. */
#ifndef STORE_TXN_H
#define STORE_TXN_H

#include "store/committer.h"
#include "store/inside.h"

struct overlay;
struct memo;

struct txn {
    struct store *s;
    struct part *part;
    struct arena *arena; /* of what was written */
    struct overlay *rows;
    struct memo *memo; /* NULL, or what is known of the partition as of batch.base */
    struct blob_change *blobs, **blobs_end;
    size_t blob_bytes; /* of their references */
    struct err err;    /* a limit was passed, or the version could not be read */
    bool ended;
    struct batch batch;
    char prefix[PART_BYTES];
};

struct savepoint {
    size_t rows;
    struct blob_change **blobs_end;
    size_t blob_bytes;
};

/* Takes over the caller's reference to part. */
struct txn *txn_open(struct store *s, struct part *part, struct arena *a);
struct savepoint txn_mark(const struct txn *t);
void txn_back_to(struct txn *t, struct savepoint mark);
bool txn_is_empty(const struct txn *t);
/* Makes t->batch of what was written; the memo is then as the commit will leave the partition. */
void txn_seal(struct txn *t);

/* The key with its partition, as engines know it. */
struct str txn_whole_key(const struct txn *t, struct str key, struct arena *a);

#endif
