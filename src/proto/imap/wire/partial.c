#include "proto/imap/wire/partial.h"

static bool number(struct cur *c, bool minus, uint32_t *out)
{
    return cur_char(c, '-') == minus && cur_u32(c, out) && *out > 0;
}

bool imap_partial_take(struct cur *c, struct imap_partial *out)
{
    struct cur ahead = *c;
    bool minus = cur_peek(c) == '-';
    uint32_t a, b;
    if (!number(&ahead, minus, &a) || !cur_char(&ahead, ':') || !number(&ahead, minus, &b))
        return false;
    *out = (struct imap_partial){a < b ? a : b, a < b ? b : a, minus};
    *c = ahead;
    return true;
}

void imap_partial_cut(struct arena *a, const struct imap_set *in, const struct imap_partial *page,
                      struct imap_set *out)
{
    uint64_t size = imap_set_size(in), first = page->first, last = page->last, before = 0;
    struct imap_set set = {0};
    if (last > size)
        last = size;
    if (page->from_end && first <= last) {
        uint64_t from = size + 1 - last;
        last = size + 1 - first;
        first = from;
    }
    for (size_t i = 0; i < in->count && before < last; i++) { /* first and last count from 1 */
        struct imap_range r = in->at[i];
        uint64_t here = (uint64_t)r.last - r.first + 1;
        uint64_t skip = first > before + 1 ? first - before - 1 : 0;
        uint64_t end = last < before + here ? last - before : here;
        if (skip < end)
            imap_set_add_range(
                a, &set,
                (struct imap_range){r.first + (uint32_t)skip, r.first + (uint32_t)end - 1});
        before += here;
    }
    *out = set;
}

void imap_partial_put(struct buf *out, const struct imap_partial *page)
{
    buf_printf(out, page->from_end ? "-%u:-%u" : "%u:%u", page->first, page->last);
}
