/* Indexes that are open for reading: a few, the least recently used go first. */
#include "base/clock.h"
#include "core/search/inner.h"
#include <stdlib.h>
#include <sys/stat.h>

const char *search_path(struct arena *a, const struct search *s, account_id account,
                        const char *file)
{
    return str_printf(a, "%.*s/%llu%s%s", STR_ARG(s->config.dir), (unsigned long long)account,
                      file ? "/" : "", file ? file : "")
        .p;
}

static void reader_close(struct reader *r)
{
    for (int i = 0; i < WORDS_FILES; i++)
        words_close(&r->words[i]);
    xdb_close(r->db);
    bits_free(&r->known);
    bits_free(&r->cut);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

/* Under search->lock. NULL when it is not open. */
static struct reader **slot_of(struct search *s, account_id account)
{
    for (size_t i = 0; i < SEARCH_OPEN_MAX; i++)
        if (s->readers[i] && s->readers[i]->account == account)
            return &s->readers[i];
    return NULL;
}

/* A free place, or that of the one longest unused; NULL when all are in use. */
static struct reader **slot_free(struct search *s)
{
    struct reader **best = NULL;
    for (size_t i = 0; i < SEARCH_OPEN_MAX; i++) {
        struct reader *r = s->readers[i];
        if (!r)
            return &s->readers[i];
        if (!r->refs && (!best || r->used < (*best)->used))
            best = &s->readers[i];
    }
    return best;
}

static void unref(struct search *s, struct reader *r)
{
    pthread_mutex_lock(&s->lock);
    bool last = --r->refs == 0 && !slot_of(s, r->account);
    pthread_mutex_unlock(&s->lock);
    if (last)
        reader_close(r);
}

static struct reader *reader_new(account_id account)
{
    struct reader *r = calloc(1, sizeof *r);
    must(r);
    r->account = account;
    must(pthread_mutex_init(&r->lock, NULL) == 0);
    return r;
}

/* The account's reader, perhaps not open yet. NULL when too many are in use. */
static struct reader *reader_ref(struct search *s, account_id account)
{
    pthread_mutex_lock(&s->lock);
    struct reader **slot = slot_of(s, account), *old = NULL, *r = NULL;
    if (!slot) {
        slot = slot_free(s);
        if (slot) {
            old = *slot;
            *slot = reader_new(account);
        }
    }
    if (slot) {
        r = *slot;
        r->refs++;
        r->used = ++s->clock;
    }
    pthread_mutex_unlock(&s->lock);
    if (old)
        reader_close(old);
    return r;
}

/* Everything as of the last commit. */
static enum code load(struct ctx *cx, struct search *s, struct reader *r)
{
    uint64_t layout, bytes[WORDS_FILES];
    TRY(xdb_number(cx, r->db, "layout", &layout));
    if (layout != SEARCH_LAYOUT)
        return fail(cx, E_BUSY, "index of another layout");
    TRY(xdb_number(cx, r->db, "modseq", &r->modseq));
    for (int i = 0; i < WORDS_FILES; i++) {
        const char *path = search_path(cx->arena, s, r->account, words_names[i]);
        TRY(xdb_number(cx, r->db, words_names[i], &bytes[i]));
        words_close(&r->words[i]);
        if (!words_open(path, bytes[i], &r->words[i]))
            return fail(cx, E_CORRUPT, "index: %s is shorter than it should be", words_names[i]);
    }
    bits_free(&r->known);
    bits_free(&r->cut);
    TRY(xdb_find(cx, r->db, (struct str){0}, &r->known));
    return xdb_find(cx, r->db, SEARCH_MARK_CUT, &r->cut);
}

static enum code fresh(struct ctx *cx, struct search *s, struct reader *r)
{
    pthread_mutex_lock(&s->lock);
    bool stale = r->stale;
    r->stale = false; /* a commit from here on makes it so again */
    pthread_mutex_unlock(&s->lock);
    if (r->db && !stale)
        return OK;
    if (r->db)
        TRY(xdb_refresh(cx, r->db));
    else
        TRY(xdb_open(cx, search_path(cx->arena, s, r->account, NULL), false, &r->db));
    return load(cx, s, r);
}

enum code reader_take(struct ctx *cx, struct search *s, account_id account, struct reader **out)
{
    struct stat there;
    if (stat(search_path(cx->arena, s, account, NULL), &there) != 0)
        return fail(cx, E_BUSY, "no index yet");
    struct reader *r = reader_ref(s, account);
    if (!r)
        return fail(cx, E_BUSY, "%d indexes are in use", SEARCH_OPEN_MAX);
    pthread_mutex_lock(&r->lock);
    enum code code = fresh(cx, s, r);
    if (code == OK) {
        *out = r;
        return OK;
    }
    xdb_close(r->db);
    r->db = NULL;
    pthread_mutex_unlock(&r->lock);
    unref(s, r);
    return E_BUSY; /* whatever is wrong with it, the writer mends it */
}

void reader_give(struct search *s, struct reader *r)
{
    pthread_mutex_unlock(&r->lock);
    unref(s, r);
}

void reader_forget(struct search *s, account_id account)
{
    pthread_mutex_lock(&s->lock);
    struct reader **slot = slot_of(s, account), *r = NULL;
    if (slot) {
        r = *slot;
        *slot = NULL;
    }
    bool idle = r && !r->refs;
    pthread_mutex_unlock(&s->lock);
    if (idle)
        reader_close(r);
}

void search_committed(struct search *s, account_id account)
{
    pthread_mutex_lock(&s->lock);
    struct reader **slot = slot_of(s, account);
    if (slot)
        (*slot)->stale = true;
    pthread_mutex_unlock(&s->lock);
}

struct search *search_open(struct core *c, const struct search_config *config)
{
    struct search *s = calloc(1, sizeof *s);
    must(s);
    s->core = c;
    s->config = *config;
    char *dir = malloc(config->dir.n + 1);
    must(dir);
    memcpy(dir, config->dir.p, config->dir.n);
    s->config.dir = str_of(dir, config->dir.n);
    must(pthread_mutex_init(&s->lock, NULL) == 0);
    return s;
}

void search_close(struct search *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < SEARCH_OPEN_MAX; i++)
        if (s->readers[i])
            reader_close(s->readers[i]);
    pthread_mutex_destroy(&s->lock);
    free((void *)(uintptr_t)s->config.dir.p);
    free(s);
}
