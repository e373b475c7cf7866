#include "proto/imap/wire/seqset.h"
#include "core/view.h"

static bool number(struct cur *c, uint32_t *out)
{
    if (cur_char(c, '*')) {
        *out = UINT32_MAX;
        return true;
    }
    struct cur ahead = *c;
    if (!cur_u32(&ahead, out) || *out == 0)
        return false;
    *c = ahead;
    return true;
}

static void grow(struct arena *a, struct imap_set *set)
{
    if (set->count < set->cap)
        return;
    size_t cap = set->cap ? set->cap * 2 : 4;
    if (a) {
        set->at = arena_grow(a, set->at, set->cap * sizeof *set->at, cap * sizeof *set->at);
    } else {
        set->at = reallocarray(set->at, cap, sizeof *set->at);
        must(set->at);
    }
    set->cap = cap;
}

static void append(struct arena *a, struct imap_set *set, struct imap_range r)
{
    grow(a, set);
    set->at[set->count++] = r;
}

enum code imap_seqset_parse(struct ctx *cx, struct cur *c, struct imap_set *out)
{
    struct cur ahead = *c;
    struct imap_set set = {0};
    if (cur_char(&ahead, '$')) {
        set.is_saved = true;
        *c = ahead;
        *out = set;
        return OK;
    }
    do {
        struct imap_range r;
        if (!number(&ahead, &r.first))
            return fail(cx, E_SYNTAX, "sequence set expected");
        r.last = r.first;
        if (cur_char(&ahead, ':') && !number(&ahead, &r.last))
            return fail(cx, E_SYNTAX, "sequence set expected");
        if (r.first > r.last)
            r = (struct imap_range){r.last, r.first};
        if (set.count == IMAP_RANGES_MAX)
            return fail(cx, E_LIMIT, "sequence set of more than %d ranges", IMAP_RANGES_MAX);
        append(cx->arena, &set, r);
    } while (cur_char(&ahead, ','));
    *c = ahead;
    *out = set;
    return OK;
}

static int by_first(const void *left, const void *right)
{
    const struct imap_range *a = left, *b = right;
    return a->first < b->first ? -1 : a->first > b->first;
}

void imap_set_normalise(struct imap_set *set)
{
    bool sorted = true;
    for (size_t i = 1; i < set->count && sorted; i++)
        sorted = set->at[i].first >= set->at[i - 1].first;
    if (!sorted)
        qsort(set->at, set->count, sizeof *set->at, by_first);
    size_t n = 0;
    for (size_t i = 0; i < set->count; i++) {
        struct imap_range r = set->at[i];
        if (n && (uint64_t)set->at[n - 1].last + 1 >= r.first) {
            if (r.last > set->at[n - 1].last)
                set->at[n - 1].last = r.last;
        } else {
            set->at[n++] = r;
        }
    }
    set->count = n;
}

enum code imap_seqset_numbers(struct ctx *cx, const struct imap_set *in, const struct view *v,
                              struct imap_set *out)
{
    uint32_t count = view_count(v);
    struct imap_set set = {0};
    for (size_t i = 0; i < in->count; i++) {
        struct imap_range r = in->at[i];
        if (r.last == UINT32_MAX)
            r.last = count;
        if (r.first == UINT32_MAX)
            r.first = count;
        if (r.first > r.last) /* "7:*" with fewer than 7 */
            r = (struct imap_range){r.last, r.first};
        if (r.first == 0 || r.last > count)
            return fail(cx, E_SYNTAX, "no such message number");
        append(cx->arena, &set, (struct imap_range){r.first - 1, r.last - 1});
    }
    imap_set_normalise(&set);
    *out = set;
    return OK;
}

enum code imap_seqset_uids(struct ctx *cx, const struct imap_set *in, const struct view *v,
                           struct imap_set *out)
{
    uint32_t count = view_count(v);
    struct imap_set set = {0};
    uint32_t highest = count ? view_at(v, count - 1).uid : 0;
    for (size_t i = 0; i < in->count && count; i++) {
        struct imap_range r = in->at[i];
        if (r.last == UINT32_MAX) { /* "*" is the highest uid, so "900:*" has it always */
            r.last = highest;
            if (r.first > highest)
                r.first = highest;
        }
        uint32_t first = view_find(v, r.first);
        uint32_t end = r.last == UINT32_MAX ? count : view_find(v, r.last + 1);
        if (first < end)
            append(cx->arena, &set, (struct imap_range){first, end - 1});
    }
    imap_set_normalise(&set);
    *out = set;
    return OK;
}

void imap_set_add_range(struct arena *a, struct imap_set *set, struct imap_range r)
{
    if (set->count && set->at[set->count - 1].last + 1 == r.first)
        set->at[set->count - 1].last = r.last;
    else
        append(a, set, r);
}

void imap_set_add(struct arena *a, struct imap_set *set, uint32_t n)
{
    imap_set_add_range(a, set, (struct imap_range){n, n});
}

void imap_set_free(struct imap_set *set)
{
    free(set->at);
    *set = (struct imap_set){0};
}

bool imap_set_has(const struct imap_set *set, uint32_t n)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->at[middle].last < n)
            low = middle + 1;
        else
            high = middle;
    }
    return low < set->count && set->at[low].first <= n;
}

uint64_t imap_set_size(const struct imap_set *set)
{
    uint64_t n = 0;
    for (size_t i = 0; i < set->count; i++)
        n += (uint64_t)set->at[i].last - set->at[i].first + 1;
    return n;
}

void imap_set_common(struct arena *a, const struct imap_set *one, const struct imap_set *other,
                     struct imap_set *out)
{
    struct imap_set set = {0};
    size_t i = 0, k = 0;
    while (i < one->count && k < other->count) {
        struct imap_range x = one->at[i], y = other->at[k];
        struct imap_range both = {x.first > y.first ? x.first : y.first,
                                  x.last < y.last ? x.last : y.last};
        if (both.first <= both.last)
            imap_set_add_range(a, &set, both);
        if (x.last < y.last)
            i++;
        else
            k++;
    }
    *out = set;
}

void imap_set_put(struct buf *out, const struct imap_set *set, uint32_t add)
{
    for (size_t i = 0; i < set->count; i++) {
        if (i)
            buf_byte(out, ',');
        buf_u64(out, set->at[i].first + add);
        if (set->at[i].first != set->at[i].last) {
            buf_byte(out, ':');
            buf_u64(out, set->at[i].last + add);
        }
    }
}
