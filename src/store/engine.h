/* What keeps the bytes: sorted families of keys that are written in atomic, durable groups. */
#ifndef STORE_ENGINE_H
#define STORE_ENGINE_H

#include "store/store.h"

/* META: partition (8 bytes, big-endian) and key. BLOBS: blob id (and frame). REFS: store/layout.h.
 */
enum family { FAMILY_META, FAMILY_BLOBS, FAMILY_REFS, FAMILY_COUNT };

struct op {
    struct op *next;
    enum family family;
    bool drop;
    struct str key, value;
};

/* Calls may come from all threads at once, but write: one thread, one at a time. */
struct store_engine {
    const char *name;
    bool certain; /* write always knows whether it was done: never E_BUSY */
    void (*close)(void *self);
    /* The value stays until unpin(pin). E_NOT_FOUND, E_IO, E_CORRUPT. */
    enum code (*get)(struct ctx *cx, void *self, enum family family, struct str key,
                     struct str *value, void **pin);
    void (*unpin)(void *self, void *pin);
    /* Walks one version, from range.from up to but without range.to (empty: to the end). The
       slices of range outlive the scan. */
    void *(*scan_open)(void *self, enum family family, struct range range);
    /* Key and value hold until the next call. E_NOT_FOUND at the end (cx->err stays), else why.
       In FAMILY_BLOBS the value may be anything: an engine may keep those elsewhere. */
    enum code (*scan_next)(struct ctx *cx, void *scan, struct str *key, struct str *value);
    void (*scan_close)(void *scan);
    /* All ops in their order, or none; durable and visible when it returns OK. E_BUSY: nobody knows
       whether it was done (a distributed engine timed out); the committer finds out and writes the
       same again. What was not done by the time a later write returns is never done: such an engine
       has the version rows to guard its writes with. */
    enum code (*write)(struct ctx *cx, void *self, const struct op *first);
    /* A copy of now in dir, which must not be there. NULL when the engine has no such thing. */
    enum code (*checkpoint)(struct ctx *cx, void *self, const char *dir);
    /* Gives space of dropped things back. May take long. NULL as above. */
    void (*compact)(void *self);
    /* Bytes on disk, roughly. */
    uint64_t (*bytes)(void *self);
};

/* In memory: sorted, copied on write, so that a scan sees one version and blocks nobody. */
void *memory_open(void);
extern const struct store_engine memory_engine;

/* RocksDB in dir, made if missing. E_IO, E_CORRUPT. */
MUST_USE enum code rocksdb_engine_open(struct ctx *cx, const char *dir, size_t cache_bytes,
                                       void **out);
extern const struct store_engine rocksdb_engine;

#endif
