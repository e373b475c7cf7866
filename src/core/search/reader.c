/* Indexes that are open for reading: a few, the least recently used go first. */
#include "core/search/files.h"
#include "core/search/inner.h"
#include "store/codec.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PLACE_DOC_BITS = 26 }; /* a place: the part's number above, the document's below */
_Static_assert(SHARD_DOCS_MAX <= 1 << PLACE_DOC_BITS, "a document's number fits");
_Static_assert(MANIFEST_SHARDS_MAX <= 1 << (32 - PLACE_DOC_BITS), "a part's number fits");

const char *search_path(struct arena *a, const struct search *s, account_id account,
                        const char *file)
{
    return str_printf(a, "%.*s/%llu%s%s", STR_ARG(s->config.dir), (unsigned long long)account,
                      file ? "/" : "", file ? file : "")
        .p;
}

struct reader *reader_ref(struct reader *r)
{
    atomic_fetch_add(&r->refs, 1);
    return r;
}

void reader_unref(struct reader *r)
{
    if (atomic_fetch_sub(&r->refs, 1) != 1)
        return;
    for (size_t i = 0; i < r->count; i++) {
        shard_unref(r->parts[i].shard);
        bits_free(&r->parts[i].live);
    }
    bits_free(&r->known);
    bits_free(&r->cut);
    bits_free(&r->noisy);
    pthread_mutex_destroy(&r->lock);
    free(r->places);
    free(r);
}

void part_items(const struct shard_part *part, const struct bits *docs, struct bits *out)
{
    for (size_t i = 0; i < docs->count && i < part->live.count; i++) {
        uint64_t left = docs->words[i] & part->live.words[i];
        for (; left; left &= left - 1)
            bits_set(out, part->shard->items[i * 64 + (size_t)__builtin_ctzll(left)]);
    }
}

/* The shard, which the reader before may have open. */
static enum code shard_get(struct ctx *cx, const char *dir, const struct manifest_shard *which,
                           const struct reader *before, struct shard **out)
{
    for (size_t i = 0; before && i < before->count; i++) {
        if (before->parts[i].shard->name == which->name) {
            *out = shard_ref(before->parts[i].shard);
            return OK;
        }
    }
    return shard_open(cx, dir, which->name, which->docs, out);
}

static enum code part_add(struct ctx *cx, struct reader *r, struct shard *shard)
{
    struct shard_part *part = &r->parts[r->count++];
    part->shard = shard;
    TRY(shard_live(cx, shard, &part->live));
    part_items(part, &part->live, &r->known);
    part_items(part, &shard->cut, &r->cut);
    part_items(part, &shard->noisy, &r->noisy);
    return OK;
}

static enum code fill(struct ctx *cx, const struct search *s, const struct reader *before,
                      struct reader *r)
{
    struct manifest m;
    const char *dir = search_path(cx->arena, s, r->account, NULL);
    TRY(manifest_read(cx, dir, &m));
    r->modseq = m.modseq;
    for (size_t i = 0; i < m.count; i++) {
        struct shard *shard;
        TRY(shard_get(cx, dir, &m.shards[i], before, &shard));
        TRY(part_add(cx, r, shard));
    }
    return OK;
}

static enum code build(struct ctx *cx, const struct search *s, account_id account,
                       const struct reader *before, struct reader **out)
{
    struct reader *r = calloc(1, sizeof *r);
    must(r && pthread_mutex_init(&r->lock, NULL) == 0);
    r->account = account;
    atomic_init(&r->refs, 1);
    enum code code = fill(cx, s, before, r);
    if (code == OK)
        *out = r;
    else
        reader_unref(r);
    return code;
}

/* Under search->lock. NULL when there is none. */
static struct reader_slot *slot_of(struct search *s, account_id account)
{
    for (size_t i = 0; i < SEARCH_OPEN_MAX; i++)
        if (s->slots[i].reader && s->slots[i].account == account)
            return &s->slots[i];
    return NULL;
}

/* Under search->lock: a free place, or that of the one longest unused. */
static struct reader_slot *slot_free(struct search *s)
{
    struct reader_slot *best = &s->slots[0];
    for (size_t i = 0; i < SEARCH_OPEN_MAX; i++) {
        if (!s->slots[i].reader)
            return &s->slots[i];
        if (s->slots[i].used < best->used)
            best = &s->slots[i];
    }
    return best;
}

/* The account's reader, or NULL. fresh: nothing was committed since; otherwise who asks builds one
   and keeps it. */
static struct reader *look_up(struct search *s, account_id account, bool *fresh)
{
    pthread_mutex_lock(&s->lock);
    struct reader_slot *slot = slot_of(s, account);
    struct reader *r = slot ? reader_ref(slot->reader) : NULL;
    *fresh = slot && !slot->stale;
    if (slot) {
        slot->used = ++s->clock;
        slot->stale = false; /* a commit from here on makes it so again */
    }
    pthread_mutex_unlock(&s->lock);
    return r;
}

static void keep(struct search *s, struct reader *r)
{
    pthread_mutex_lock(&s->lock);
    struct reader_slot *slot = slot_of(s, r->account);
    struct reader *old;
    bool stale = slot && slot->stale;
    if (!slot)
        slot = slot_free(s);
    old = slot->reader;
    *slot = (struct reader_slot){
        .account = r->account, .reader = reader_ref(r), .used = ++s->clock, .stale = stale};
    pthread_mutex_unlock(&s->lock);
    if (old)
        reader_unref(old);
}

enum code reader_get(struct ctx *cx, struct search *s, account_id account, struct reader **out)
{
    bool fresh;
    struct reader *r, *before AUTO(reader_unref) = look_up(s, account, &fresh);
    if (fresh) {
        *out = reader_ref(before);
        return OK;
    }
    enum code code = build(cx, s, account, before, &r);
    if (code != OK) {
        reader_forget(s, account);
        return code;
    }
    keep(s, r);
    *out = r;
    return OK;
}

/* Items' places, in one array. */
static void places_make(struct reader *r)
{
    r->places_n = r->known.count * 64;
    r->places = malloc((r->places_n + 1) * sizeof *r->places);
    must(r->places);
    memset(r->places, 0xff, (r->places_n + 1) * sizeof *r->places);
    for (size_t i = 0; i < r->count; i++)
        for (uint32_t doc = 0; doc < r->parts[i].shard->count; doc++)
            if (bits_has(&r->parts[i].live, doc))
                r->places[r->parts[i].shard->items[doc]] = (uint32_t)i << PLACE_DOC_BITS | doc;
}

bool reader_place(struct reader *r, item_id id, const struct shard_part **part, uint32_t *doc)
{
    if (!bits_has(&r->known, id))
        return false;
    pthread_mutex_lock(&r->lock);
    if (!r->places)
        places_make(r);
    uint32_t place = r->places[id];
    pthread_mutex_unlock(&r->lock);
    *part = &r->parts[place >> PLACE_DOC_BITS];
    *doc = place & ((1U << PLACE_DOC_BITS) - 1);
    return true;
}

enum code part_find(struct ctx *cx, const struct shard_part *part, struct str term,
                    struct bits *out)
{
    pthread_mutex_lock(&part->shard->lock);
    enum code code = xdb_find(cx, part->shard->db, term, out);
    pthread_mutex_unlock(&part->shard->lock);
    return code;
}

void reader_forget(struct search *s, account_id account)
{
    pthread_mutex_lock(&s->lock);
    struct reader_slot *slot = slot_of(s, account);
    struct reader *r = slot ? slot->reader : NULL;
    if (slot)
        *slot = (struct reader_slot){0};
    pthread_mutex_unlock(&s->lock);
    if (r)
        reader_unref(r);
}

void search_committed(struct search *s, account_id account)
{
    pthread_mutex_lock(&s->lock);
    struct reader_slot *slot = slot_of(s, account);
    if (slot)
        slot->stale = true;
    pthread_mutex_unlock(&s->lock);
}

void search_damaged(struct search *s, account_id account)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    (void)files_put(search_path(arena, s, account, "damaged"), (struct str){0});
}

bool search_is_damaged(struct ctx *cx, struct search *s, account_id account)
{
    return access(search_path(cx->arena, s, account, "damaged"), F_OK) == 0;
}

struct search *search_open(struct core *c, const struct search_config *config)
{
    struct search *s = calloc(1, sizeof *s);
    must(s);
    s->core = c;
    s->config = *config;
    s->codecs = codecs_open();
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
        if (s->slots[i].reader)
            reader_unref(s->slots[i].reader);
    codecs_close(s->codecs);
    pthread_mutex_destroy(&s->lock);
    free((void *)(uintptr_t)s->config.dir.p);
    free(s);
}
