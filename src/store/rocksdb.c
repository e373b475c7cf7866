/* RocksDB 7.8 behind the engine's table; the only file that knows it. The settings and why they are
   so: docs/STORE.md. Its repair is never called: it destroys databases with blob files. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "store/engine.h"
#include "store/segment/segments.h"
#include <errno.h>
#include <pthread.h>
#include <rocksdb/c.h>
#include <sys/stat.h>
#include <time.h>

enum {
    MIB = 1024 * 1024,
    BLOB_ROW_MIN = 512, /* bytes; smaller rows stay in the tree */
    BLOCK_BYTES = 16 * 1024,
    LOGS_KEPT = 4,
    LEVELS = 7,            /* of tables, as the library has them */
    BATCH_KEPT = 16 * MIB, /* bytes of a batch whose memory is used again */
    GARBAGE_PERCENT = 30,  /* of blob files; above, they are worth copying */
    /* Large values of a group go to a segment when they are worth a sync of their own. */
    APART_VALUE_MIN = 4 * 1024,
    APART_GROUP_MIN = 64 * 1024,
    LAYOUT_APART = 2, /* a row that says where in a segment the value is; others begin with 1 */
    PLACE_BYTES = 17,
    MOVES_MAX = 8, /* a value read while it is copied is looked for again */
    COPY_BYTES = MIB,
    COPY_RECORDS = 64, /* commits wait for so much copying */
    COPY_NAP_MS = 20,
    SEGMENT_FACTS = FAMILY_COUNT, /* the family of facts of segments */
};

struct rocks {
    rocksdb_t *db;
    rocksdb_options_t *options, *family_options[FAMILY_COUNT + 1];
    rocksdb_column_family_handle_t *families[FAMILY_COUNT + 1]; /* and the facts of segments */
    rocksdb_readoptions_t *read;
    rocksdb_writeoptions_t *write;
    rocksdb_writebatch_t *batch; /* the writer's, used again */
    rocksdb_cache_t *cache;
    struct segments *segments;
    pthread_mutex_t write_lock; /* the committer's, and of who copies live values */
    pthread_mutex_t kept;       /* no segment is removed while a checkpoint is made */
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

/* What was just flushed is soon merged and packed again: packed quickly there, well below. */
static void set_compression(rocksdb_options_t *o)
{
    int levels[LEVELS];
    for (int i = 0; i < LEVELS; i++)
        levels[i] = i ? rocksdb_zstd_compression : rocksdb_lz4_compression;
    rocksdb_options_set_compression_per_level(o, levels, LEVELS);
}

static void set_memory_filter(rocksdb_options_t *o)
{
    rocksdb_options_set_memtable_whole_key_filtering(o, 1);
    rocksdb_options_set_memtable_prefix_bloom_size_ratio(o, 0.02);
}

/* Rows of one kind in one partition mostly come in their order: the place of the last is where the
   search for the next begins. A search through the whole table was a tenth of a small delivery. The
   C interface has this as text only; where that is refused, insertion is slower and nothing else.
 */
static rocksdb_options_t *with_hints(rocksdb_options_t *o)
{
    rocksdb_options_t *hinted = rocksdb_options_create();
    char *message = NULL;
    rocksdb_get_options_from_string(
        o, "memtable_insert_with_hint_prefix_extractor=rocksdb.CappedPrefix.9", hinted, &message);
    if (message) {
        rocksdb_free(message);
        rocksdb_options_destroy(hinted);
        return o;
    }
    rocksdb_options_destroy(o);
    return hinted;
}

/* A large file's index and filter are hundreds of kilobytes: in one piece each, they drive each
   other out of a small cache, and every question reads them again. */
static void set_partitions(rocksdb_block_based_table_options_t *t)
{
    rocksdb_block_based_options_set_index_type(
        t, rocksdb_block_based_table_index_type_two_level_index_search);
    rocksdb_block_based_options_set_partition_filters(t, 1);
    rocksdb_block_based_options_set_pin_top_level_index_and_filter(t, 1);
}

static rocksdb_options_t *family_options(const struct rocks *r, enum family family)
{
    rocksdb_options_t *o = rocksdb_options_create();
    bool blobs = family == FAMILY_BLOBS;
    rocksdb_options_set_write_buffer_size(o, 64 * MIB);
    rocksdb_options_set_max_write_buffer_number(o, 4);
    rocksdb_options_set_level_compaction_dynamic_level_bytes(o, 1);
    if (blobs) {
        rocksdb_options_set_compression(o, rocksdb_no_compression);
        set_blob_files(o);
    } else { /* each delivery asks for a blob and for a thread that are not there */
        set_compression(o);
        set_memory_filter(o);
    }
    rocksdb_block_based_table_options_t *t = rocksdb_block_based_options_create();
    rocksdb_block_based_options_set_block_size(t, BLOCK_BYTES);
    rocksdb_block_based_options_set_block_cache(t, r->cache);
    rocksdb_block_based_options_set_cache_index_and_filter_blocks(t, 1);
    rocksdb_block_based_options_set_filter_policy(t, rocksdb_filterpolicy_create_bloom_full(10));
    set_partitions(t);
    rocksdb_options_set_block_based_table_factory(o, t);
    rocksdb_block_based_options_destroy(t);
    return family == FAMILY_META ? with_hints(o) : o;
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
    if (r->segments)
        segments_close(r->segments);
    pthread_mutex_destroy(&r->write_lock);
    pthread_mutex_destroy(&r->kept);
    free(r);
}

/* The library counts steps for each thread, each through a look-up of thread-local memory, and
   nobody reads the counts. The setting is the thread's, so each call makes it. */
static void count_nothing(void)
{
    rocksdb_set_perf_level(rocksdb_disable);
}

static const char *segments_dir(struct arena *a, const char *dir)
{
    return str_printf(a, "%s/segments", dir).p;
}

static bool facts_read(struct str key, struct str value, struct segment_facts *out)
{
    struct cur k = cur_of(key), v = cur_of(value);
    uint8_t layout;
    uint32_t number = 0;
    for (char byte; cur_byte(&k, &byte);)
        number = number << 8 | (unsigned char)byte;
    out->number = number;
    return key.n == 4 && cur_le8(&v, &layout) && layout == 1 && cur_le64(&v, &out->end) &&
           cur_le64(&v, &out->live) && cur_end(&v);
}

/* By number, as the keys are in its order. */
static enum code segments_learn(struct ctx *cx, struct rocks *r)
{
    enum code code = OK;
    rocksdb_iterator_t *it = rocksdb_create_iterator_cf(r->db, r->read, r->families[SEGMENT_FACTS]);
    for (rocksdb_iter_seek_to_first(it); rocksdb_iter_valid(it) && code == OK;
         rocksdb_iter_next(it)) {
        size_t key_n, value_n;
        const char *k = rocksdb_iter_key(it, &key_n), *v = rocksdb_iter_value(it, &value_n);
        struct segment_facts facts;
        if (facts_read(str_of(k, key_n), str_of(v, value_n), &facts))
            segments_know(r->segments, facts);
        else
            code = fail(cx, E_CORRUPT, "store: facts of a segment");
    }
    char *message = NULL;
    rocksdb_iter_get_error(it, &message);
    rocksdb_iter_destroy(it);
    if (message)
        return failed(cx, "open", message);
    TRY(code);
    return segments_tidy(cx, r->segments);
}

enum code rocksdb_engine_open(struct ctx *cx, const char *dir, size_t cache_bytes, void **out)
{
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return fail(cx, E_IO, "store: cannot make %s: errno %d", dir, errno);
    struct rocks *r = calloc(1, sizeof *r);
    must(r);
    pthread_mutex_init(&r->write_lock, NULL);
    pthread_mutex_init(&r->kept, NULL);
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
    enum code code = segments_open(cx, segments_dir(cx->arena, dir), &r->segments);
    if (code == OK)
        code = segments_learn(cx, r);
    if (code != OK) {
        rocks_close(r);
        return code;
    }
    *out = r;
    return OK;
}

struct pin {
    rocksdb_pinnableslice_t *slice;
    void *record; /* or of a segment */
};

static enum code row_get(struct ctx *cx, struct rocks *r, enum family family, struct str key,
                         struct pin *pin, struct str *value)
{
    char *message = NULL;
    count_nothing();
    pin->slice = rocksdb_get_pinned_cf(r->db, r->read, r->families[family], key.p, key.n, &message);
    if (message)
        return failed(cx, "read", message);
    if (!pin->slice)
        return fail(cx, E_NOT_FOUND, "store: no such key");
    size_t n;
    const char *p = rocksdb_pinnableslice_value(pin->slice, &n);
    *value = str_of(p, n);
    return OK;
}

/* Whether a row says that its value is in a segment. */
static bool place_read(struct str row, struct place *out)
{
    struct cur c = cur_of(row);
    uint8_t layout;
    return row.n == PLACE_BYTES && cur_le8(&c, &layout) && layout == LAYOUT_APART &&
           cur_le32(&c, &out->segment) && cur_le32(&c, &out->bytes) && cur_le64(&c, &out->offset);
}

static struct str place_row(const struct place *place, char room[static PLACE_BYTES])
{
    struct buf b = {.p = room, .cap = PLACE_BYTES, .max = PLACE_BYTES};
    buf_le8(&b, LAYOUT_APART);
    buf_le32(&b, place->segment);
    buf_le32(&b, place->bytes);
    buf_le64(&b, place->offset);
    return buf_str(&b);
}

/* E_NOT_FOUND: it was copied elsewhere since the row was read. */
static enum code apart_get(struct ctx *cx, struct rocks *r, struct place place, struct str key,
                           struct pin *pin, struct str *value)
{
    struct str found;
    TRY(segments_read(cx, r->segments, place, &found, value, &pin->record));
    if (str_eq(found, key))
        return OK;
    segments_unpin(pin->record);
    return fail(cx, E_CORRUPT, "store: segment %u has another row", place.segment);
}

static enum code value_get(struct ctx *cx, struct rocks *r, enum family family, struct str key,
                           struct pin *pin, struct str *value)
{
    for (unsigned moves = 0;; moves++) {
        struct place place;
        TRY(row_get(cx, r, family, key, pin, value));
        if (family != FAMILY_BLOBS || !place_read(*value, &place))
            return OK;
        rocksdb_pinnableslice_destroy(pin->slice);
        pin->slice = NULL;
        enum code code = apart_get(cx, r, place, key, pin, value);
        if (code == E_NOT_FOUND && moves == MOVES_MAX)
            return fail(cx, E_CORRUPT, "store: segment %u is not there", place.segment);
        if (code != E_NOT_FOUND)
            return code;
    }
}

static enum code rocks_get(struct ctx *cx, void *self, enum family family, struct str key,
                           struct str *value, void **pin)
{
    struct pin found = {0};
    TRY(value_get(cx, self, family, key, &found, value));
    struct pin *kept = malloc(sizeof *kept);
    must(kept);
    *kept = found;
    *pin = kept;
    return OK;
}

static void rocks_unpin(void *self, void *pin)
{
    (void)self;
    struct pin *p = pin;
    if (p->slice)
        rocksdb_pinnableslice_destroy(p->slice);
    else
        segments_unpin(p->record);
    free(p);
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
    rocksdb_readoptions_set_fill_cache(w->read, !range.once);
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

static bool may_go_apart(const struct op *op)
{
    return op->family == FAMILY_BLOBS && !op->drop && op->value.n >= APART_VALUE_MIN;
}

/* The log and a table are written with what stays here, a segment once: but it has its own sync. */
static bool is_worth_a_sync(const struct op *op)
{
    size_t sum = 0;
    for (; op && sum < APART_GROUP_MIN; op = op->next)
        sum += may_go_apart(op) ? op->value.n : 0;
    return sum >= APART_GROUP_MIN;
}

static void batch_put(struct rocks *r, rocksdb_writebatch_t *batch, int family, struct str key,
                      struct str value)
{
    rocksdb_writebatch_put_cf(batch, r->families[family], key.p, key.n, value.p, value.n);
}

/* The row of a value that goes to the segment. */
static enum code put_apart(struct ctx *cx, struct rocks *r, rocksdb_writebatch_t *batch,
                           struct str key, struct str value)
{
    struct place place;
    char room[PLACE_BYTES];
    TRY(segments_add(cx, r->segments, key, value, &place));
    batch_put(r, batch, FAMILY_BLOBS, key, place_row(&place, room));
    return OK;
}

/* What goes no longer counts in its segment. */
static void leave_segment(struct rocks *r, struct str key)
{
    struct ctx cx = {0}; /* that there was no row is no error */
    struct pin pin;
    struct str row;
    struct place place;
    if (row_get(&cx, r, FAMILY_BLOBS, key, &pin, &row) != OK)
        return;
    if (place_read(row, &place))
        segments_drop(r->segments, place);
    rocksdb_pinnableslice_destroy(pin.slice);
}

static struct str facts_key(uint32_t number, char room[static 4])
{
    for (int i = 0; i < 4; i++)
        room[i] = (char)(unsigned char)(number >> (24 - 8 * i));
    return str_of(room, 4);
}

/* Makes what was added durable, and adds to the batch what is known of segments from then on. */
static enum code segments_settle(struct ctx *cx, struct rocks *r, rocksdb_writebatch_t *batch)
{
    struct segment_facts f;
    TRY(segments_flush(cx, r->segments));
    while (segments_next_changed(r->segments, &f)) {
        char key[4], room[17];
        struct buf b = {.p = room, .cap = sizeof room, .max = sizeof room};
        buf_le8(&b, 1);
        buf_le64(&b, f.end);
        buf_le64(&b, f.live);
        batch_put(r, batch, SEGMENT_FACTS, facts_key(f.number, key), buf_str(&b));
    }
    return OK;
}

static enum code batch_write(struct ctx *cx, struct rocks *r, rocksdb_writebatch_t *batch)
{
    char *message = NULL;
    rocksdb_write(r->db, r->write, batch, &message);
    return message ? failed(cx, "write", message) : OK;
}

static enum code write_ops(struct ctx *cx, struct rocks *r, const struct op *first)
{
    bool apart = is_worth_a_sync(first);
    for (const struct op *op = first; op; op = op->next) {
        if (op->drop && op->family == FAMILY_BLOBS)
            leave_segment(r, op->key);
        if (op->drop)
            rocksdb_writebatch_delete_cf(r->batch, r->families[op->family], op->key.p, op->key.n);
        else if (apart && may_go_apart(op))
            TRY(put_apart(cx, r, r->batch, op->key, op->value));
        else
            batch_put(r, r->batch, (int)op->family, op->key, op->value);
    }
    TRY(segments_settle(cx, r, r->batch));
    return batch_write(cx, r, r->batch);
}

static enum code rocks_write(struct ctx *cx, void *self, const struct op *first)
{
    struct rocks *r = self;
    count_nothing();
    pthread_mutex_lock(&r->write_lock);
    rocksdb_writebatch_clear(r->batch);
    enum code code = write_ops(cx, r, first);
    size_t bytes;
    rocksdb_writebatch_data(r->batch, &bytes);
    if (bytes > BATCH_KEPT) { /* it never gives memory back */
        rocksdb_writebatch_destroy(r->batch);
        r->batch = rocksdb_writebatch_create();
    }
    pthread_mutex_unlock(&r->write_lock);
    return code;
}

/* The database first: all records that its rows name are whole then, and no segment goes before
   they are linked. */
static enum code rocks_checkpoint(struct ctx *cx, void *self, const char *dir)
{
    struct rocks *r = self;
    char *message = NULL;
    enum code code = OK;
    rocksdb_checkpoint_t *c = rocksdb_checkpoint_object_create(r->db, &message);
    if (message)
        return failed(cx, "checkpoint", message);
    pthread_mutex_lock(&r->kept);
    rocksdb_checkpoint_create(c, dir, 0, &message);
    rocksdb_checkpoint_object_destroy(c);
    if (message)
        code = failed(cx, "checkpoint", message);
    else
        code = segments_link(cx, r->segments, segments_dir(cx->arena, dir));
    pthread_mutex_unlock(&r->kept);
    return code;
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

/* A few records on their way from one segment to another. */
struct copying {
    struct segment_facts from;
    uint64_t offset;
    rocksdb_writebatch_t *batch;
    void *pins[COPY_RECORDS];
    size_t count, bytes;
};

static bool is_named(struct rocks *r, struct str key, const struct place *place)
{
    struct ctx cx = {0};
    struct pin pin;
    struct str row;
    struct place now;
    if (row_get(&cx, r, FAMILY_BLOBS, key, &pin, &row) != OK)
        return false;
    bool same =
        place_read(row, &now) && now.segment == place->segment && now.offset == place->offset;
    rocksdb_pinnableslice_destroy(pin.slice);
    return same;
}

static enum code copy_one(struct ctx *cx, struct rocks *r, struct copying *c)
{
    struct place place;
    struct str key, value;
    TRY(segments_at(cx, r->segments, c->from.number, c->offset, &place));
    TRY(segments_read(cx, r->segments, place, &key, &value, &c->pins[c->count]));
    c->count++;
    c->offset += place.bytes;
    c->bytes += place.bytes;
    if (!is_named(r, key, &place))
        return OK;
    segments_drop(r->segments, place);
    return put_apart(cx, r, c->batch, key, value);
}

static enum code copy_some(struct ctx *cx, struct rocks *r, struct copying *c)
{
    enum code code = OK;
    c->count = c->bytes = 0;
    c->batch = rocksdb_writebatch_create();
    pthread_mutex_lock(&r->write_lock);
    while (code == OK && c->offset < c->from.end && c->count < COPY_RECORDS &&
           c->bytes < COPY_BYTES)
        code = copy_one(cx, r, c);
    /* What was added before one that cannot be read is as good as the others. */
    enum code settled = segments_settle(cx, r, c->batch);
    if (settled == OK)
        settled = batch_write(cx, r, c->batch);
    pthread_mutex_unlock(&r->write_lock);
    rocksdb_writebatch_destroy(c->batch);
    for (size_t i = 0; i < c->count; i++)
        segments_unpin(c->pins[i]);
    return code != OK ? code : settled;
}

/* No row names it any more. */
static enum code segment_end(struct ctx *cx, struct rocks *r, uint32_t number)
{
    char room[4];
    struct str key = facts_key(number, room);
    rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    rocksdb_writebatch_delete_cf(batch, r->families[SEGMENT_FACTS], key.p, key.n);
    pthread_mutex_lock(&r->kept);
    pthread_mutex_lock(&r->write_lock);
    enum code code = batch_write(cx, r, batch);
    if (code == OK)
        segments_remove(r->segments, number);
    pthread_mutex_unlock(&r->write_lock);
    pthread_mutex_unlock(&r->kept);
    rocksdb_writebatch_destroy(batch);
    return code;
}

static bool next_victim(struct rocks *r, uint32_t after, struct segment_facts *out)
{
    pthread_mutex_lock(&r->write_lock);
    bool found = segments_next_victim(r->segments, after, out);
    pthread_mutex_unlock(&r->write_lock);
    return found;
}

/* Copies what lives in segments that are mostly garbage. One with a damaged record stays as it is:
   the check tells of it. */
static void compact_segments(struct rocks *r)
{
    const struct timespec nap = {.tv_nsec = COPY_NAP_MS * 1000000L};
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct copying c = {0};
    while (next_victim(r, c.from.number, &c.from)) {
        enum code code = OK;
        for (c.offset = 0; code == OK && c.offset < c.from.end;) {
            code = copy_some(&cx, r, &c);
            nanosleep(&nap, NULL);
        }
        if (code == OK)
            code = segment_end(&cx, r, c.from.number);
        if (code == E_IO)
            return;
    }
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
    if (garbage > all / 100 * GARBAGE_PERCENT) {
        collect_blobs(r, "true");
        compact_family(r, FAMILY_BLOBS);
        collect_blobs(r, "false");
    }
    compact_segments(r);
}

static uint64_t rocks_bytes(void *self)
{
    static const char *const properties[] = {"rocksdb.total-sst-files-size",
                                             "rocksdb.total-blob-file-size",
                                             "rocksdb.cur-size-all-mem-tables"};
    struct rocks *r = self;
    uint64_t sum = segments_bytes(r->segments);
    for (int i = 0; i < FAMILY_COUNT; i++)
        for (size_t p = 0; p < sizeof properties / sizeof *properties; p++)
            sum += property(r, (enum family)i, properties[p]);
    return sum;
}

const struct store_engine rocksdb_engine = {
    .name = "rocksdb",
    .certain = true,
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
