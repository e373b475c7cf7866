#include "service/reports/taken.h"
#include "base/arena.h"
#include "base/cur.h"
#include "base/map.h"
#include "service/reports/tally.h"
#include "store/key.h"
#include <stdlib.h>

enum { FAMILY_HEAD = 'r', FAMILY_ROW = 'e', ROW_VERSION = 1, HEAD_MAX = 2048, ROW_MAX = 3000 };
enum { ROWS_TOGETHER = 200, DROP_TOGETHER = 500, TEXTS = 4 };

/* Which report a row belongs to. */
struct name {
    enum report_about about;
    struct str domain;
    uint64_t begin_s, hash;
};

static struct key name_key(char family, const struct name *n)
{
    struct key k = key_of(family);
    key_u32(&k, (uint32_t)n->about);
    key_text(&k, n->domain);
    key_u64(&k, n->begin_s);
    key_u64(&k, n->hash);
    return k;
}

static struct str head_value(struct ctx *cx, const struct report_data *r)
{
    struct buf b = buf_of(cx->arena, HEAD_MAX);
    uint64_t n = r->skipped;
    for (size_t i = 0; i < r->count; i++)
        n += r->rows[i].n;
    buf_le8(&b, ROW_VERSION);
    buf_le64(&b, (uint64_t)r->end_s);
    buf_le64(&b, (uint64_t)cx->now_ms);
    buf_le32(&b, (uint32_t)r->count);
    buf_le64(&b, n);
    buf_le64(&b, r->skipped);
    buf_le_str(&b, r->organization);
    buf_le_str(&b, r->contact);
    buf_le_str(&b, r->id);
    buf_le_str(&b, r->policy);
    must(!b.overflow);
    return buf_str(&b);
}

struct adding {
    const struct report_data *report;
    struct name name;
    size_t from;
};

static enum code add_rows(struct ctx *cx, struct txn *t, void *arg)
{
    const struct adding *a = arg;
    const struct report_data *r = a->report;
    for (size_t i = a->from; i < r->count && i < a->from + ROWS_TOGETHER; i++) {
        struct key k = name_key(FAMILY_ROW, &a->name);
        struct buf b = buf_of(cx->arena, ROW_MAX);
        key_u32(&k, (uint32_t)i);
        buf_le8(&b, ROW_VERSION);
        buf_le64(&b, r->rows[i].n);
        for (size_t f = 0; f < REPORT_FIELDS; f++)
            buf_le_str(&b, r->rows[i].field[f]);
        must(!b.overflow);
        txn_put(t, key_str(&k), buf_str(&b));
    }
    if (a->from + ROWS_TOGETHER >= r->count) { /* the head comes with the last */
        struct key k = name_key(FAMILY_HEAD, &a->name);
        txn_put(t, key_str(&k), head_value(cx, r));
    }
    return OK;
}

enum code taken_add(struct ctx *cx, struct core *c, const struct report_data *r)
{
    struct str whole = str_printf(cx->arena, "%.*s %.*s", STR_ARG(r->organization), STR_ARG(r->id));
    struct adding a = {r, {r->about, r->domain, (uint64_t)r->begin_s, tally_hash(whole)}, 0};
    do {
        TRY(store_update(cx, c->store, REPORTS_PART, add_rows, &a));
        a.from += ROWS_TOGETHER;
    } while (a.from < r->count);
    return OK;
}

static bool read_name(struct arena *a, struct str key, struct name *out, struct cur *rest)
{
    uint32_t about;
    *rest = cur_of(str_from(key, 1));
    if (!cur_key_u32(rest, &about) || !cur_key_text(rest, a, &out->domain) ||
        !cur_key_u64(rest, &out->begin_s) || !cur_key_u64(rest, &out->hash))
        return false;
    out->about = (enum report_about)about;
    return true;
}

static enum code read_head(struct ctx *cx, struct str key, struct str value, struct taken *out)
{
    struct taken t = {0};
    struct str *const texts[TEXTS] = {&t.organization, &t.contact, &t.id, &t.policy};
    struct name name;
    struct cur k, c = cur_of(value);
    uint8_t version;
    uint64_t end, taken;
    bool good = read_name(cx->arena, key, &name, &k) && cur_le8(&c, &version) &&
                version == ROW_VERSION && cur_le64(&c, &end) && cur_le64(&c, &taken) &&
                cur_le32(&c, &t.rows) && cur_le64(&c, &t.n) && cur_le64(&c, &t.skipped);
    for (size_t i = 0; i < TEXTS; i++)
        good = good && cur_le_str(&c, texts[i]);
    if (!good)
        return fail(cx, E_CORRUPT, "reports: one that was taken in");
    for (size_t i = 0; i < TEXTS; i++)
        *texts[i] = str_dup(cx->arena, *texts[i]);
    t.about = name.about;
    t.domain = str_dup(cx->arena, name.domain);
    t.begin_s = (int64_t)name.begin_s;
    t.end_s = (int64_t)end;
    t.taken_ms = (int64_t)taken;
    *out = t;
    return OK;
}

static struct range heads_of(enum report_about about, struct str domain, struct key k[static 2])
{
    k[0] = key_of(FAMILY_HEAD);
    key_u32(&k[0], (uint32_t)about);
    if (domain.n)
        key_text(&k[0], domain);
    k[1] = key_after(&k[0]);
    return (struct range){.from = key_str(&k[0]), .to = key_str(&k[1])};
}

enum code taken_list(struct ctx *cx, struct core *c, const struct taken_asking *asks,
                     struct taken **out, size_t *count)
{
    struct key k[2];
    struct scan *w AUTO(scan_close) =
        store_scan(cx, c->store, REPORTS_PART, heads_of(asks->about, asks->domain, k));
    struct str key, value;
    *out = ARENA_ARRAY(cx->arena, TAKEN_LIST_MAX, struct taken);
    *count = 0;
    while (*count < TAKEN_LIST_MAX && scan_next(w, &key, &value)) {
        TRY(read_head(cx, key, value, &(*out)[*count]));
        *count += (*out)[*count].end_s >= asks->since_s;
    }
    return scan_error(w);
}

static enum code read_row(struct ctx *cx, struct str value, struct report_row *out)
{
    struct cur c = cur_of(value);
    uint8_t version;
    bool good = cur_le8(&c, &version) && version == ROW_VERSION && cur_le64(&c, &out->n);
    for (size_t f = 0; f < REPORT_FIELDS; f++)
        good = good && cur_le_str(&c, &out->field[f]);
    return good ? OK : fail(cx, E_CORRUPT, "reports: a row that was taken in");
}

/* What is summed so far. */
struct summing {
    const struct taken_asking *asks;
    struct map *known;
    struct taken_sum *sums;
    size_t count;
};

static struct taken_sum *sum_of(struct ctx *cx, struct summing *s, const struct report_row *row)
{
    struct buf key = buf_of(cx->arena, ROW_MAX);
    for (size_t f = 0; f < REPORT_FIELDS; f++)
        if (s->asks->alike & (1u << f))
            buf_le_str(&key, row->field[f]);
    struct taken_sum *sum = map_get(s->known, buf_str(&key));
    if (sum || s->count == TAKEN_SUMS_MAX)
        return sum;
    sum = &s->sums[s->count++];
    for (size_t f = 0; f < REPORT_FIELDS; f++)
        sum->field[f] = str_dup(cx->arena, row->field[f]);
    map_put(s->known, buf_str(&key), sum);
    return sum;
}

static void add_row(struct ctx *cx, struct summing *s, const struct report_row *row)
{
    struct taken_sum *sum = sum_of(cx, s, row);
    if (!sum)
        return;
    bool dkim = str_ieq(row->field[DMARC_DKIM], STR("pass"));
    bool spf = str_ieq(row->field[DMARC_SPF], STR("pass"));
    sum->n += row->n;
    sum->dkim += dkim ? row->n : 0;
    sum->spf += spf ? row->n : 0;
    sum->pass += dkim || spf ? row->n : 0;
    sum->quarantine += str_ieq(row->field[DMARC_DISPOSITION], STR("quarantine")) ? row->n : 0;
    sum->reject += str_ieq(row->field[DMARC_DISPOSITION], STR("reject")) ? row->n : 0;
}

static enum code add_report(struct ctx *cx, struct core *c, struct summing *s, struct str head)
{
    struct name name;
    struct cur rest;
    if (!read_name(cx->arena, head, &name, &rest))
        return fail(cx, E_CORRUPT, "reports: the key of one that was taken in");
    struct key from = name_key(FAMILY_ROW, &name), to = key_after(&from);
    struct scan *w AUTO(scan_close) = store_scan(
        cx, c->store, REPORTS_PART, (struct range){.from = key_str(&from), .to = key_str(&to)});
    struct str key, value;
    struct report_row row;
    while (scan_next(w, &key, &value)) {
        TRY(read_row(cx, value, &row));
        add_row(cx, s, &row);
    }
    return scan_error(w);
}

static int by_n(const void *left, const void *right)
{
    const struct taken_sum *a = left, *b = right;
    return (a->n < b->n) - (a->n > b->n);
}

enum code taken_sums(struct ctx *cx, struct core *c, const struct taken_asking *asks,
                     struct taken_sum **out, size_t *count)
{
    struct map *known AUTO(map_close) = map_open();
    struct summing s = {.asks = asks, .known = known};
    struct key k[2];
    struct scan *w AUTO(scan_close) =
        store_scan(cx, c->store, REPORTS_PART, heads_of(asks->about, asks->domain, k));
    struct str key, value;
    struct taken head;
    s.sums = ARENA_ARRAY(cx->arena, TAKEN_SUMS_MAX, struct taken_sum);
    while (scan_next(w, &key, &value)) {
        TRY(read_head(cx, key, value, &head));
        if (head.end_s >= asks->since_s)
            TRY(add_report(cx, c, &s, key));
    }
    TRY(scan_error(w));
    qsort(s.sums, s.count, sizeof *s.sums, by_n);
    *out = s.sums;
    *count = s.count;
    return OK;
}

/* Rows of a report, then its head; true in *more while there are rows. */
struct dropping {
    struct key from, to, head;
    bool more;
};

static enum code drop_rows(struct ctx *cx, struct txn *t, void *arg)
{
    struct dropping *d = arg;
    struct scan *w AUTO(scan_close) =
        txn_scan(cx, t, (struct range){.from = key_str(&d->from), .to = key_str(&d->to)});
    struct str key, value, gone[DROP_TOGETHER];
    size_t n = 0;
    while (n < DROP_TOGETHER && scan_next(w, &key, &value))
        gone[n++] = str_dup(cx->arena, key);
    TRY(scan_error(w));
    for (size_t i = 0; i < n; i++)
        txn_delete(t, gone[i]);
    d->more = n == DROP_TOGETHER;
    if (!d->more)
        txn_delete(t, key_str(&d->head));
    return OK;
}

static enum code sweep_about(struct ctx *cx, struct core *c, enum report_about about,
                             int64_t before_s)
{
    struct key k[2];
    struct scan *w AUTO(scan_close) =
        store_scan(cx, c->store, REPORTS_PART, heads_of(about, (struct str){0}, k));
    struct str key, value;
    struct taken head;
    while (scan_next(w, &key, &value)) {
        struct name name;
        struct cur rest;
        TRY(read_head(cx, key, value, &head));
        if (head.end_s >= before_s || !read_name(cx->arena, key, &name, &rest))
            continue;
        struct dropping d = {.from = name_key(FAMILY_ROW, &name),
                             .head = name_key(FAMILY_HEAD, &name),
                             .more = true};
        d.to = key_after(&d.from);
        while (d.more)
            TRY(store_update(cx, c->store, REPORTS_PART, drop_rows, &d));
    }
    return scan_error(w);
}

enum code taken_sweep(struct ctx *cx, struct core *c, int64_t before_s)
{
    TRY(sweep_about(cx, c, REPORT_TLS, before_s));
    return sweep_about(cx, c, REPORT_DMARC, before_s);
}
