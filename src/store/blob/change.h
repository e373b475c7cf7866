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

/* What the refs family knows of a blob: exact in a chore, else as of now. */
struct blob_facts {
    bool stat, head, referred, candidate;
    bool sizes_agree; /* of stat and head, when both are there */
    uint64_t size;    /* by its head */
};
MUST_USE enum code blob_facts(struct ctx *cx, struct store *s, const struct blob_id *id,
                              struct blob_facts *out);
/* The row that says how large a blob is. */
void stat_row(struct arena *a, const struct blob_id *id, uint64_t size, uint64_t stored,
              struct op ***end);
/* The row that asks the sweeper to look at it. */
void candidate_row(struct arena *a, const struct blob_id *id, struct op ***end);

/* Reads the head of a stored blob. E_NOT_FOUND, E_CORRUPT. */
MUST_USE enum code blob_head(struct ctx *cx, struct store *s, const struct blob_id *id,
                             uint64_t *size);
/* Reads all of it from the engine, past the cache, and compares with its id. */
MUST_USE enum code blob_verify(struct ctx *cx, struct store *s, const struct blob_id *id);

#endif
