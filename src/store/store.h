/* The store: partitions of ordered keys, and blobs. One interface over several engines. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/err.h"
#include "base/str.h"
#include "store/blob.h"

struct log;
struct metrics;
struct store; /* open; safe for all threads */
struct txn;
struct scan;
struct watch;

/* One account, directory, queue... : an ordered map of keys to values with a version. Given out by
   the directory, never reused; the engine cannot list them. */
typedef uint64_t part_id;

enum {
    STORE_KEY_MAX = 255,           /* bytes; keys hold no NUL (store/key.h makes them) */
    STORE_VALUE_MAX = 64 * 1024,   /* bytes; larger things are blobs */
    STORE_BATCH_MAX = 1024 * 1024, /* bytes of keys and values in one commit, without blobs */
};

struct store_config {
    struct str engine;       /* "memory" or "rocksdb" */
    struct str dir;          /* made if missing; unused by "memory" */
    size_t cache_bytes;      /* block cache of the engine */
    size_t blob_cache_bytes; /* plain blobs kept ready to send */
    uint64_t
        reserve_bytes; /* writes are refused (E_LIMIT) while less than this is free on the disk */
    struct log *log;   /* may be NULL, as metrics */
    struct metrics *metrics;
};

/* Opens or makes the store. E_SYNTAX for an engine unknown; E_IO; E_CORRUPT. */
MUST_USE enum code store_open(struct ctx *cx, const struct store_config *config,
                              struct store **out);
/* Waits for commits under way. */
void store_close(struct store *s);
AUTO_OF(struct store *, store_close)

/* The version of the last durable commit; 0 for a partition never written. Costs a look-up in
   memory once the partition was used. */
MUST_USE enum code store_version(struct ctx *cx, struct store *s, part_id part, uint64_t *out);

/* Reading sees durable commits only. The value is in cx->arena. E_NOT_FOUND; E_IO; E_CORRUPT. */
MUST_USE enum code store_get(struct ctx *cx, struct store *s, part_id part, struct str key,
                             struct str *value);

struct range {
    struct str from; /* the first key, or empty for the start */
    struct str to;   /* the key after the last, or empty for the end */
    bool backward;   /* from the last to the first */
    bool once;       /* a long walk that will not come again soon: the cache keeps what it has */
};

/* Walks a range. One walk sees one version. key and value hold until the next call. */
struct scan *store_scan(struct ctx *cx, struct store *s, part_id part, struct range range);
bool scan_next(struct scan *w, struct str *key, struct str *value);
/* OK, or why the walk ended early. */
enum code scan_error(const struct scan *w);
void scan_close(struct scan *w);
AUTO_OF(struct scan *, scan_close)

/* A transaction on one partition. It sees its own writes over the durable state. */
MUST_USE enum code txn_get(struct ctx *cx, struct txn *t, struct str key, struct str *value);
struct scan *txn_scan(struct ctx *cx, struct txn *t, struct range range);
/* Key and value are copied. Over a limit, the commit fails with E_LIMIT. */
void txn_put(struct txn *t, struct str key, struct str value);
void txn_delete(struct txn *t, struct str key);
/* A tagged reference (blob, partition, tag); tag as a key, at most 64 bytes. Adding one that is
   there and dropping one that is not are nothing. A blob without references is swept later. */
void txn_blob_put(struct txn *t, const struct blob_new *blob, struct str tag);
void txn_blob_ref(struct txn *t, const struct blob_id *id, struct str tag);
void txn_blob_unref(struct txn *t, const struct blob_id *id, struct str tag);
/* The partition it is on, and the version that it was begun at. */
part_id txn_part(const struct txn *t);
uint64_t txn_version(const struct txn *t);
/* Bytes put so far; split long work into commits below STORE_BATCH_MAX. */
size_t txn_bytes(const struct txn *t);

/* One change to one partition. fn may be run more than once, also by another thread while its owner
   waits, and together with other changes of the same partition in one commit; so it must depend on
   nothing but t and arg, and may allocate in cx->arena. When it fails, what it wrote is dropped. */
typedef enum code update_fn(struct ctx *cx, struct txn *t, void *arg);

struct update {
    part_id part;
    update_fn *fn;
    void *arg;
    struct ctx *cx; /* one of its own for each update of a call: its arena and error */
    enum code
        result; /* out: OK when durable. E_BUSY when unknown (a distributed engine timed out) */
    uint64_t version; /* out: the partition's version with it */
};

/* Runs them and waits until all that succeeded are durable: one sync, shared with whatever else is
   being committed. Changes of one partition happen one after the other, in no given order. Returns
   OK if all did, else the first failure; look at each result. */
MUST_USE enum code store_update_all(struct store *s, struct update *updates, size_t count);
/* The same for one. */
MUST_USE enum code store_update(struct ctx *cx, struct store *s, part_id part, update_fn *fn,
                                void *arg);

/* The single steps, for code that reads, thinks and writes. E_CONFLICT when the partition changed
   since txn_begin; then begin again. */
struct txn *txn_begin(struct ctx *cx, struct store *s, part_id part);
MUST_USE enum code txn_commit(struct ctx *cx, struct txn *t);
/* Does nothing after a commit. */
void txn_abort(struct txn *t);
AUTO_OF(struct txn *, txn_abort)

/* fn(arg, version) after durable commits of the partition, from a thread of the store: it must be
   quick and may not call the store. Commits that follow each other quickly are told as one, with
   the last version. After store_unwatch has returned, fn is not running and will not. */
typedef void watch_fn(void *arg, uint64_t version);
struct watch *store_watch(struct store *s, part_id part, watch_fn *fn, void *arg);
void store_unwatch(struct watch *w);

/* False after the first write error: every commit then fails with E_IO until the process is started
   again; reads go on. */
bool store_is_healthy(struct store *s);
/* Whether it is always known if a commit was done: none is answered E_BUSY. */
bool store_is_certain(const struct store *s);

#endif
