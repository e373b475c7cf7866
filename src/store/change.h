/* Blobs as transactions, the committer and the sweeper see them. */
#ifndef STORE_CHANGE_H
#define STORE_CHANGE_H

#include "store/engine.h"

enum blob_do { BLOB_PUT, BLOB_REF, BLOB_UNREF };

struct blob_change {
    struct blob_change *next;
    enum blob_do what;
    struct blob_id id;
    struct str tag;
    const struct blob_new *blob; /* BLOB_PUT */
};

/* The rows of a blob on its way in: from the worker, or, when the worker saw that the blob is
   there already and made none, uncompressed ones in the arena. Bytes of them in *bytes. */
void blob_new_rows(struct arena *a, const struct blob_new *b, struct op ***end, size_t *bytes);
/* False when the worker saw that the blob is there already. */
bool blob_new_has_rows(const struct blob_new *b);
/* Whether the engine has it. E_IO, E_CORRUPT. */
MUST_USE enum code blob_is_stored(struct ctx *cx, struct store *s, const struct blob_id *id,
                                  bool *out);

/* Ids to look at; what the committer found out. */
struct sweep {
    const struct blob_id *ids;
    size_t count;
    size_t removed;         /* out: blobs */
    uint64_t removed_bytes; /* out: as stored */
};

/* The ops of a sweep, decided against what is durable now. */
MUST_USE enum code sweep_ops(struct ctx *cx, struct store *s, struct sweep *sweep,
                             struct op ***end);

#endif
