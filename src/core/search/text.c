/* What of a message is searched. */
#include "format/text.h"
#include "base/arena.h"
#include "base/cur.h"
#include "core/search/inner.h"
#include "format/mime.h"
#include "format/utf8.h"

enum {
    PART_TEXT_MAX = 64 * 1024 * 1024, /* bytes of one part */
    NOISE_MIN = 64,                   /* bytes: a run of base64 this long is no text */
    NOISE_CHANGES = 35,               /* percent of its characters of another kind than
                                         the one before: 60 in base64, 20 in words */
};

enum kind { KIND_NONE, KIND_UPPER, KIND_LOWER, KIND_DIGIT, KIND_SLASH };

static enum kind kind_of(char c)
{
    if (c >= 'a' && c <= 'z')
        return KIND_LOWER;
    if (c >= 'A' && c <= 'Z')
        return KIND_UPPER;
    if (c == '/')
        return KIND_SLASH;
    return (c >= '0' && c <= '9') || c == '+' || c == '=' ? KIND_DIGIT : KIND_NONE;
}

/* Length of the run of base64's characters at i, and how often the kind changes in it. */
static size_t run_at(struct str s, size_t i, size_t *changes)
{
    enum kind last = kind_of(s.p[i]), k = last;
    size_t n = 0;
    *changes = 0;
    while (k != KIND_NONE) {
        *changes += k != last && k != KIND_SLASH; /* which stands between the words of paths */
        last = k == KIND_SLASH ? last : k;
        n++;
        k = i + n < s.n ? kind_of(s.p[i + n]) : KIND_NONE;
    }
    return n;
}

static bool next_noise(struct str s, size_t *at, size_t *n)
{
    size_t changes;
    for (size_t i = *at; i < s.n; i += *n + 1) {
        *n = run_at(s, i, &changes);
        if (*n >= NOISE_MIN && changes * 100 >= *n * NOISE_CHANGES) {
            *at = i;
            return true;
        }
    }
    return false;
}

struct str search_quiet(struct arena *a, struct str text, bool *noisy)
{
    size_t at = 0, n = 0;
    *noisy = next_noise(text, &at, &n);
    if (!*noisy)
        return text;
    char *out = arena_alloc(a, text.n);
    memcpy(out, text.p, text.n);
    do
        memset(out + at, SEARCH_NOISE, n);
    while (at += n, next_noise(text, &at, &n));
    return str_of(out, text.n);
}

struct runs {
    struct arena *arena; /* of one part */
    uint32_t wanted;
    search_run_fn *fn;
    void *self;
    bool done;
    bool raw; /* texts as they were written */
};

static void run(struct runs *r, uint32_t where, struct str text)
{
    bool noisy;
    if (r->done || !text.n)
        return;
    text = search_quiet(r->arena, text, &noisy);
    if (noisy && where == SEARCH_HEADER)
        r->done = !r->fn(r->self, SEARCH_NOISY, (struct str){0});
    if (!r->done)
        r->done = !r->fn(r->self, where, r->raw ? text : utf8_search(r->arena, text));
}

static uint32_t where_of(struct str name)
{
    switch ((int)header_id(name)) {
    case HEADER_FROM:
        return SEARCH_FROM;
    case HEADER_TO:
        return SEARCH_TO;
    case HEADER_CC:
        return SEARCH_CC;
    case HEADER_BCC:
        return SEARCH_BCC;
    case HEADER_SUBJECT:
        return SEARCH_SUBJECT;
    default:
        return SEARCH_HEADER;
    }
}

static void header_runs(struct runs *r, struct str header, bool part)
{
    struct cur c = cur_of(header);
    struct header_field f;
    while (!r->done && header_next(&c, &f)) {
        uint32_t where = part ? SEARCH_PART : where_of(f.name);
        if (r->wanted & where)
            run(r, where, header_text(r->arena, f.value));
    }
}

/* The text of an attachment. What is not readable has none. */
static void document_run(struct ctx *cx, const struct search *s, struct runs *r,
                         const struct mime *m, uint32_t i)
{
    const struct mime_part *p = &m->parts[i];
    const struct str type[] = {p->type.type, STR("/"), p->type.subtype};
    struct str text;
    struct ctx inner = *cx;
    inner.arena = r->arena;
    if (!s || !s->config.extract || p->node.kind != MIME_LEAF)
        return;
    struct str bytes = mime_content(r->arena, m, i, PART_TEXT_MAX);
    if (s->config.extract(&inner, s->config.extract_self, str_join(r->arena, type, 3), mime_name(p),
                          bytes, &text) == OK)
        run(r, SEARCH_DOCUMENT, utf8_clean(r->arena, text));
}

static void part_runs(struct ctx *cx, const struct search *s, struct runs *r, const struct mime *m,
                      uint32_t i)
{
    const struct mime_part *p = &m->parts[i];
    if (i && (r->wanted & SEARCH_PART))
        header_runs(r, mime_header(m, i), true);
    bool is_text = text_is_readable(p);
    if (is_text && (r->wanted & SEARCH_BODY))
        run(r, SEARCH_BODY, text_of_part(r->arena, m, i, PART_TEXT_MAX));
    if (!is_text && (r->wanted & SEARCH_DOCUMENT) && !r->done)
        document_run(cx, s, r, m, i);
}

static void all_runs(struct ctx *cx, const struct search *s, const struct mime *m, struct runs *r)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    r->arena = arena;
    if (r->wanted & SEARCH_IN_HEADER)
        header_runs(r, mime_header(m, 0), false);
    for (uint32_t i = 0; i < m->count && !r->done; i++) {
        arena_reset(arena);
        part_runs(cx, s, r, m, i);
    }
}

enum code search_runs(struct ctx *cx, const struct search *s, const struct mime *m, uint32_t wanted,
                      search_run_fn *fn, void *self)
{
    struct runs r = {.wanted = wanted, .fn = fn, .self = self};
    all_runs(cx, s, m, &r);
    return OK;
}

struct scan_for {
    struct str needle;
    enum collation collation; /* of look_as */
    struct runs *runs;
    bool has;
};

static bool look(void *self, uint32_t where, struct str run)
{
    struct scan_for *f = self;
    if (where != SEARCH_NOISY)
        f->has = str_find(run, f->needle) != SIZE_MAX;
    return !f->has;
}

enum code search_scan(struct ctx *cx, const struct search *s, const struct mime *m, uint32_t where,
                      struct str needle, bool *has)
{
    struct scan_for f = {.needle = needle};
    /* Documents cost most: they are read when nothing else has it. */
    TRY(search_runs(cx, s, m, where & ~(uint32_t)SEARCH_DOCUMENT, look, &f));
    if (!f.has && (where & SEARCH_DOCUMENT))
        TRY(search_runs(cx, s, m, SEARCH_DOCUMENT, look, &f));
    *has = f.has;
    return OK;
}

static bool look_as(void *self, uint32_t where, struct str run)
{
    struct scan_for *f = self;
    if (where != SEARCH_NOISY)
        f->has = collation_has(f->runs->arena, f->collation, run, f->needle);
    return !f->has;
}

enum code search_scan_as(struct ctx *cx, const struct search *s, const struct mime *m,
                         uint32_t where, const struct search_exact *exact, bool *has)
{
    struct scan_for f = {.needle = exact->needle, .collation = exact->collation};
    struct runs r = {.fn = look_as, .self = &f, .raw = true};
    f.runs = &r;
    r.wanted = where & ~(uint32_t)SEARCH_DOCUMENT;
    all_runs(cx, s, m, &r);
    r.wanted = where & SEARCH_DOCUMENT;
    if (!f.has)
        all_runs(cx, s, m, &r);
    *has = f.has;
    return OK;
}
