#include "service/book/book.h"
#include "base/arena.h"
#include "base/cur.h"
#include "format/utf8.h"
#include <pthread.h>
#include <stdlib.h>

enum { PAGE = 1000, ENTRY_WORDS_MAX = 24 };

enum source { OF_NAME = 1, OF_EMAIL = 2 };

struct entry {
    principal_id id;
    struct str name; /* folded, for the order */
    uint8_t kind;
};

/* A word of a name or address, and whose. */
struct word {
    struct str text; /* folded */
    uint32_t entry;
    uint8_t source;
};

/* Never changes; counted. */
struct pages {
    struct arena *arena;
    unsigned users;
    uint64_t version; /* of the directory */
    int64_t made_ms;
    struct entry *entries; /* by name */
    size_t entry_count, entry_room;
    struct word *words; /* by text */
    size_t word_count, word_room;
};

struct book {
    struct core *core;
    pthread_mutex_t lock; /* of now, and of users */
    pthread_mutex_t making;
    struct pages *now;
};

struct book *book_open(struct core *c)
{
    struct book *b = calloc(1, sizeof *b);
    must(b);
    b->core = c;
    must(pthread_mutex_init(&b->lock, NULL) == 0 && pthread_mutex_init(&b->making, NULL) == 0);
    return b;
}

static void pages_unref(struct book *b, struct pages *p)
{
    pthread_mutex_lock(&b->lock);
    bool last = p && --p->users == 0;
    pthread_mutex_unlock(&b->lock);
    if (last)
        arena_close(p->arena);
}

void book_close(struct book *b)
{
    pages_unref(b, b->now);
    must(pthread_mutex_destroy(&b->lock) == 0 && pthread_mutex_destroy(&b->making) == 0);
    free(b);
}

static void word_add(struct pages *p, struct str text, uint32_t entry, enum source source)
{
    if (p->word_count == p->word_room) {
        size_t more = p->word_room ? p->word_room * 2 : 4096;
        p->words = arena_grow(p->arena, p->words, p->word_room * sizeof *p->words,
                              more * sizeof *p->words);
        p->word_room = more;
    }
    p->words[p->word_count++] = (struct word){text, entry, (uint8_t)source};
}

static bool is_between(char c)
{
    return !ascii_is_alpha(c) && !ascii_is_digit(c) && (unsigned char)c < 0x80;
}

/* The next word of folded text; false at the end. */
static bool word_next(struct str *rest, struct str *out)
{
    size_t from = 0;
    while (from < rest->n && is_between(rest->p[from]))
        from++;
    size_t end = from;
    while (end < rest->n && !is_between(rest->p[end]))
        end++;
    *out = str_sub(*rest, from, end - from);
    *rest = str_from(*rest, end);
    return out->n > 0;
}

static void words_add(struct pages *p, struct str text, uint32_t entry, enum source source)
{
    struct str rest = text, word;
    for (int i = 0; i < ENTRY_WORDS_MAX && word_next(&rest, &word); i++)
        word_add(p, word, entry, source);
}

static struct str folded(struct arena *a, struct str text)
{
    return str_dup(a, utf8_search(a, text));
}

static void entry_add(struct pages *p, const struct principal *who)
{
    if (p->entry_count == p->entry_room) {
        size_t more = p->entry_room ? p->entry_room * 2 : 1024;
        p->entries = arena_grow(p->arena, p->entries, p->entry_room * sizeof *p->entries,
                                more * sizeof *p->entries);
        p->entry_room = more;
    }
    uint32_t n = (uint32_t)p->entry_count;
    struct str name = folded(p->arena, who->display.n ? who->display : who->address);
    struct str email = folded(p->arena, who->address);
    p->entries[p->entry_count++] =
        (struct entry){.id = who->id, .name = name, .kind = (uint8_t)who->kind};
    words_add(p, name, n, OF_NAME);
    words_add(p, email, n, OF_EMAIL);
    word_add(p, email, n, OF_EMAIL);
}

/* Who can be written to: all that live and are of a domain that is on. */
static enum code entries_read(struct ctx *cx, struct book *b, struct pages *p)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx own = *cx;
    struct str after = {0};
    size_t count = PAGE;
    own.arena = arena;
    while (count == PAGE && p->entry_count < BOOK_ENTRIES_MAX) {
        struct principal *page;
        enum code code = directory_list(&own, b->core, 0, after, PAGE, &page, &count);
        for (size_t i = 0; code == OK && i < count; i++) {
            struct domain d;
            code = directory_domain_by_id(&own, b->core, page[i].domain, &d);
            if (code == OK && d.enabled && (page[i].enabled || page[i].has_account))
                entry_add(p, &page[i]);
        }
        if (code != OK) {
            cx->err = own.err;
            return code;
        }
        after = count ? str_dup(cx->arena, page[count - 1].address) : after;
        arena_reset(arena);
    }
    return OK;
}

static int by_text(const void *a, const void *b)
{
    const struct word *x = a, *y = b;
    int order = str_cmp(x->text, y->text);
    return order ? order : (x->entry > y->entry) - (x->entry < y->entry);
}

static int by_name(const void *a, const void *b, void *arg)
{
    const uint32_t *x = a, *y = b;
    const struct pages *p = arg;
    int order = str_cmp(p->entries[*x].name, p->entries[*y].name);
    return order ? order : (*x > *y) - (*x < *y);
}

/* Entries by name; the words follow. */
static void pages_sort(struct pages *p)
{
    uint32_t *order = ARENA_ARRAY(p->arena, p->entry_count + 1, uint32_t);
    uint32_t *place = ARENA_ARRAY(p->arena, p->entry_count + 1, uint32_t);
    struct entry *sorted = ARENA_ARRAY(p->arena, p->entry_count + 1, struct entry);
    for (uint32_t i = 0; i < p->entry_count; i++)
        order[i] = i;
    if (p->entry_count)
        qsort_r(order, p->entry_count, sizeof *order, by_name, p);
    for (uint32_t i = 0; i < p->entry_count; i++) {
        place[order[i]] = i;
        sorted[i] = p->entries[order[i]];
    }
    p->entries = sorted;
    for (size_t i = 0; i < p->word_count; i++)
        p->words[i].entry = place[p->words[i].entry];
    if (p->word_count)
        qsort(p->words, p->word_count, sizeof *p->words, by_text);
}

static enum code pages_make(struct ctx *cx, struct book *b, uint64_t version, struct pages **out)
{
    struct arena *arena = arena_open();
    struct pages *p = ARENA_NEW(arena, struct pages);
    *p = (struct pages){.arena = arena, .users = 1, .version = version, .made_ms = cx->now_ms};
    enum code code = entries_read(cx, b, p);
    if (code != OK) {
        arena_close(arena);
        return code;
    }
    pages_sort(p);
    *out = p;
    return OK;
}

static struct pages *pages_now(struct book *b)
{
    pthread_mutex_lock(&b->lock);
    struct pages *p = b->now;
    if (p)
        p->users++;
    pthread_mutex_unlock(&b->lock);
    return p;
}

static bool is_good(const struct pages *p, uint64_t version, int64_t now_ms)
{
    return p && (p->version == version || now_ms - p->made_ms < BOOK_FRESH_MS);
}

/* One makes it; the others wait for the first, and later go on with the one before. */
static enum code pages_get(struct ctx *cx, struct book *b, struct pages **out)
{
    uint64_t version;
    TRY(store_version(cx, b->core->store, DIRECTORY_PART, &version));
    struct pages *p = pages_now(b), *new = NULL, *old;
    if (is_good(p, version, cx->now_ms)) {
        *out = p;
        return OK;
    }
    if (p && pthread_mutex_trylock(&b->making) != 0) {
        *out = p;
        return OK;
    }
    if (!p)
        pthread_mutex_lock(&b->making);
    pages_unref(b, p);
    p = pages_now(b);
    enum code code = OK;
    if (!is_good(p, version, cx->now_ms)) {
        pages_unref(b, p);
        p = NULL;
        code = pages_make(cx, b, version, &new);
    }
    if (new) {
        pthread_mutex_lock(&b->lock);
        old = b->now;
        b->now = p = new;
        p->users++;
        pthread_mutex_unlock(&b->lock);
        pages_unref(b, old);
    }
    pthread_mutex_unlock(&b->making);
    if (code == OK)
        *out = p;
    return code;
}

struct wanted {
    struct str text;
    unsigned sources;
};

static void wanted_add(struct ctx *cx, struct str text, unsigned sources, struct wanted *list,
                       size_t *count)
{
    struct str rest = utf8_search(cx->arena, text), word;
    bool whole = str_chr(rest, '@') != SIZE_MAX;
    if (whole && *count < BOOK_WORDS_MAX && text.n) {
        list[(*count)++] = (struct wanted){str_trim(rest), OF_EMAIL};
        return;
    }
    while (*count < BOOK_WORDS_MAX && word_next(&rest, &word))
        list[(*count)++] = (struct wanted){word, sources};
}

static size_t first_word(const struct pages *p, struct str text)
{
    size_t low = 0, high = p->word_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (str_cmp(p->words[mid].text, text) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Each of the words marks whom it is of; who was marked by all of them fits. */
static void mark(const struct pages *p, const struct wanted *w, uint8_t round, uint8_t *marks)
{
    for (size_t i = first_word(p, w->text);
         i < p->word_count && str_starts(p->words[i].text, w->text); i++)
        if (p->words[i].source & w->sources && marks[p->words[i].entry] == round)
            marks[p->words[i].entry] = (uint8_t)(round + 1);
}

enum code book_find(struct ctx *cx, struct book *b, const struct book_question *q,
                    const struct book_page *page, struct book_found *out)
{
    struct pages *p;
    struct wanted wanted[BOOK_WORDS_MAX];
    size_t words = 0, n = 0, seen = 0;
    TRY(pages_get(cx, b, &p));
    wanted_add(cx, q->name, OF_NAME, wanted, &words);
    wanted_add(cx, q->email, OF_EMAIL, wanted, &words);
    wanted_add(cx, q->text, OF_NAME | OF_EMAIL, wanted, &words);
    bool nothing = !words && (q->name.n || q->email.n || q->text.n);
    uint8_t *marks = ARENA_ARRAY(cx->arena, p->entry_count + 1, uint8_t);
    for (size_t i = 0; i < words; i++)
        mark(p, &wanted[i], (uint8_t)i, marks);
    out->at = ARENA_ARRAY(cx->arena, page->limit + 1, principal_id);
    for (size_t i = 0; i < p->entry_count && !nothing; i++) {
        if (marks[i] != words || (q->kinds && !(q->kinds & 1u << p->entries[i].kind)))
            continue;
        if (seen++ >= page->position && n < page->limit)
            out->at[n++] = p->entries[i].id;
    }
    out->count = n;
    out->total = seen;
    pages_unref(b, p);
    return OK;
}

enum code book_version(struct ctx *cx, struct book *b, uint64_t *out)
{
    return directory_stamp(cx, b->core, out);
}
