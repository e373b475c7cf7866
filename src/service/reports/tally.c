#include "service/reports/tally.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/map.h"
#include "base/metric.h"
#include "store/key.h"
#include <pthread.h>
#include <stdlib.h>

enum { FAMILY_DAY = 'd', FAMILY_CELL = 'c', ROW_VERSION = 1, PROBES = 8, DAY_MS = 86400000 };
enum { FLUSH_CELLS = 200, DROP_CELLS = 500 };

struct waiting {
    struct waiting *next;
    enum tally_kind kind;
    uint32_t day;
    uint64_t n;
    struct str domain, cell; /* behind it */
};

struct tally {
    struct core *core;
    pthread_mutex_t lock, flushing;
    struct map *cells; /* of kind, day, domain and cell */
    struct metric *lost;
};

uint32_t tally_day_of(int64_t now_ms)
{
    return now_ms > 0 ? (uint32_t)(now_ms / DAY_MS) : 0;
}

uint64_t tally_hash(struct str s)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
    return h;
}

uint64_t tally_digest(const struct tally_cell *cells, size_t count)
{
    uint64_t all = count;
    for (size_t i = 0; i < count; i++)
        all = (all ^ tally_hash(cells[i].cell)) * 31 + cells[i].n;
    return all;
}

struct tally *tally_open(struct core *c)
{
    struct tally *t = calloc(1, sizeof *t);
    must(t);
    *t = (struct tally){.core = c, .cells = map_open()};
    must(pthread_mutex_init(&t->lock, NULL) == 0 && pthread_mutex_init(&t->flushing, NULL) == 0);
    t->lost = metric_of(c->metrics, METRIC_COUNTER, "postroad_reports_lost_total", "",
                        "Results that no report will tell, for want of room");
    return t;
}

static struct waiting *take_all(struct tally *t)
{
    struct waiting *list = NULL;
    struct str key;
    size_t at = 0;
    void *value;
    pthread_mutex_lock(&t->lock);
    while (map_next(t->cells, &at, &key, &value)) {
        struct waiting *w = value;
        w->next = list;
        list = w;
    }
    map_close(t->cells);
    t->cells = map_open();
    pthread_mutex_unlock(&t->lock);
    return list;
}

static struct waiting *free_first(struct waiting *list)
{
    struct waiting *next = list->next;
    free(list);
    return next;
}

void tally_close(struct tally *t)
{
    if (!t)
        return;
    for (struct waiting *list = take_all(t); list;)
        list = free_first(list);
    map_close(t->cells);
    pthread_mutex_destroy(&t->lock);
    pthread_mutex_destroy(&t->flushing);
    free(t);
}

static struct str after(char *p, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[i];
    return str_of(p, s.n);
}

static struct waiting *waiting_make(const struct waiting *like)
{
    struct waiting *w = calloc(1, sizeof *w + like->domain.n + like->cell.n);
    must(w);
    char *bytes = (char *)(w + 1);
    *w = *like;
    w->domain = after(bytes, like->domain);
    w->cell = after(bytes + like->domain.n, like->cell);
    return w;
}

static void add(struct tally *t, const struct waiting *what)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct buf key = buf_of(arena, TALLY_CELL_MAX * 2);
    buf_le8(&key, (uint8_t)what->kind);
    buf_le32(&key, what->day);
    buf_le_str(&key, what->domain);
    buf_add(&key, what->cell);
    pthread_mutex_lock(&t->lock);
    struct waiting *w = map_get(t->cells, buf_str(&key));
    bool room = w || (map_count(t->cells) < TALLY_WAITING_MAX && !key.overflow);
    if (room && !w) {
        w = waiting_make(what);
        w->n = 0;
        map_put(t->cells, buf_str(&key), w);
    }
    if (room)
        w->n += what->n;
    pthread_mutex_unlock(&t->lock);
    if (!room)
        metric_add(t->lost, (int64_t)what->n);
}

void tally_add(struct tally *t, enum tally_kind kind, int64_t now_ms, struct str domain,
               struct str cell)
{
    const struct waiting what = {
        .kind = kind, .day = tally_day_of(now_ms), .n = 1, .domain = domain, .cell = cell};
    if (cell.n > TALLY_CELL_MAX || domain.n > 200) /* of a key */
        metric_add(t->lost, 1);
    else
        add(t, &what);
}

static struct key row_key(char family, enum tally_kind kind, uint32_t day, struct str domain)
{
    struct key k = key_of(family);
    key_u32(&k, (uint32_t)kind);
    key_u32(&k, day);
    key_text(&k, domain);
    return k;
}

static struct key cell_key(const struct waiting *w, uint64_t hash)
{
    struct key k = row_key(FAMILY_CELL, w->kind, w->day, w->domain);
    key_u64(&k, hash);
    return k;
}

/* The row's number and cell; *n is 0 when there is no such row. */
static enum code read_cell(struct ctx *cx, struct txn *t, const struct key *k, uint64_t *n,
                           struct str *cell)
{
    struct str value;
    uint8_t version;
    enum code code = txn_get(cx, t, key_str(k), &value);
    *n = 0;
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    struct cur c = cur_of(value);
    if (!cur_le8(&c, &version) || version != ROW_VERSION || !cur_le64(&c, n) || !*n)
        return fail(cx, E_CORRUPT, "reports: a cell");
    *cell = c.rest;
    return OK;
}

static enum code read_day(struct ctx *cx, struct str value, struct tally_day *out)
{
    struct cur c = cur_of(value);
    uint8_t version;
    if (!cur_le8(&c, &version) || version != ROW_VERSION || !cur_le32(&c, &out->cells) ||
        !cur_le64(&c, &out->dropped))
        return fail(cx, E_CORRUPT, "reports: a day");
    return OK;
}

/* One more cell of its day, or one that does not fit. */
static enum code count_day(struct ctx *cx, struct txn *t, const struct waiting *w, bool *fits)
{
    struct key k = row_key(FAMILY_DAY, w->kind, w->day, w->domain);
    struct tally_day d = {0};
    struct str value;
    enum code code = txn_get(cx, t, key_str(&k), &value);
    if (code != E_NOT_FOUND) {
        TRY(code);
        TRY(read_day(cx, value, &d));
    }
    *fits = *fits && d.cells < TALLY_CELLS_MAX;
    d.cells += *fits;
    d.dropped += *fits ? 0 : w->n;
    struct buf b = buf_of(cx->arena, 16);
    buf_le8(&b, ROW_VERSION);
    buf_le32(&b, d.cells);
    buf_le64(&b, d.dropped);
    txn_put(t, key_str(&k), buf_str(&b));
    return OK;
}

static enum code write_one(struct ctx *cx, struct txn *t, const struct waiting *w)
{
    uint64_t hash = tally_hash(w->cell), n = 1;
    struct str cell = {0};
    struct key k;
    bool fits = false;
    for (int i = 0; i < PROBES && n && !fits; i++) {
        k = cell_key(w, hash + (uint64_t)i);
        TRY(read_cell(cx, t, &k, &n, &cell));
        fits = !n || str_eq(cell, w->cell);
    }
    if (!fits || !n)
        TRY(count_day(cx, t, w, &fits));
    if (!fits)
        return OK;
    struct buf b = buf_of(cx->arena, TALLY_CELL_MAX + 16);
    buf_le8(&b, ROW_VERSION);
    buf_le64(&b, n + w->n);
    buf_add(&b, w->cell);
    txn_put(t, key_str(&k), buf_str(&b));
    return OK;
}

static enum code write_cells(struct ctx *cx, struct txn *t, void *arg)
{
    size_t left = FLUSH_CELLS;
    for (const struct waiting *w = arg; w && left; w = w->next, left--)
        TRY(write_one(cx, t, w));
    return OK;
}

enum code tally_flush(struct ctx *cx, struct tally *t)
{
    enum code code = OK;
    pthread_mutex_lock(&t->flushing);
    struct waiting *list = take_all(t);
    while (list && code == OK) {
        code = store_update(cx, t->core->store, REPORTS_PART, write_cells, list);
        for (size_t i = 0; i < FLUSH_CELLS && list && code == OK; i++)
            list = free_first(list);
    }
    for (; list; list = free_first(list))
        add(t, list);
    pthread_mutex_unlock(&t->flushing);
    return code;
}

enum code tally_days(struct ctx *cx, struct core *c, const struct tally_range *range,
                     struct tally_day **out, size_t *count)
{
    struct key from = key_of(FAMILY_DAY), to = key_of(FAMILY_DAY);
    key_u32(&from, (uint32_t)range->kind);
    key_u32(&to, (uint32_t)range->kind);
    key_u32(&to, range->before);
    if (range->behind) {
        struct key last =
            row_key(FAMILY_DAY, range->kind, range->behind->day, range->behind->domain);
        from = key_after(&last);
    }
    struct scan *w AUTO(scan_close) = store_scan(
        cx, c->store, REPORTS_PART, (struct range){.from = key_str(&from), .to = key_str(&to)});
    struct str key, value;
    *out = ARENA_ARRAY(cx->arena, TALLY_DAYS_PAGE, struct tally_day);
    *count = 0;
    while (*count < TALLY_DAYS_PAGE && scan_next(w, &key, &value)) {
        struct tally_day *d = &(*out)[*count];
        struct cur k = cur_of(str_from(key, 1));
        uint32_t its_kind;
        if (!cur_key_u32(&k, &its_kind) || !cur_key_u32(&k, &d->day) ||
            !cur_key_text(&k, cx->arena, &d->domain))
            return fail(cx, E_CORRUPT, "reports: a day's key");
        TRY(read_day(cx, value, d));
        d->domain = str_dup(cx->arena, d->domain);
        ++*count;
    }
    return scan_error(w);
}

enum code tally_cells(struct ctx *cx, struct core *c, enum tally_kind kind,
                      const struct tally_day *day, struct tally_cell **out, size_t *count)
{
    struct key from = row_key(FAMILY_CELL, kind, day->day, day->domain), to = key_after(&from);
    struct scan *w AUTO(scan_close) = store_scan(
        cx, c->store, REPORTS_PART, (struct range){.from = key_str(&from), .to = key_str(&to)});
    struct str key, value;
    *out = ARENA_ARRAY(cx->arena, TALLY_CELLS_MAX, struct tally_cell);
    *count = 0;
    while (*count < TALLY_CELLS_MAX && scan_next(w, &key, &value)) {
        struct tally_cell *cell = &(*out)[*count];
        struct cur v = cur_of(value);
        uint8_t version;
        if (!cur_le8(&v, &version) || version != ROW_VERSION || !cur_le64(&v, &cell->n))
            return fail(cx, E_CORRUPT, "reports: a cell");
        cell->cell = str_dup(cx->arena, v.rest);
        ++*count;
    }
    return scan_error(w);
}

struct dropping {
    struct key from, to, day;
    bool more;
};

static enum code drop_cells(struct ctx *cx, struct txn *t, void *arg)
{
    struct dropping *d = arg;
    struct scan *w AUTO(scan_close) =
        txn_scan(cx, t, (struct range){.from = key_str(&d->from), .to = key_str(&d->to)});
    struct str key, value, gone[DROP_CELLS];
    size_t n = 0;
    while (n < DROP_CELLS && scan_next(w, &key, &value))
        gone[n++] = str_dup(cx->arena, key);
    TRY(scan_error(w));
    for (size_t i = 0; i < n; i++)
        txn_delete(t, gone[i]);
    d->more = n == DROP_CELLS;
    if (!d->more)
        txn_delete(t, key_str(&d->day));
    return OK;
}

enum code tally_drop(struct ctx *cx, struct core *c, enum tally_kind kind,
                     const struct tally_day *day)
{
    struct dropping d = {.from = row_key(FAMILY_CELL, kind, day->day, day->domain),
                         .day = row_key(FAMILY_DAY, kind, day->day, day->domain),
                         .more = true};
    d.to = key_after(&d.from);
    while (d.more)
        TRY(store_update(cx, c->store, REPORTS_PART, drop_cells, &d));
    return OK;
}
