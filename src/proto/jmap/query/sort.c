#include "proto/jmap/query/sort.h"
#include "core/columns/key.h"
#include "format/utf8.h"
#include "proto/jmap/query/keyword.h"
#include <stdlib.h>

enum {
    COLLATE_BYTES_MAX = 1024,
    FIRST_PART = 8, /* fewer than one in so many: they are picked out, not all are sorted */
};

static const struct {
    struct str name;
    enum jmap_order by;
    bool text, keyword;
    enum column_order order;
    enum column_kind kind;
} orders[] = {
    {STR("receivedAt"), JMAP_BY_RECEIVED, false, false, ORDERS, COLUMN_KINDS},
    {STR("sentAt"), JMAP_BY_SENT, false, false, ORDERS, COLUMN_KINDS},
    {STR("size"), JMAP_BY_SIZE, false, false, ORDERS, COLUMN_KINDS},
    {STR("from"), JMAP_BY_FROM, true, false, ORDER_DISPLAY_FROM, COLUMN_DISPLAY_FROM},
    {STR("to"), JMAP_BY_TO, true, false, ORDER_DISPLAY_TO, COLUMN_DISPLAY_TO},
    {STR("subject"), JMAP_BY_SUBJECT, true, false, ORDER_SUBJECT, COLUMN_BASE_SUBJECT},
    {STR("hasKeyword"), JMAP_BY_KEYWORD, false, true, ORDERS, COLUMN_KINDS},
    {STR("allInThreadHaveKeyword"), JMAP_BY_ALL_IN_THREAD, false, true, ORDERS, COLUMN_KINDS},
    {STR("someInThreadHaveKeyword"), JMAP_BY_SOME_IN_THREAD, false, true, ORDERS, COLUMN_KINDS},
};
enum { ORDER_COUNT = sizeof orders / sizeof *orders };

struct str jmap_sort_name(size_t i)
{
    return i < ORDER_COUNT ? orders[i].name : (struct str){0};
}

static const char *collation_read(const struct json_tree *in, enum collation *out)
{
    const struct json_tree *v = json_tree_member(in, STR("collation"));
    *out = COLLATION_UNICODE_CASEMAP;
    if (!v || v->kind == TREE_NULL)
        return NULL;
    if (v->kind != TREE_STRING)
        return "invalidArguments";
    for (unsigned i = 0; i < COLLATION_COUNT; i++)
        if (str_eq(collation_name((enum collation)i), v->text)) {
            *out = (enum collation)i;
            return NULL;
        }
    return "unsupportedSort";
}

static const char *sort_read(const struct json_tree *in, struct jmap_sort *out)
{
    struct str name = json_tree_text(in, STR("property"));
    const struct json_tree *up = json_tree_member(in, STR("isAscending"));
    const struct json_tree *keyword = json_tree_member(in, STR("keyword"));
    size_t i = 0;
    if (in->kind != TREE_OBJECT || !name.n || (up && up->kind != TREE_BOOL))
        return "invalidArguments";
    while (i < ORDER_COUNT && !str_eq(orders[i].name, name))
        i++;
    if (i == ORDER_COUNT)
        return "unsupportedSort";
    if (orders[i].keyword && !json_tree_is(keyword, TREE_STRING))
        return "invalidArguments";
    out->by = orders[i].by;
    out->descending = up && !up->truth;
    out->keyword = orders[i].keyword ? keyword->text : (struct str){0};
    return collation_read(in, &out->collation);
}

const char *jmap_sorts_read(const struct json_tree *in, struct jmap_sorts *out)
{
    struct jmap_sorts s = {0};
    if (in && in->count > JMAP_SORTS_MAX)
        return "unsupportedSort";
    for (size_t i = 0; in && i < in->count; i++) {
        const char *error = sort_read(&in->values[i], &s.at[s.count++]);
        if (error)
            return error;
    }
    if (!s.count)
        s.at[s.count++] = (struct jmap_sort){.by = JMAP_BY_RECEIVED, .descending = true};
    *out = s;
    return NULL;
}

/* What is being sorted: places in hits, by keys. */
struct sorting {
    struct ctx *cx;
    struct jmap_call *call;
    struct jmap_hits *hits;
    struct column_keyed *items, *spare;
    uint64_t *keys; /* by place in hits, of one comparator */
    uint64_t *by[JMAP_SORTS_MAX + 1];
    size_t columns; /* of by */
};

static uint64_t of_ms(int64_t ms)
{
    return (uint64_t)ms ^ UINT64_C(1) << 63;
}

static void number_keys(struct sorting *s, enum jmap_order by)
{
    for (size_t i = 0; i < s->hits->count; i++) {
        const struct column_facts *f = s->hits->at[i].facts;
        s->keys[i] =
            by == JMAP_BY_SIZE ? f->size : of_ms(by == JMAP_BY_SENT ? f->sent_ms : f->received_ms);
    }
}

static void keyword_keys(struct sorting *s, const struct jmap_sort *sort)
{
    const struct jmap_hits *hits = s->hits;
    struct jmap_keyword k = {0};
    for (size_t i = 0, folder = SIZE_MAX; i < hits->count; i++) {
        const struct jmap_hit *h = &hits->at[i];
        const struct view *v = hits->places[h->folder].view;
        if (folder != h->folder)
            k = jmap_keyword_of(v, sort->keyword);
        folder = h->folder;
        struct view_row row = view_at(v, h->place);
        s->keys[i] = jmap_keyword_has(&k, &row);
    }
}

static void thread_keys(struct sorting *s, const struct jmap_sort *sort)
{
    for (size_t i = 0; i < s->hits->count; i++) {
        uint64_t thread = s->hits->at[i].facts->thread;
        s->keys[i] = sort->by == JMAP_BY_ALL_IN_THREAD ? jmap_threads_all(sort->threads, thread)
                                                       : jmap_threads_some(sort->threads, thread);
    }
}

/* In one folder there are ranks already. */
static enum code rank_keys(struct sorting *s, enum column_order order)
{
    uint32_t *ranks, limit;
    TRY(column_ranks(s->cx, s->call->env->core, s->hits->places[0].view, order, &ranks, &limit));
    for (size_t i = 0; i < s->hits->count; i++)
        s->keys[i] = ranks[s->hits->at[i].place];
    return OK;
}

struct text {
    struct str text;
    size_t at;
};

static int by_text(const void *left, const void *right)
{
    const struct text *a = left, *b = right;
    return str_cmp(a->text, b->text);
}

/* The text of a message as it was written, made ready for comparing by the collation. */
static enum code read_text(struct ctx *cx, struct sorting *s, const struct jmap_hit *h,
                           enum collation collation, enum column_kind kind, struct str *out)
{
    struct item_row row;
    struct str key = {0};
    const struct view *v = s->hits->places[h->folder].view;
    enum code code = item_get(cx, s->call->env->core, s->call->account, view_folder(v),
                              view_at(v, h->place).uid, &row);
    if (code == OK)
        code = column_key_text(cx, cx->arena, &row, kind, &key);
    if (code == OK)
        *out = utf8_cut(collation_key(cx->arena, collation, key), COLLATE_BYTES_MAX);
    return code == E_NOT_FOUND ? OK : code;
}

static enum code read_texts(struct sorting *s, enum collation collation, enum column_kind kind,
                            struct text *texts)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx own = *s->cx;
    enum code code = OK;
    own.arena = scratch;
    for (size_t i = 0; i < s->hits->count && code == OK; i++) {
        struct str text = {0};
        code = read_text(&own, s, &s->hits->at[i], collation, kind, &text);
        texts[i] = (struct text){str_dup(s->cx->arena, text), i};
        arena_reset(scratch);
    }
    s->cx->err = own.err;
    return code;
}

/* Texts out of columns: found are in the order of their places still. held: whose texts these are.
 */
static enum code column_texts(struct sorting *s, enum column_kind kind, struct text *texts,
                              struct column **held, size_t *count)
{
    uint16_t rows[COLUMN_UIDS];
    struct column_span span = {0};
    const struct view *v = NULL;
    for (size_t i = 0; i < s->hits->count; i++) {
        const struct jmap_hit *h = &s->hits->at[i];
        const struct view *in = s->hits->places[h->folder].view;
        if (in != v || h->place >= span.end) {
            v = in;
            span = column_span(v, h->place);
            TRY(column_get(s->cx, s->call->env->core, v, &span, kind, &held[*count]));
            column_rows(held[(*count)++], v, &span, rows);
        }
        uint16_t row = rows[h->place - span.first];
        texts[i].at = i;
        if (row != COLUMN_GONE)
            texts[i].text = column_text(held[*count - 1], row);
    }
    return OK;
}

static void rank_texts(struct sorting *s, struct text *texts)
{
    uint64_t rank = 0;
    if (s->hits->count)
        qsort(texts, s->hits->count, sizeof *texts, by_text);
    for (size_t i = 0; i < s->hits->count; i++) {
        rank += i && by_text(&texts[i - 1], &texts[i]);
        s->keys[texts[i].at] = rank; /* equal texts have equal keys */
    }
}

static enum code text_keys(struct sorting *s, enum collation collation, enum column_kind kind)
{
    size_t n = s->hits->count, held_count = 0;
    struct text *texts = ARENA_ARRAY(s->cx->arena, n + 1, struct text);
    struct column **held = ARENA_ARRAY(s->cx->arena, n + 1, struct column *);
    enum code code = collation == COLLATION_UNICODE_CASEMAP
                         ? column_texts(s, kind, texts, held, &held_count)
                         : read_texts(s, collation, kind, texts);
    if (code == OK)
        rank_texts(s, texts);
    for (size_t i = 0; i < held_count; i++)
        column_unref(held[i]);
    return code;
}

static enum code keys_of(struct sorting *s, const struct jmap_sort *sort)
{
    size_t i = 0;
    while (orders[i].by != sort->by)
        i++;
    if (orders[i].text && s->hits->place_count == 1 && sort->collation == COLLATION_UNICODE_CASEMAP)
        return rank_keys(s, orders[i].order);
    if (orders[i].text)
        return text_keys(s, sort->collation, orders[i].kind);
    if (sort->by == JMAP_BY_KEYWORD)
        keyword_keys(s, sort);
    else if (orders[i].keyword)
        thread_keys(s, sort);
    else
        number_keys(s, sort->by);
    return OK;
}

/* Stable: the last comparator first. */
static void sort_by_keys(struct sorting *s, const uint64_t *keys)
{
    for (size_t i = 0; i < s->hits->count; i++)
        s->items[i].key = keys[s->items[i].at];
    column_sort(s->items, s->spare, s->hits->count);
}

static enum code sort_all(struct sorting *s)
{
    size_t n = s->hits->count;
    s->items = ARENA_ARRAY(s->cx->arena, n + 1, struct column_keyed);
    s->spare = ARENA_ARRAY(s->cx->arena, n + 1, struct column_keyed);
    for (size_t i = 0; i < n; i++)
        s->items[i].at = (uint32_t)i;
    for (size_t i = s->columns; i; i--)
        sort_by_keys(s, s->by[i - 1]);
    struct jmap_hit *sorted = ARENA_ARRAY(s->cx->arena, n + 1, struct jmap_hit);
    for (size_t i = 0; i < n; i++)
        sorted[i] = s->hits->at[s->items[i].at];
    memcpy(s->hits->at, sorted, n * sizeof *sorted);
    return OK;
}

static bool is_before(const struct sorting *s, uint32_t a, uint32_t b)
{
    for (size_t i = 0; i < s->columns; i++)
        if (s->by[i][a] != s->by[i][b])
            return s->by[i][a] < s->by[i][b];
    return false;
}

/* A heap whose top is the last of those that are kept. */
static void sink(const struct sorting *s, uint32_t *heap, size_t count, size_t at)
{
    uint32_t moved = heap[at];
    for (size_t child; (child = at * 2 + 1) < count; at = child) {
        if (child + 1 < count && is_before(s, heap[child], heap[child + 1]))
            child++;
        if (!is_before(s, moved, heap[child]))
            break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

static void swap_hits(struct jmap_hits *hits, const uint32_t *chosen, size_t count,
                      struct jmap_hit *copy)
{
    for (size_t i = 0; i < count; i++)
        copy[i] = hits->at[chosen[i]];
    memcpy(hits->at, copy, count * sizeof *copy);
}

/* Only the first few; the others are lost. */
static void sort_first(struct sorting *s, size_t first)
{
    size_t n = s->hits->count;
    uint32_t *heap = ARENA_ARRAY(s->cx->arena, first + 1, uint32_t), last = (uint32_t)n - 1;
    bool backwards = is_before(s, last, 0); /* mail lies in the order that it came in */
    for (size_t i = 0; i < first; i++)
        heap[i] = backwards ? last - (uint32_t)i : (uint32_t)i;
    for (size_t i = first / 2; i; i--)
        sink(s, heap, first, i - 1);
    for (size_t i = first; first && i < n; i++) {
        uint32_t at = backwards ? last - (uint32_t)i : (uint32_t)i;
        if (!is_before(s, at, heap[0]))
            continue;
        heap[0] = at;
        sink(s, heap, first, 0);
    }
    for (size_t left = first; left > 1; left--) {
        uint32_t top = heap[0];
        heap[0] = heap[left - 1];
        heap[left - 1] = top;
        sink(s, heap, left - 1, 0);
    }
    swap_hits(s->hits, heap, first, ARENA_ARRAY(s->cx->arena, first + 1, struct jmap_hit));
}

/* Keys of all comparators, and in the end the id. */
static enum code keys_of_all(struct sorting *s, const struct jmap_sorts *sorts)
{
    size_t n = s->hits->count;
    bool descending = sorts->at[sorts->count - 1].descending;
    for (s->columns = 0; s->columns <= sorts->count; s->columns++) {
        s->keys = s->by[s->columns] = ARENA_ARRAY(s->cx->arena, n + 1, uint64_t);
        if (s->columns < sorts->count) {
            TRY(keys_of(s, &sorts->at[s->columns]));
            descending = sorts->at[s->columns].descending;
        } else {
            for (size_t i = 0; i < n; i++)
                s->keys[i] = s->hits->at[i].id;
        }
        for (size_t i = 0; descending && i < n; i++)
            s->keys[i] = ~s->keys[i];
    }
    return OK;
}

enum code jmap_hits_sort(struct ctx *cx, struct jmap_call *call, const struct jmap_sorts *sorts,
                         struct jmap_hits *hits, size_t first)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx own = *cx;
    struct sorting s = {.cx = &own, .call = call, .hits = hits};
    own.arena = arena;
    enum code code = keys_of_all(&s, sorts);
    if (code == OK && first < hits->count / FIRST_PART)
        sort_first(&s, first);
    else if (code == OK)
        code = sort_all(&s);
    cx->err = own.err;
    return code;
}
