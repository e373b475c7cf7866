#include "core/columns/order.h"
#include "base/arena.h"
#include "core/columns/column.h"
#include "core/view/tree.h"

enum { ORDER_NAMES = 2000, DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

/* Ranks of messages by uid, rising. */
struct order {
    struct picture picture; /* first */
    uint64_t upto;          /* all messages with lower uids are in it */
    uint32_t count, limit;
    uint32_t *uid, *rank;
};

static const enum column_kind kinds[ORDERS] = {
    [ORDER_ARRIVAL] = COLUMN_FACTS,
    [ORDER_DATE] = COLUMN_FACTS,
    [ORDER_SIZE] = COLUMN_FACTS,
    [ORDER_SUBJECT] = COLUMN_BASE_SUBJECT,
    [ORDER_FROM] = COLUMN_KEY_FROM,
    [ORDER_TO] = COLUMN_KEY_TO,
    [ORDER_CC] = COLUMN_KEY_CC,
    [ORDER_DISPLAY_FROM] = COLUMN_DISPLAY_FROM,
    [ORDER_DISPLAY_TO] = COLUMN_DISPLAY_TO,
};

static void order_free(struct picture *p)
{
    struct order *o = (struct order *)p;
    free(o->uid);
    free(o->rank);
    free(o);
}

static void sort_digit(const struct column_keyed *from, struct column_keyed *to, size_t count,
                       unsigned shift)
{
    uint32_t place[DIGITS] = {0}, sum = 0;
    for (size_t i = 0; i < count; i++)
        place[from[i].key >> shift & (DIGITS - 1)]++;
    for (size_t d = 0; d < DIGITS; d++) {
        uint32_t n = place[d];
        place[d] = sum;
        sum += n;
    }
    for (size_t i = 0; i < count; i++)
        to[place[from[i].key >> shift & (DIGITS - 1)]++] = from[i];
}

/* Digits in which all are alike are passed over. */
void column_sort(struct column_keyed *items, struct column_keyed *spare, size_t count)
{
    uint64_t differ = 0;
    struct column_keyed *from = items, *to = spare;
    for (size_t i = 1; i < count; i++)
        differ |= items[i].key ^ items[0].key;
    for (unsigned shift = 0; shift < 64; shift += DIGIT_BITS) {
        if (!(differ >> shift & (DIGITS - 1)))
            continue;
        sort_digit(from, to, count, shift);
        struct column_keyed *swap = from;
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, count * sizeof *items);
}

/* What is sorted. */
struct sorting {
    struct ctx *cx; /* with an arena of its own */
    enum column_order order;
    struct column_keyed *items, *spare;
    struct str *texts; /* by at; NULL for numbers */
    uint32_t *uid;
    uint32_t count;
    struct column **held; /* whose texts these are */
    size_t held_count;
};

/* Signed numbers in an order of unsigned ones. */
static uint64_t of_ms(int64_t ms)
{
    return (uint64_t)ms ^ UINT64_C(1) << 63;
}

static uint64_t number_of(enum column_order order, const struct column_facts *f)
{
    if (order == ORDER_SIZE)
        return f->size;
    return of_ms(order == ORDER_DATE ? f->sent_ms : f->received_ms);
}

/* Its first eight bytes, so that most texts are told apart without looking at them. */
static uint64_t start_of(struct str s)
{
    uint64_t key = 0;
    for (size_t i = 0; i < 8; i++)
        key = key << 8 | (i < s.n ? (unsigned char)s.p[i] : 0);
    return key;
}

static void gather(struct sorting *s, const struct column *k, const uint16_t *rows,
                   const struct view *v, const struct column_span *span)
{
    for (uint32_t place = span->first; place < span->end; place++) {
        uint16_t row = rows[place - span->first];
        if (row == COLUMN_GONE)
            continue;
        uint32_t at = s->count++;
        s->uid[at] = view_at(v, place).uid;
        s->items[at].at = at;
        if (!s->texts) {
            s->items[at].key = number_of(s->order, column_facts(k, row));
            continue;
        }
        s->texts[at] = column_text(k, row);
        s->items[at].key = start_of(s->texts[at]);
    }
}

static enum code gather_all(struct sorting *s, struct core *c, const struct view *v)
{
    uint16_t rows[COLUMN_UIDS];
    struct column_span span;
    for (uint32_t place = 0; place < view_count(v); place = span.end) {
        struct column *k;
        span = column_span(v, place);
        TRY(column_get(s->cx, c, v, &span, kinds[s->order], &k));
        s->held[s->held_count++] = k;
        column_rows(k, v, &span, rows);
        gather(s, k, rows, v, &span);
    }
    return OK;
}

static int by_text(const void *left, const void *right, void *texts)
{
    const struct column_keyed *a = left, *b = right;
    const struct str *text = texts;
    int order = str_cmp(text[a->at], text[b->at]);
    return order ? order : (a->at > b->at) - (a->at < b->at);
}

/* Texts that start alike. */
static void sort_alike(struct sorting *s)
{
    for (uint32_t i = 0, end; i < s->count; i = end) {
        for (end = i + 1; end < s->count && s->items[end].key == s->items[i].key;)
            end++;
        if (end - i > 1)
            qsort_r(s->items + i, end - i, sizeof *s->items, by_text, s->texts);
    }
}

static bool same(const struct sorting *s, const struct column_keyed *a,
                 const struct column_keyed *b)
{
    return a->key == b->key && (!s->texts || str_eq(s->texts[a->at], s->texts[b->at]));
}

static struct order *order_of(const struct sorting *s, const struct view *v)
{
    struct order *o = calloc(1, sizeof *o);
    size_t bytes = (s->count + 1) * sizeof *o->uid;
    must(o);
    atomic_init(&o->picture.refs, 1);
    o->picture.close = order_free;
    o->picture.bytes = sizeof *o + 2 * bytes;
    o->uid = malloc(bytes);
    o->rank = malloc(bytes);
    must(o->uid && o->rank);
    o->count = s->count;
    o->upto = view_uid_next(v);
    for (uint32_t i = 0; i < s->count; i++) {
        o->limit += i && !same(s, &s->items[i - 1], &s->items[i]);
        o->rank[s->items[i].at] = o->limit;
        o->uid[i] = s->uid[i];
    }
    o->limit++;
    return o;
}

static enum code order_make(struct ctx *cx, struct core *c, const struct view *v,
                            enum column_order order, struct order **out)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx own = *cx;
    own.arena = arena;
    size_t n = view_count(v) + (size_t)1;
    struct sorting s = {.cx = &own,
                        .order = order,
                        .items = ARENA_ARRAY(arena, n, struct column_keyed),
                        .spare = ARENA_ARRAY(arena, n, struct column_keyed),
                        .uid = ARENA_ARRAY(arena, n, uint32_t),
                        .held = ARENA_ARRAY(arena, n, struct column *)};
    if (kinds[order] != COLUMN_FACTS)
        s.texts = ARENA_ARRAY(arena, n, struct str);
    enum code code = gather_all(&s, c, v);
    if (code == OK) {
        column_sort(s.items, s.spare, s.count);
        if (s.texts)
            sort_alike(&s);
        *out = order_of(&s, v);
    }
    for (size_t i = 0; i < s.held_count; i++)
        column_unref(s.held[i]);
    cx->err = own.err;
    return code;
}

/* Has all messages of the view, and not many more. */
static bool suits(const struct order *o, const struct view *v)
{
    uint32_t count = view_count(v);
    return o && o->count / 2 <= count && (!count || o->upto > view_at(v, count - 1).uid);
}

static enum code order_get(struct ctx *cx, struct core *c, const struct view *v,
                           enum column_order order, struct order **out)
{
    struct entry_name name = {.account = view_account(v),
                              .reader = ORDER_NAMES + (unsigned)order,
                              .folder = view_folder(v)};
    struct entry *e = entry_acquire(c->columns, &name);
    enum code code = OK;
    if (!suits((struct order *)e->picture, v)) {
        struct order *made = NULL;
        code = order_make(cx, c, v, order, &made);
        if (code == OK)
            entry_set(e, &made->picture);
    }
    if (code == OK) {
        picture_ref(e->picture);
        *out = (struct order *)e->picture;
    }
    entry_release(c->columns, e);
    return code;
}

static void place_ranks(const struct order *o, const struct view *v, uint32_t *ranks)
{
    struct view_row some[CHUNK_ROWS];
    uint32_t n, at = 0;
    for (uint32_t place = 0; place < view_count(v); place += n) {
        n = view_rows(v, place, CHUNK_ROWS, some);
        for (uint32_t i = 0; i < n; i++) {
            while (at < o->count && o->uid[at] < some[i].uid)
                at++;
            bool there = at < o->count && o->uid[at] == some[i].uid;
            ranks[place + i] = there ? o->rank[at] : o->limit;
        }
    }
}

enum code column_ranks(struct ctx *cx, struct core *c, const struct view *v,
                       enum column_order order, uint32_t **ranks, uint32_t *limit)
{
    struct order *o;
    TRY(order_get(cx, c, v, order, &o));
    *ranks = ARENA_ARRAY(cx->arena, view_count(v), uint32_t);
    place_ranks(o, v, *ranks);
    *limit = o->limit + 1;
    picture_unref(&o->picture);
    return OK;
}
