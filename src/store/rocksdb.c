/* RocksDB 7.8 behind the engine's table; the only file that knows it. The settings and why they are
   so: docs/STORE.md. Its repair is never called: it destroys databases with blob files. */
#include "base/arena.h"
#include "store/engine.h"
#include <errno.h>
#include <rocksdb/c.h>
#include <sys/stat.h>

enum {
    MIB = 1024 * 1024,
    BLOB_ROW_MIN = 512, /* bytes; smaller rows stay in the tree */
    BLOCK_BYTES = 16 * 1024,
    LOGS_KEPT = 4,
    BATCH_KEPT = 16 * MIB, /* bytes of a batch whose memory is used again */
    GARBAGE_PERCENT = 30,  /* of blob files; above, they are worth copying */
};

struct rocks {
    rocksdb_t *db;
    rocksdb_options_t *options, *family_options[FAMILY_COUNT + 1];
    rocksdb_column_family_handle_t *families[FAMILY_COUNT + 1]; /* the last: "default", unused */
    rocksdb_readoptions_t *read;
    rocksdb_writeoptions_t *write;
    rocksdb_writebatch_t *batch; /* the writer's, used again */
    rocksdb_cache_t *cache;
};

static const char *const family_names[FAMILY_COUNT + 1] = {"meta", "blobs", "refs", "default"};

/* Frees message. */
static enum code failed(struct ctx *cx, const char *what, char *message)
{
    enum code code = strncmp(message, "Corruption", 10) == 0 ? E_CORRUPT : E_IO;
    code = fail(cx, code, "store: %s: %s", what, message);
    rocksdb_free(message);
    return code;
}

static rocksdb_options_t *database_options(void)
{
    rocksdb_options_t *o = rocksdb_options_create();
    rocksdb_options_set_create_if_missing(o, 1);
    rocksdb_options_set_create_missing_column_families(o, 1);
    rocksdb_options_set_max_total_wal_size(o,
                                           128 * MIB); /* bounds the time to open after a crash */
    rocksdb_options_set_max_background_jobs(o, 2);
    rocksdb_options_set_max_open_files(o, -1);
    rocksdb_options_set_bytes_per_sync(o, MIB);
    rocksdb_options_set_keep_log_file_num(o, LOGS_KEPT);
    rocksdb_options_set_info_log_level(o, 2);    /* warnings */
    rocksdb_options_set_wal_recovery_mode(o, 2); /* point in time: up to the first torn record */
    return o;
}

/* Blobs are not collected by ordinary compactions: keys are hashes, so each of those touches all
   tables and would copy the whole mail for every few hundred megabytes that come in. */
static void set_blob_files(rocksdb_options_t *o)
{
    rocksdb_options_set_enable_blob_files(o, 1);
    rocksdb_options_set_min_blob_size(o, BLOB_ROW_MIN);
    rocksdb_options_set_blob_file_size(o, 128 * MIB);
    rocksdb_options_set_enable_blob_gc(o, 0);
    rocksdb_options_set_blob_gc_age_cutoff(o, 1.0);
}

static void set_memory_filter(rocksdb_options_t *o)
{
    rocksdb_options_set_memtable_whole_key_filtering(o, 1);
    rocksdb_options_set_memtable_prefix_bloom_size_ratio(o, 0.02);
}

static rocksdb_options_t *family_options(const struct rocks *r, enum family family)
{
    rocksdb_options_t *o = rocksdb_options_create();
    bool blobs = family == FAMILY_BLOBS;
    rocksdb_options_set_write_buffer_size(o, 64 * MIB);
    rocksdb_options_set_max_write_buffer_number(o, 4);
    rocksdb_options_set_level_compaction_dynamic_level_bytes(o, 1);
    rocksdb_options_set_compression(o, blobs ? rocksdb_no_compression : rocksdb_zstd_compression);
    if (blobs)
        set_blob_files(o);
    if (family == FAMILY_REFS) /* each delivery asks for a blob that is not there */
        set_memory_filter(o);
    rocksdb_block_based_table_options_t *t = rocksdb_block_based_options_create();
    rocksdb_block_based_options_set_block_size(t, BLOCK_BYTES);
    rocksdb_block_based_options_set_block_cache(t, r->cache);
    rocksdb_block_based_options_set_cache_index_and_filter_blocks(t, 1);
    rocksdb_block_based_options_set_filter_policy(t, rocksdb_filterpolicy_create_bloom_full(10));
    rocksdb_options_set_block_based_table_factory(o, t);
    rocksdb_block_based_options_destroy(t);
    return o;
}

static void rocks_close(void *self)
{
    struct rocks *r = self;
    for (int i = 0; i <= FAMILY_COUNT; i++) {
        if (r->families[i])
            rocksdb_column_family_handle_destroy(r->families[i]);
        rocksdb_options_destroy(r->family_options[i]);
    }
    if (r->db)
        rocksdb_close(r->db);
    rocksdb_options_destroy(r->options);
    rocksdb_readoptions_destroy(r->read);
    rocksdb_writeoptions_destroy(r->write);
    rocksdb_writebatch_destroy(r->batch);
    rocksdb_cache_destroy(r->cache);
    free(r);
}

enum code rocksdb_engine_open(struct ctx *cx, const char *dir, size_t cache_bytes, void **out)
{
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return fail(cx, E_IO, "store: cannot make %s: errno %d", dir, errno);
    struct rocks *r = calloc(1, sizeof *r);
    must(r);
    r->cache = rocksdb_cache_create_lru(cache_bytes ? cache_bytes : 8 * MIB);
    r->options = database_options();
    const rocksdb_options_t *all[FAMILY_COUNT + 1];
    for (int i = 0; i <= FAMILY_COUNT; i++)
        all[i] = r->family_options[i] = family_options(r, (enum family)i);
    r->read = rocksdb_readoptions_create();
    r->write = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_sync(r->write, 1);
    r->batch = rocksdb_writebatch_create();
    char *message = NULL;
    r->db = rocksdb_open_column_families(r->options, dir, FAMILY_COUNT + 1, family_names, all,
                                         r->families, &message);
    if (message) {
        rocks_close(r);
        return failed(cx, "open", message);
    }
    *out = r;
    return OK;
}

/* The library counts steps for each thread, each through a look-up of thread-local memory, and
   nobody reads the counts. The setting is the thread's, so each call makes it. */
static void count_nothing(void)
{
    rocksdb_set_perf_level(rocksdb_disable);
}

static enum code rocks_get(struct ctx *cx, void *self, enum family family, struct str key,
                           struct str *value, void **pin)
{
    struct rocks *r = self;
    char *message = NULL;
    count_nothing();
    rocksdb_pinnableslice_t *slice =
        rocksdb_get_pinned_cf(r->db, r->read, r->families[family], key.p, key.n, &message);
    if (message)
        return failed(cx, "read", message);
    if (!slice)
        return fail(cx, E_NOT_FOUND, "store: no such key");
    size_t n;
    const char *p = rocksdb_pinnableslice_value(slice, &n);
    *value = str_of(p, n);
    *pin = slice;
    return OK;
}

static void rocks_unpin(void *self, void *pin)
{
    (void)self;
    rocksdb_pinnableslice_destroy(pin);
}

struct rocks_scan {
    rocksdb_readoptions_t *read; /* it points into the range */
    rocksdb_iterator_t *it;
    struct range range;
    bool started;
};

static void *rocks_scan_open(void *self, enum family family, struct range range)
{
    struct rocks *r = self;
    struct rocks_scan *w = calloc(1, sizeof *w);
    must(w);
    count_nothing();
    w->range = range;
    w->read = rocksdb_readoptions_create();
    if (range.from.n)
        rocksdb_readoptions_set_iterate_lower_bound(w->read, range.from.p, range.from.n);
    if (range.to.n)
        rocksdb_readoptions_set_iterate_upper_bound(w->read, range.to.p, range.to.n);
    w->it = rocksdb_create_iterator_cf(r->db, w->read, r->families[family]);
    return w;
}

static void step(struct rocks_scan *w)
{
    if (!w->started && w->range.backward)
        rocksdb_iter_seek_to_last(w->it);
    else if (!w->started)
        rocksdb_iter_seek_to_first(w->it);
    else if (w->range.backward)
        rocksdb_iter_prev(w->it);
    else
        rocksdb_iter_next(w->it);
    w->started = true;
}

static enum code rocks_scan_next(struct ctx *cx, void *scan, struct str *key, struct str *value)
{
    struct rocks_scan *w = scan;
    if (!w->started || rocksdb_iter_valid(w->it))
        step(w);
    if (!rocksdb_iter_valid(w->it)) {
        char *message = NULL;
        rocksdb_iter_get_error(w->it, &message);
        return message ? failed(cx, "scan", message) : E_NOT_FOUND;
    }
    size_t key_n, value_n;
    const char *k = rocksdb_iter_key(w->it, &key_n), *v = rocksdb_iter_value(w->it, &value_n);
    *key = str_of(k, key_n);
    *value = str_of(v, value_n);
    return OK;
}

static void rocks_scan_close(void *scan)
{
    struct rocks_scan *w = scan;
    rocksdb_iter_destroy(w->it);
    rocksdb_readoptions_destroy(w->read);
    free(w);
}

static enum code rocks_write(struct ctx *cx, void *self, const struct op *first)
{
    struct rocks *r = self;
    count_nothing();
    rocksdb_writebatch_clear(r->batch);
    size_t bytes = 0;
    for (const struct op *op = first; op; op = op->next) {
        bytes += op->key.n + op->value.n;
        rocksdb_column_family_handle_t *family = r->families[op->family];
        if (op->drop)
            rocksdb_writebatch_delete_cf(r->batch, family, op->key.p, op->key.n);
        else
            rocksdb_writebatch_put_cf(r->batch, family, op->key.p, op->key.n, op->value.p,
                                      op->value.n);
    }
    char *message = NULL;
    rocksdb_write(r->db, r->write, r->batch, &message);
    if (bytes > BATCH_KEPT) { /* it never gives memory back */
        rocksdb_writebatch_destroy(r->batch);
        r->batch = rocksdb_writebatch_create();
    }
    return message ? failed(cx, "write", message) : OK;
}

static enum code rocks_checkpoint(struct ctx *cx, void *self, const char *dir)
{
    struct rocks *r = self;
    char *message = NULL;
    rocksdb_checkpoint_t *c = rocksdb_checkpoint_object_create(r->db, &message);
    if (!message) {
        rocksdb_checkpoint_create(c, dir, 0, &message);
        rocksdb_checkpoint_object_destroy(c);
    }
    return message ? failed(cx, "checkpoint", message) : OK;
}

static uint64_t property(struct rocks *r, enum family family, const char *name)
{
    uint64_t n;
    return rocksdb_property_int_cf(r->db, r->families[family], name, &n) == 0 ? n : 0;
}

static void collect_blobs(struct rocks *r, const char *on)
{
    static const char *const names[] = {"enable_blob_garbage_collection"};
    const char *const values[] = {on};
    char *message = NULL;
    rocksdb_set_options_cf(r->db, r->families[FAMILY_BLOBS], 1, names, values, &message);
    rocksdb_free(message); /* then nothing is collected this time */
}

static void compact_family(struct rocks *r, enum family family)
{
    rocksdb_compactoptions_t *o = rocksdb_compactoptions_create();
    rocksdb_compactoptions_set_exclusive_manual_compaction(o, 0);
    rocksdb_compactoptions_set_bottommost_level_compaction(o, 2); /* the last level too */
    rocksdb_compact_range_cf_opt(r->db, r->families[family], o, NULL, 0, NULL, 0);
    rocksdb_compactoptions_destroy(o);
}

/* The first round finds out what is garbage and copies keys alone. The second copies what is left
   in blob files, so it must be worth it. */
static void rocks_compact(void *self)
{
    struct rocks *r = self;
    for (int i = 0; i < FAMILY_COUNT; i++)
        compact_family(r, (enum family)i);
    uint64_t all = property(r, FAMILY_BLOBS, "rocksdb.live-blob-file-size");
    uint64_t garbage = property(r, FAMILY_BLOBS, "rocksdb.live-blob-file-garbage-size");
    if (garbage <= all / 100 * GARBAGE_PERCENT)
        return;
    collect_blobs(r, "true");
    compact_family(r, FAMILY_BLOBS);
    collect_blobs(r, "false");
}

static uint64_t rocks_bytes(void *self)
{
    static const char *const properties[] = {"rocksdb.total-sst-files-size",
                                             "rocksdb.total-blob-file-size",
                                             "rocksdb.cur-size-all-mem-tables"};
    struct rocks *r = self;
    uint64_t sum = 0;
    for (int i = 0; i < FAMILY_COUNT; i++)
        for (size_t p = 0; p < sizeof properties / sizeof *properties; p++)
            sum += property(r, (enum family)i, properties[p]);
    return sum;
}

const struct store_engine rocksdb_engine = {
    .name = "rocksdb",
    .close = rocks_close,
    .get = rocks_get,
    .unpin = rocks_unpin,
    .scan_open = rocks_scan_open,
    .scan_next = rocks_scan_next,
    .scan_close = rocks_scan_close,
    .write = rocks_write,
    .checkpoint = rocks_checkpoint,
    .compact = rocks_compact,
    .bytes = rocks_bytes,
};
