/* Following the change log: messages come into the index, and leave it. */
#include "base/rope.h"
#include "core/change.h"
#include "core/search/files.h"
#include "core/search/terms.h"
#include "core/search/writer.h"
#include "format/mime.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { POSTINGS_MAX = 400000 }; /* what is held in memory until a commit */

enum code writer_maker(struct ctx *cx, struct search_writer *w, struct shard_maker **out)
{
    return shard_maker_open(cx, w->dir, w->manifest.next++, w->search->codecs, out);
}

enum code writer_put(struct ctx *cx, struct shard_maker *m, uint32_t item, struct terms *t)
{
    terms_close_up(t);
    const struct shard_new doc = {.item = item,
                                  .flags = (t->cut ? SHARD_CUT : 0U) |
                                           (t->noisy ? SHARD_NOISY : 0U) |
                                           t->language << SHARD_LANGUAGE_AT,
                                  .terms = t->slots,
                                  .count = t->count,
                                  .text = buf_str(&t->text)};
    return shard_put(cx, m, &doc);
}

static struct str flat(struct arena *a, const struct rope *r)
{
    if (!r->first)
        return (struct str){0};
    return r->first->next ? rope_flatten(r, a) : r->first->bytes;
}

static enum code read_terms(struct ctx *cx, struct search_writer *w, const struct change *change,
                            struct terms *t)
{
    struct item_row row;
    struct mime *m;
    struct rope bytes = rope_of(cx->arena);
    TRY(item_get(cx, w->search->core, w->account, change->folder, change->uid, &row));
    enum code code = item_bytes(cx, w->search->core, &row, 0, row.size, &bytes);
    if (code == OK)
        code = mime_parse(cx, flat(cx->arena, &bytes), NULL, &m);
    if (code == OK)
        code = search_runs(cx, w->search, m, SEARCH_IN_TEXT, terms_run, t);
    rope_drop(&bytes);
    return code;
}

static enum code add(struct ctx *cx, struct search_writer *w, const struct change *change)
{
    struct terms t = terms_of(cx->arena);
    enum code code = read_terms(cx, w, change, &t);
    if (code == E_NOT_FOUND)
        return OK; /* gone meanwhile: a later change says so */
    if (code == E_IO)
        return code;
    if (code != OK || t.cut)
        terms_only_mark(&t);
    if (!w->maker)
        TRY(writer_maker(cx, w, &w->maker));
    TRY(writer_put(cx, w->maker, (uint32_t)change->item, &t));
    w->postings += t.count;
    bits_set(&w->known, change->item);
    bits_set(&w->fresh, change->item);
    return OK;
}

/* Its document is not among the living from the next commit on. */
static void take_out(struct search_writer *w, item_id id)
{
    const struct shard_part *part;
    uint32_t doc;
    bits_clear(&w->known, id);
    if (bits_has(&w->fresh, id)) {
        shard_drop(w->maker, (uint32_t)id);
        bits_clear(&w->fresh, id);
    } else if (reader_place(w->reader, id, &part, &doc)) {
        bits_set(&w->dead[part - w->reader->parts], doc);
    }
}

static bool is_kept(const struct account_view *v, folder_id folder)
{
    const struct folder_facts *f = account_folder_by_id(v, folder);
    return f && !f->hidden; /* recoverable items are not searched */
}

static enum code follow(struct ctx *cx, struct search_writer *w, const struct account_view *v,
                        const struct change *change, struct search_step *step)
{
    bool known = bits_has(&w->known, change->item);
    if (change->item >= SEARCH_ID_MAX)
        return OK;
    if (change->what == CHANGE_ITEM && !known && is_kept(v, change->folder)) {
        step->messages++;
        return add(cx, w, change);
    }
    if (change->what == CHANGE_GONE_ITEM && change->how != GONE_MOVED && known) {
        step->removed++;
        take_out(w, change->item);
    }
    return OK;
}

/* Whether this step has done its share. */
static bool is_enough(const struct search_writer *w, const struct search_step *step)
{
    return step->messages >= step->messages_max || w->postings >= POSTINGS_MAX ||
           (step->stop && step->stop(step->stop_self));
}

/* A change is noted as done when the next number begins: one number may tell several items. */
static enum code follow_all(struct ctx *cx, struct search_writer *w, struct change_scan *scan,
                            struct search_step *step)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx inner = *cx;
    struct change change;
    uint64_t last = w->manifest.modseq;
    inner.arena = arena;
    TRY(account_view_get(cx, w->search->core, w->account, &v));
    while (change_next(scan, &change)) {
        if (change.modseq != last && is_enough(w, step)) {
            step->more = true;
            break;
        }
        last = change.modseq;
        enum code code = follow(&inner, w, v, &change, step);
        cx->err = inner.err;
        TRY(code);
        arena_reset(arena);
    }
    w->manifest.modseq = last;
    return change_scan_error(scan);
}

/* What left leaves the shards it was in. Should the commit fail after that, the messages are read
   until the log is followed again. */
static enum code bury(struct ctx *cx, struct search_writer *w)
{
    for (size_t i = 0; i < w->reader->count; i++) {
        const struct shard *shard = w->reader->parts[i].shard;
        uint32_t *docs = ARENA_ARRAY(cx->arena, bits_count(&w->dead[i]) + 1, uint32_t);
        size_t n = 0;
        for (uint32_t doc = 0; doc < shard->count; doc++)
            if (bits_has(&w->dead[i], doc))
                docs[n++] = doc;
        bits_free(&w->dead[i]);
        if (n)
            TRY(shard_bury(cx, shard, docs, n));
    }
    return OK;
}

enum code writer_show(struct ctx *cx, struct search_writer *w)
{
    struct reader *r;
    TRY(manifest_write(cx, w->dir, &w->manifest));
    search_committed(w->search, w->account);
    TRY(reader_get(cx, w->search, w->account, &r));
    reader_unref(w->reader);
    w->reader = r;
    return OK;
}

void writer_add_shard(struct search_writer *w, struct shard_maker *maker)
{
    struct manifest *m = &w->manifest;
    must(m->count < MANIFEST_SHARDS_MAX);
    m->shards[m->count++] = (struct manifest_shard){shard_name(maker), shard_docs(maker)};
}

static enum code commit(struct ctx *cx, struct search_writer *w)
{
    if (w->maker) {
        TRY(shard_finish(cx, w->maker));
        writer_add_shard(w, w->maker);
        shard_maker_close(w->maker);
        w->maker = NULL;
    }
    TRY(bury(cx, w));
    bits_free(&w->fresh);
    w->postings = 0;
    return writer_show(cx, w);
}

void search_drop(struct search *s, account_id account)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    reader_forget(s, account);
    files_remove(search_path(arena, s, account, NULL));
}

enum code search_is_of(struct ctx *cx, struct core *c, account_id account, uint64_t modseq)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    TRY(account_view_get(cx, c, account, &v));
    if (modseq > account_facts(v)->modseq)
        return fail(cx, E_CORRUPT, "the index is ahead of its account");
    return OK;
}

static bool is_named(const struct manifest *m, const char *name)
{
    uint64_t n;
    if (!str_u64(str_z(name), &n))
        return str_eq(str_z(name), STR("manifest")) || str_eq(str_z(name), STR("lock"));
    for (size_t i = 0; i < m->count; i++)
        if (m->shards[i].name == n)
            return true;
    return false;
}

static void remove_stray(void *self, const char *path, const char *name)
{
    if (!is_named(self, name))
        files_remove(path);
}

/* Nothing but what the manifest names stays: no halves of a commit, no older layout. */
static enum code load(struct ctx *cx, struct search_writer *w)
{
    w->manifest = (struct manifest){.next = 1};
    enum code code = manifest_read(cx, w->dir, &w->manifest);
    if (code != OK && code != E_NOT_FOUND)
        return code;
    if (search_is_damaged(cx, w->search, w->account))
        return fail(cx, E_CORRUPT, "index: damaged");
    TRY(search_is_of(cx, w->search->core, w->account, w->manifest.modseq));
    files_each(w->dir, remove_stray, &w->manifest);
    if (code == E_NOT_FOUND)
        TRY(manifest_write(cx, w->dir, &w->manifest));
    search_committed(w->search, w->account);
    TRY(reader_get(cx, w->search, w->account, &w->reader));
    bits_or(&w->known, &w->reader->known);
    return OK;
}

static void let_go(struct search_writer *w)
{
    if (w->maker)
        shard_maker_close(w->maker);
    if (w->reader)
        reader_unref(w->reader);
    if (w->lock >= 0)
        close(w->lock);
    for (size_t i = 0; i < MANIFEST_SHARDS_MAX; i++)
        bits_free(&w->dead[i]);
    bits_free(&w->known);
    bits_free(&w->fresh);
    *w = (struct search_writer){
        .search = w->search, .account = w->account, .dir = w->dir, .lock = -1};
}

/* One writer at a time, in all processes. */
static enum code open_files(struct ctx *cx, struct search_writer *w)
{
    mkdir(w->dir, 0700);
    const char *path = search_path(cx->arena, w->search, w->account, "lock");
    w->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (w->lock < 0)
        return fail(cx, E_IO, "index: %s: %s", path, strerror(errno));
    if (flock(w->lock, LOCK_EX | LOCK_NB) != 0)
        return fail(cx, E_BUSY, "index: somebody writes it");
    return load(cx, w);
}

/* Thrown away and begun anew. */
static enum code open_anew(struct ctx *cx, struct search_writer *w)
{
    let_go(w);
    search_drop(w->search, w->account);
    return open_files(cx, w);
}

enum code search_writer_open(struct ctx *cx, struct search *s, account_id account,
                             struct search_writer **out)
{
    struct search_writer *w = calloc(1, sizeof *w);
    const char *dir = search_path(cx->arena, s, account, NULL);
    must(w);
    w->search = s;
    w->account = account;
    w->lock = -1;
    w->dir = strdup(dir);
    must(w->dir);
    mkdir(str_zdup(cx->arena, s->config.dir), 0700);
    enum code code = open_files(cx, w);
    if (code == E_CORRUPT)
        code = open_anew(cx, w);
    if (code == OK)
        *out = w;
    else
        search_writer_close(w);
    return code;
}

enum code search_writer_step(struct ctx *cx, struct search_writer *w, struct search_step *step)
{
    struct change_scan *scan AUTO(change_scan_close) = NULL;
    step->messages = step->removed = 0;
    step->more = false;
    enum code code = change_scan(cx, w->search->core, w->account, w->manifest.modseq, 0, &scan);
    if (code == E_NOT_FOUND && w->manifest.modseq) { /* too old to be told what went */
        TRY(open_anew(cx, w));
        code = change_scan(cx, w->search->core, w->account, 0, 0, &scan);
    }
    TRY(code);
    TRY(follow_all(cx, w, scan, step));
    TRY(commit(cx, w));
    step->modseq = w->manifest.modseq;
    enum code merged = writer_merge(cx, w);
    if (merged == E_CORRUPT)
        search_damaged(w->search, w->account);
    return merged;
}

void search_writer_close(struct search_writer *w)
{
    let_go(w);
    free((void *)(uintptr_t)w->dir);
    free(w);
}

enum code search_status(struct ctx *cx, struct search *s, account_id account,
                        struct search_status *out)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    struct reader *r AUTO(reader_unref) = NULL;
    TRY(account_view_get(cx, s->core, account, &v));
    *out = (struct search_status){.modseq = account_facts(v)->modseq};
    if (reader_get(cx, s, account, &r) != OK)
        return OK;
    out->indexed_modseq = r->modseq;
    out->messages = bits_count(&r->known);
    out->bytes = files_bytes(search_path(cx->arena, s, account, NULL));
    return OK;
}
