/* Small shards become larger ones: six of a size are joined, so a message is written again each
   time its shard grows sixfold, and an index of a million has some twenty. */
#include "core/search/files.h"
#include "core/search/terms.h"
#include "core/search/writer.h"

enum {
    JOINED = 6,       /* shards of one size that become one */
    DEAD_PERCENT = 25 /* above: the living are put anew, which forgets the dead; below: they are
                         copied, forty times as fast */
};

/* Documents below which a shard is of that size; what is larger is of the last. */
static const uint32_t sizes[] = {64, 200, 1200, 7200, 43200, 259200};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

struct group {
    const struct shard_part *parts[JOINED];
    size_t count;
    uint64_t docs, living;
};

static size_t size_of(const struct shard_part *part)
{
    size_t size = 0;
    while (size < SIZES && part->shard->count >= sizes[size])
        size++;
    return size;
}

static void group_add(struct group *g, const struct shard_part *part)
{
    g->parts[g->count++] = part;
    g->docs += part->shard->count;
    g->living += bits_count(&part->live);
}

static bool is_mostly_dead(const struct group *g)
{
    return (g->docs - g->living) * 100 > g->docs * DEAD_PERCENT;
}

/* A shard half of which left, on its own; else six of a size. False when there is nothing to do. */
static bool group_pick(const struct reader *r, struct group *g)
{
    for (size_t i = 0; i < r->count; i++) {
        *g = (struct group){0};
        group_add(g, &r->parts[i]);
        if (g->living * 2 < g->docs || !g->living)
            return true;
    }
    for (size_t size = 0; size <= SIZES; size++) {
        *g = (struct group){0};
        for (size_t i = 0; i < r->count && g->count < JOINED; i++)
            if (size_of(&r->parts[i]) == size)
                group_add(g, &r->parts[i]);
        if (g->count == JOINED && g->docs <= SHARD_DOCS_MAX)
            return true;
    }
    return false;
}

static enum code put_again(struct ctx *cx, struct search_writer *w, const struct shard_part *part,
                           uint32_t doc, struct shard_maker *m)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx inner = {.arena = arena};
    struct terms t = terms_of(arena);
    struct str text;
    enum code code = shard_text(&inner, part->shard, w->search->codecs, doc, &text);
    if (code == OK && !terms_again(&t, text))
        code = fail(&inner, E_CORRUPT, "index: a text of another kind");
    t.cut = bits_has(&part->shard->cut, doc);
    t.noisy = bits_has(&part->shard->noisy, doc);
    if (code == OK)
        code = writer_put(&inner, m, part->shard->items[doc], &t);
    cx->err = inner.err;
    return code;
}

static enum code rewrite(struct ctx *cx, struct search_writer *w, const struct group *g)
{
    struct shard_maker *m AUTO(shard_maker_close) = NULL;
    if (!g->living)
        return OK;
    TRY(writer_maker(cx, w, &m));
    for (size_t i = 0; i < g->count; i++)
        for (uint32_t doc = 0; doc < g->parts[i]->shard->count; doc++)
            if (bits_has(&g->parts[i]->live, doc))
                TRY(put_again(cx, w, g->parts[i], doc, m));
    TRY(shard_finish(cx, m));
    writer_add_shard(w, m);
    return OK;
}

static enum code join(struct ctx *cx, struct search_writer *w, const struct group *g)
{
    struct manifest *m = &w->manifest;
    const struct manifest_shard made = {m->next++, (uint32_t)g->docs};
    TRY(shard_merge(cx, g->parts, g->count, w->dir, made.name));
    must(m->count < MANIFEST_SHARDS_MAX);
    m->shards[m->count++] = made;
    return OK;
}

/* The manifest forgets them. */
static void take_away(struct manifest *m, const struct group *g)
{
    for (size_t i = 0; i < g->count; i++) {
        size_t kept = 0;
        for (size_t k = 0; k < m->count; k++)
            if (m->shards[k].name != g->parts[i]->shard->name)
                m->shards[kept++] = m->shards[k];
        m->count = kept;
    }
}

/* Who reads them still has them open. */
static void files_drop(const struct group *g)
{
    for (size_t i = 0; i < g->count; i++)
        files_remove(g->parts[i]->shard->dir);
}

enum code writer_merge(struct ctx *cx, struct search_writer *w)
{
    struct group g;
    while (group_pick(w->reader, &g)) {
        struct reader *before AUTO(reader_unref) = reader_ref(w->reader);
        (void)before; /* held alone: clang asks for a use */
        TRY((is_mostly_dead(&g) ? rewrite : join)(cx, w, &g));
        take_away(&w->manifest, &g);
        TRY(writer_show(cx, w));
        files_drop(&g);
    }
    return OK;
}
