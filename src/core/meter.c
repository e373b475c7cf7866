#include "core/meter.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/map.h"
#include "store/key.h"
#include <pthread.h>

/* A flush of more rows is split, to stay below STORE_BATCH_MAX. */
enum { FAMILY_DAY = 'm', FLUSH_ROWS = 4000 };

struct row {
    struct row *next;
    struct cell {
        uint64_t domain;
        uint32_t day, what;
    } cell;
    uint64_t n;
};

/* One map under one lock: an addition takes a fraction of a microsecond, a delivery far longer. */
struct meter {
    struct core *core;
    pthread_mutex_t lock, flushing;
    struct map *rows; /* by cell */
};

struct meter *meter_open(struct core *c)
{
    struct meter *m = calloc(1, sizeof *m);
    must(m);
    *m = (struct meter){.core = c, .rows = map_open()};
    must(pthread_mutex_init(&m->lock, NULL) == 0 && pthread_mutex_init(&m->flushing, NULL) == 0);
    return m;
}

static struct row *take_all(struct meter *m)
{
    struct row *list = NULL;
    struct str key;
    size_t at = 0;
    void *value;
    must(pthread_mutex_lock(&m->lock) == 0);
    while (map_next(m->rows, &at, &key, &value)) {
        struct row *r = value;
        r->next = list;
        list = r;
    }
    map_close(m->rows);
    m->rows = map_open();
    must(pthread_mutex_unlock(&m->lock) == 0);
    return list;
}

static struct row *free_first(struct row *list)
{
    struct row *next = list->next;
    free(list);
    return next;
}

void meter_close(struct meter *m)
{
    for (struct row *list = take_all(m); list;)
        list = free_first(list);
    map_close(m->rows);
    must(pthread_mutex_destroy(&m->lock) == 0 && pthread_mutex_destroy(&m->flushing) == 0);
    free(m);
}

uint32_t meter_day(int64_t now_ms)
{
    return now_ms > 0 ? (uint32_t)(now_ms / 86400000) : 0;
}

static void add_to(struct meter *m, const struct cell *cell, uint64_t n)
{
    struct str key = str_of(cell, sizeof *cell);
    must(pthread_mutex_lock(&m->lock) == 0);
    struct row *r = map_get(m->rows, key);
    if (!r) {
        r = calloc(1, sizeof *r);
        must(r);
        r->cell = *cell;
        map_put(m->rows, key, r);
    }
    r->n += n;
    must(pthread_mutex_unlock(&m->lock) == 0);
}

void meter_add(struct meter *m, int64_t now_ms, uint64_t domain, enum meter_what what, uint64_t n)
{
    struct cell cell = {.domain = domain, .day = meter_day(now_ms), .what = (uint32_t)what};
    add_to(m, &cell, n);
}

static struct key row_key(uint32_t day, uint64_t domain, uint32_t what)
{
    struct key k = key_of(FAMILY_DAY);
    key_u32(&k, day);
    key_u64(&k, domain);
    if (what)
        key_u32(&k, what);
    return k;
}

static enum code write_rows(struct ctx *cx, struct txn *t, void *arg)
{
    size_t left = FLUSH_ROWS;
    for (const struct row *r = arg; r && left; r = r->next, left--) {
        struct key k = row_key(r->cell.day, r->cell.domain, r->cell.what);
        struct str value;
        uint64_t before = 0;
        enum code code = txn_get(cx, t, key_str(&k), &value);
        if (code != OK && code != E_NOT_FOUND)
            return code;
        struct cur c = cur_of(value);
        if (code == OK && !cur_le64(&c, &before))
            return fail(cx, E_CORRUPT, "meter: a row");
        struct buf b = buf_of(cx->arena, sizeof before);
        buf_le64(&b, before + r->n);
        txn_put(t, key_str(&k), buf_str(&b));
    }
    return OK;
}

enum code meter_flush(struct ctx *cx, struct meter *m)
{
    enum code code = OK;
    must(pthread_mutex_lock(&m->flushing) == 0);
    struct row *list = take_all(m);
    while (list && code == OK) {
        code = store_update(cx, m->core->store, METER_PART, write_rows, list);
        for (size_t i = 0; i < FLUSH_ROWS && list && code == OK; i++)
            list = free_first(list);
    }
    for (; list; list = free_first(list))
        add_to(m, &list->cell, list->n);
    must(pthread_mutex_unlock(&m->flushing) == 0);
    return code;
}

static enum code sum_day(struct ctx *cx, struct core *c, uint64_t domain, uint32_t day,
                         uint64_t out[static METER_END])
{
    struct key from = row_key(day, domain, 0), to = key_after(&from);
    struct scan *w AUTO(scan_close) = store_scan(
        cx, c->store, METER_PART, (struct range){.from = key_str(&from), .to = key_str(&to)});
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct cur k = cur_of(str_from(key, 1)), v = cur_of(value);
        uint64_t of, n;
        uint32_t on, what;
        if (!cur_key_u32(&k, &on) || !cur_key_u64(&k, &of) || !cur_key_u32(&k, &what) ||
            !cur_le64(&v, &n))
            return fail(cx, E_CORRUPT, "meter: a row");
        if (what < METER_END)
            out[what] += n;
    }
    return scan_error(w);
}

enum code meter_sum(struct ctx *cx, struct core *c, uint64_t domain, const uint32_t days[static 2],
                    uint64_t out[static METER_END])
{
    uint64_t sum[METER_END] = {0};
    for (uint32_t day = days[0]; day <= days[1] && day >= days[0]; day++)
        TRY(sum_day(cx, c, domain, day, sum));
    for (size_t i = 0; i < METER_END; i++)
        out[i] = sum[i];
    return OK;
}
