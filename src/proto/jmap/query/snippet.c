#include "proto/jmap/query/snippet.h"
#include "base/buf.h"
#include "base/cur.h"
#include "format/utf8.h"

enum { ASCII = 128, BEFORE = 60 /* bytes that are shown before the first word */ };

/* A text and its folded form, byte by byte of which text it is. */
struct folded {
    struct str text;
    struct buf bytes;
    uint32_t *from; /* by byte of bytes: where its character begins in text */
};

static struct folded fold(struct arena *a, struct str text)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct folded f = {.text = text, .bytes = buf_of(a, text.n * 4 + 64)};
    struct cur c = cur_of(text);
    uint32_t x;
    f.from = ARENA_ARRAY(a, text.n * 4 + 65, uint32_t);
    while (!cur_end(&c)) {
        size_t at = text.n - c.rest.n, before = f.bytes.n;
        if (!utf8_next(&c, &x))
            break;
        struct str one = str_sub(text, at, text.n - c.rest.n - at);
        if (x < ASCII)
            buf_byte(&f.bytes, ascii_lower((char)x));
        else
            buf_add(&f.bytes, utf8_search(scratch, one));
        for (size_t i = before; i < f.bytes.n; i++)
            f.from[i] = (uint32_t)at;
        arena_reset(scratch);
    }
    f.from[f.bytes.n] = (uint32_t)(text.n - c.rest.n);
    return f;
}

/* Marks the bytes of text that belong to one of the words; false when none is there. */
static bool mark(const struct folded *f, const struct str *words, size_t count, bool *marked,
                 size_t *first)
{
    struct str all = buf_str(&f->bytes);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        for (size_t at = 0, found; words[i].n; at = found + words[i].n) {
            found = str_find(str_from(all, at), words[i]);
            if (found == SIZE_MAX)
                break;
            found += at;
            size_t start = f->from[found], end = found + words[i].n;
            while (end < all.n && f->from[end] == f->from[end - 1]) /* whole characters */
                end++;
            memset(marked + start, true, f->from[end] - start);
            *first = any && *first < start ? *first : start;
            any = true;
        }
    }
    return any;
}

/* Where a preview begins: at a word, not too long before the first mark. */
static size_t beginning(struct str text, size_t first)
{
    if (first <= BEFORE)
        return 0;
    for (size_t at = first - BEFORE; at < first; at++)
        if (text.p[at] == ' ' || text.p[at] == '\n')
            return at + 1;
    return first;
}

static struct str escaped(struct str one)
{
    switch (one.p[0]) {
    case '&':
        return STR("&amp;");
    case '<':
        return STR("&lt;");
    case '>':
        return STR("&gt;");
    case '\r':
    case '\n':
    case '\t':
        return STR(" ");
    default:
        return one;
    }
}

/* As much as fits; what is open is closed. */
static struct str write(struct arena *a, struct str text, const bool *marked, size_t at, size_t max)
{
    static const struct str open = STR("<mark>"), close = STR("</mark>");
    struct buf b = buf_of(a, max ? max : text.n * 18 + 64);
    struct cur c = cur_of(str_from(text, at));
    bool inside = false, blank = true;
    uint32_t x;
    for (; !cur_end(&c); at = text.n - c.rest.n) {
        if (!utf8_next(&c, &x))
            break;
        struct str one = escaped(str_sub(text, at, text.n - c.rest.n - at));
        size_t needed =
            one.n + (marked[at] && !inside ? open.n : 0) + (marked[at] || inside ? close.n : 0);
        if (one.p[0] == ' ' && blank && max)
            continue;
        if (b.n + needed > b.max)
            break;
        if (marked[at] != inside)
            buf_add(&b, inside ? close : open);
        inside = marked[at];
        blank = one.p[0] == ' ';
        buf_add(&b, one);
    }
    if (inside)
        buf_add(&b, close);
    return buf_str(&b);
}

bool jmap_snippet(struct arena *a, struct str text, const struct str *words, size_t count,
                  size_t max, struct str *out)
{
    struct folded f = fold(a, text);
    bool *marked = ARENA_ARRAY(a, text.n + 1, bool);
    size_t first = 0;
    if (!mark(&f, words, count, marked, &first))
        return false;
    *out = write(a, text, marked, max ? beginning(text, first) : 0, max);
    return true;
}
