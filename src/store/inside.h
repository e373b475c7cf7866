/* What the files of the store share, and nobody else includes. */
#ifndef STORE_INSIDE_H
#define STORE_INSIDE_H

#include "store/engine.h"
#include "store/part.h"
#include <stdatomic.h>

struct codecs;
struct blob_cache;
struct committer;
struct notifier;
struct space;

struct store {
    const struct store_engine *engine;
    void *self; /* the engine's */
    struct parts *parts;
    struct committer *committer;
    struct notifier *notifier;
    struct codecs *codecs;
    struct blob_cache *cache;
    struct log *log;
    struct metric *blob_hits, *blob_misses;
    atomic_bool broken; /* a write failed: no further write */
};

/* Opens over an engine that is open already, also a test's own; takes it over. */
MUST_USE enum code store_open_over(struct ctx *cx, const struct store_config *config,
                                   const struct store_engine *engine, void *self,
                                   struct store **out);

/* The layouts of all rows that the store itself makes are in docs/STORE.md. */
enum { LAYOUT_1 = 1, PART_BYTES = 8, BLOB_ID_BYTES = 32, TAG_MAX = 64 };

/* The partition as the first bytes of an engine key, in out. */
struct str part_prefix(part_id id, char out[static PART_BYTES]);
/* The range of a partition's keys as engine keys, in the arena. */
struct range part_range(struct arena *a, part_id id, struct range range);

/* Keys in FAMILY_REFS, in the arena. */
struct str ref_key(struct arena *a, const struct blob_id *id, part_id part, struct str tag);
struct str stat_key(struct arena *a, const struct blob_id *id);
struct str candidate_key(struct arena *a, const struct blob_id *id);

/* Appends an op to the list whose end is *end. */
void op_add(struct arena *a, struct op ***end, enum family family, bool drop, struct str key,
            struct str value);

#endif
