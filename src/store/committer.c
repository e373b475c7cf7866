#include "store/committer.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metric.h"
#include "base/random.h"
#include "store/blob/change.h"
#include "store/inside.h"
#include "store/latch.h"
#include "store/space.h"
#include "store/watch.h"
#include <pthread.h>
#include <sys/prctl.h>

/* A group this large is written before more is added, so that nobody waits long for others. */
enum {
    GROUP_BYTES_MAX = 8 * 1024 * 1024,
    GROUP_COMMITS_MAX = 4096,
    GATHER_MAX_US = 1000,
    GATHER_SLICE_US = 50,
    SKIP_MAX = 63,
    RESOLVE_TRIES = 8, /* of what nobody knows; with naps that double, about a second */
    RESOLVE_FIRST_MS = 4,
};

struct committer {
    struct store *s;
    pthread_t thread;
    _Atomic(struct batch *) inbox; /* the newest first */
    struct latch latch;            /* counted down to stop, rung when the inbox was empty */
    struct space space;
    struct ctx cx;
    atomic_uint_least64_t commits, syncs, bytes;
    struct metric *m_commits, *m_syncs, *m_bytes, *m_group, *m_write, *m_healthy, *m_unknown;
    uint64_t group_serial;
    uint64_t last_id; /* of a commit; starts at random, so that other servers have others */
    /* How to gather, below. */
    unsigned last_commits, skip, skip_next;
    int64_t write_us; /* a write takes about so long */
};

/* What goes into one write. */
struct group {
    struct op *ops, **ops_end;
    struct batch *batches, **batches_end;
    struct map *blobs; /* ids of blobs whose rows are in it; NULL: none yet */
    size_t bytes;
    unsigned commits;
};

static struct str id_str(const struct blob_id *id)
{
    return str_of(id->bytes, sizeof id->bytes);
}

/* Adds what the blobs of a batch need, or says that one is referred to and not there. */
static enum code admit_blobs(struct committer *c, struct group *g, struct batch *b)
{
    for (struct blob_change *x = b->blobs; x; x = x->next) {
        if (x->what == BLOB_UNREF || (g->blobs && map_get(g->blobs, id_str(&x->id))))
            continue;
        /* A blob that was new to the worker is not looked for again: writing it twice does no harm
           and is rare, the look-up would cost this thread for every delivery. */
        bool stored = false;
        if (x->what == BLOB_REF || !blob_new_has_rows(x->blob))
            TRY(blob_is_stored(&c->cx, c->s, &x->id, &stored));
        if (stored)
            continue;
        if (x->what == BLOB_REF)
            return fail(&c->cx, E_NOT_FOUND, "store: a blob that is not there is referred to");
        if (!g->blobs)
            g->blobs = map_open();
        map_put(g->blobs, id_str(&x->id), x);
        blob_new_rows(c->cx.arena, x->blob, &g->ops_end, &g->bytes);
    }
    return OK;
}

/* Rows of blobs that a batch added before it was refused: harmless but unreferenced, so they are
   taken out again. */
static void take_back(struct group *g, struct batch *b, struct op **ops_end, size_t bytes)
{
    for (struct blob_change *x = b->blobs; x; x = x->next)
        if (g->blobs && map_get(g->blobs, id_str(&x->id)) == x)
            map_remove(g->blobs, id_str(&x->id));
    g->ops_end = ops_end;
    *ops_end = NULL;
    g->bytes = bytes;
}

static struct commit_ids ids_after(const struct batch *b)
{
    struct commit_ids ids = {.of = {b->id}};
    for (int i = 1; i < COMMIT_IDS; i++)
        ids.of[i] = b->part->ids.of[i - 1];
    return ids;
}

/* The first of its partition's: rows that come in the order of their keys cost an engine less. */
static void version_row(struct committer *c, struct group *g, struct batch *b)
{
    char key[PART_BYTES];
    struct arena *a = c->cx.arena;
    if (++c->last_id == 0)
        c->last_id++;
    b->id = c->last_id;
    struct commit_ids ids = ids_after(b);
    op_add(a, &g->ops_end, FAMILY_META, false, str_dup(a, part_prefix(b->part->id, key)),
           part_row(a, b->base + 1, &ids));
}

static enum code admit_commit(struct committer *c, struct group *g, struct batch *b)
{
    struct part *p = b->part;
    uint64_t version;
    TRY(part_version(&c->cx, c->s, p, &version));
    if (b->base != version || p->group == c->group_serial)
        return fail(&c->cx, E_CONFLICT, "store: partition %ju changed", (uintmax_t)p->id);
    struct op **ops_end = g->ops_end;
    size_t bytes = g->bytes;
    enum code code = admit_blobs(c, g, b);
    if (code == OK && !space_take(&c->space, b->bytes + g->bytes - bytes, b->frees_space))
        code = fail(&c->cx, E_LIMIT, "store: the disk is almost full, writing was refused");
    if (code != OK) {
        take_back(g, b, ops_end, bytes);
        return code;
    }
    version_row(c, g, b);
    *g->ops_end = b->ops;
    g->ops_end = b->ops_end;
    p->group = c->group_serial;
    g->bytes += b->bytes;
    g->commits++;
    return OK;
}

static enum code admit(struct committer *c, struct group *g, struct batch *b)
{
    if (atomic_load(&c->s->broken))
        return fail(&c->cx, E_IO, "store: stopped after a failed write");
    if (!b->chore)
        return admit_commit(c, g, b);
    if (!space_take(&c->space, 0, true))
        return fail(&c->cx, E_LIMIT, "store: the disk is full");
    return b->chore->run(&c->cx, c->s, b->chore->arg, &g->ops_end);
}

/* Takes batches from the list into a group. A chore is alone in its group. */
static struct batch *gather(struct committer *c, struct group *g, struct batch *list)
{
    bool alone = false;
    while (list && !alone && g->bytes < GROUP_BYTES_MAX && g->commits < GROUP_COMMITS_MAX) {
        alone = list->chore != NULL;
        if (alone && g->batches)
            break;
        struct batch *b = list;
        list = list->next;
        b->next = NULL;
        c->cx.err = (struct err){0};
        if (admit(c, g, b) != OK) {
            b->err = c->cx.err;
            b->done(b);
            continue;
        }
        *g->batches_end = b;
        g->batches_end = &b->next;
    }
    *g->ops_end = NULL;
    return list;
}

static void stop_writing(struct committer *c)
{
    atomic_store(&c->s->broken, true);
    metric_set(c->m_healthy, 0);
    log_event(c->s->log, LOG_ERROR, "store.write_failed", "cause=\"%s\"", c->cx.err.what);
}

/* Of which nobody knows: whether it is there. A group is written whole or not at all, so one of its
   partitions tells; a group of none (a chore's) may be written twice. */
static enum code was_written(struct committer *c, const struct group *g, bool *out)
{
    const struct batch *b = g->batches;
    while (b && !b->part)
        b = b->next;
    *out = false;
    if (!b)
        return OK;
    uint64_t version;
    struct commit_ids ids;
    TRY(part_row_get(&c->cx, c->s, b->part->id, &version, &ids));
    for (int i = 0; i < COMMIT_IDS; i++)
        *out |= ids.of[i] == b->id;
    if (*out || version == b->base)
        return OK;
    return fail(&c->cx, E_BUSY, "store: partition %ju moved on", (uintmax_t)b->part->id);
}

static void nap(unsigned ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&time, NULL);
}

/* Writes until it is known to be written, or not. E_BUSY when that cannot be found out. */
static enum code write_surely(struct committer *c, const struct group *g)
{
    enum code code = c->s->engine->write(&c->cx, c->s->self, g->ops);
    const struct err unknown = c->cx.err;
    for (unsigned tries = 0, ms = RESOLVE_FIRST_MS; code == E_BUSY && tries < RESOLVE_TRIES;
         tries++, ms *= 2) {
        bool written;
        metric_add(c->m_unknown, 1);
        if (was_written(c, g, &written) == OK)
            code = written ? OK : c->s->engine->write(&c->cx, c->s->self, g->ops);
        if (code == E_BUSY)
            nap(ms);
    }
    if (code == E_BUSY)
        c->cx.err = unknown;
    return code;
}

static void write_group(struct committer *c, struct group *g)
{
    int64_t start_us = clock_mono_us();
    c->cx.err = (struct err){0};
    enum code code = g->ops ? write_surely(c, g) : OK;
    if (code == OK)
        c->cx.err = (struct err){0}; /* at the second attempt */
    else if (code != E_BUSY)
        stop_writing(c);
    if (code != OK)
        return;
    int64_t took_us = clock_mono_us() - start_us;
    c->write_us += (took_us - c->write_us) / 8;
    c->last_commits = g->commits;
    metric_observe_us(c->m_write, took_us);
    metric_add(c->m_commits, g->commits);
    metric_add(c->m_syncs, 1);
    metric_add(c->m_bytes, (int64_t)g->bytes);
    metric_set(c->m_group, g->commits);
    atomic_fetch_add(&c->commits, g->commits);
    atomic_fetch_add(&c->syncs, 1);
    atomic_fetch_add(&c->bytes, g->bytes);
}

static void finish_group(struct committer *c, struct group *g)
{
    for (struct batch *b = g->batches, *next; b; b = next) {
        next = b->next;
        b->err = c->cx.err;
        if (b->err.code == OK && b->part) {
            b->part->ids = ids_after(b);
            atomic_store(&b->part->version, b->base + 1);
            notifier_tell(c->s->notifier, b->part, b->base + 1);
        } else if (b->err.code == E_BUSY && b->part) {
            part_doubt(b->part);
        }
        b->done(b);
    }
    map_close(g->blobs);
}

static void run_all(struct committer *c, struct batch *list)
{
    while (list) {
        struct group g = {0};
        g.ops_end = &g.ops;
        g.batches_end = &g.batches;
        c->group_serial++;
        list = gather(c, &g, list);
        if (g.batches)
            write_group(c, &g);
        finish_group(c, &g);
        arena_reset(c->cx.arena);
    }
}

/* All that was queued, the oldest first. */
static struct batch *take_inbox(struct committer *c)
{
    struct batch *newest = atomic_exchange_explicit(&c->inbox, NULL, memory_order_acquire);
    struct batch *list = NULL;
    while (newest) {
        struct batch *older = newest->next;
        newest->next = list;
        list = newest;
        newest = older;
    }
    return list;
}

static unsigned count_of(const struct batch *list)
{
    unsigned n = 0;
    for (; list; list = list->next)
        n++;
    return n;
}

static struct batch *joined(struct batch *list, struct batch *more)
{
    struct batch **end = &list;
    while (*end)
        end = &(*end)->next;
    *end = more;
    return list;
}

/* When a group is done, all its owners wake; the first to come back would have a sync for itself
   while the others just miss it. So wait for them a moment, a fraction of what a write takes. Where
   that brought nothing (a single client), it is tried less and less often. */
static struct batch *wait_for_more(struct committer *c, struct batch *list)
{
    if (c->skip) {
        c->skip--;
        return list;
    }
    unsigned at_first = count_of(list), now = at_first, wanted = at_first + c->last_commits;
    int64_t limit_us = c->write_us / 2 < GATHER_MAX_US ? c->write_us / 2 : GATHER_MAX_US;
    const struct timespec slice = {.tv_nsec = GATHER_SLICE_US * 1000};
    for (int64_t us = 0; us < limit_us && now < wanted; us += GATHER_SLICE_US) {
        nanosleep(&slice, NULL);
        list = joined(list, take_inbox(c));
        unsigned before = now;
        now = count_of(list);
        if (now == before && us)
            break;
    }
    bool paid = now - at_first >= (at_first + 1) / 2;
    c->skip_next = paid ? 0 : c->skip_next * 2 + 1 < SKIP_MAX ? c->skip_next * 2 + 1 : SKIP_MAX;
    c->skip = c->skip_next;
    return list;
}

static void *committer_run(void *arg)
{
    struct committer *c = arg;
    prctl(PR_SET_TIMERSLACK, 1000UL); /* ns */
    prctl(PR_SET_NAME, "store-commit");
    for (;;) {
        unsigned seen = latch_look(&c->latch);
        struct batch *list = take_inbox(c);
        if (list)
            run_all(c, wait_for_more(c, list));
        else if (latch_is_done(seen))
            return NULL;
        else
            latch_wait(&c->latch, seen);
    }
}

void chain_add(struct chain *chain, struct batch *b)
{
    b->next = chain->newest;
    chain->newest = b;
    if (!chain->oldest)
        chain->oldest = b;
}

void committer_submit(struct committer *c, struct chain *chain)
{
    if (!chain->newest)
        return;
    struct batch *head = atomic_load_explicit(&c->inbox, memory_order_relaxed);
    do
        chain->oldest->next = head;
    while (!atomic_compare_exchange_weak_explicit(&c->inbox, &head, chain->newest,
                                                  memory_order_acq_rel, memory_order_relaxed));
    *chain = (struct chain){0};
    if (!head)
        latch_ring(&c->latch);
}

static void chore_done(struct batch *b)
{
    latch_count_down(b->owner);
}

enum code committer_run_chore(struct ctx *cx, struct committer *c, struct chore chore)
{
    struct latch latch;
    latch_open(&latch, 1);
    struct batch b = {.chore = &chore, .done = chore_done, .owner = &latch};
    struct chain alone = {0};
    chain_add(&alone, &b);
    committer_submit(c, &alone);
    for (unsigned seen; !latch_is_done(seen = latch_look(&latch));)
        latch_wait(&latch, seen);
    if (b.err.code != OK)
        cx->err = b.err;
    return b.err.code;
}

struct committer *committer_open(struct store *s, const struct store_config *config)
{
    struct committer *c = calloc(1, sizeof *c);
    must(c);
    c->s = s;
    c->cx.arena = arena_open();
    struct metrics *m = config->metrics;
    c->m_commits =
        metric_of(m, METRIC_COUNTER, "postroad_store_commits_total", "", "Commits of partitions.");
    c->m_syncs = metric_of(m, METRIC_COUNTER, "postroad_store_syncs_total", "",
                           "Synced writes; each holds a group of commits.");
    c->m_bytes = metric_of(m, METRIC_COUNTER, "postroad_store_written_bytes_total", "",
                           "Bytes of rows and compressed blobs in commits.");
    c->m_group = metric_of(m, METRIC_GAUGE, "postroad_store_group_size", "",
                           "Commits in the last synced write.");
    c->m_write = metric_of(m, METRIC_SECONDS, "postroad_store_write_seconds", "",
                           "Duration of synced writes.");
    c->m_unknown = metric_of(m, METRIC_COUNTER, "postroad_store_unknown_total", "",
                             "Writes of which the engine did not say whether they were done.");
    struct random random = {0};
    c->last_id = random_u64(&random);
    c->m_healthy =
        metric_of(m, METRIC_GAUGE, "postroad_store_healthy", "", "1 until the first write error.");
    metric_set(c->m_healthy, 1);
    if (config->dir.n && config->reserve_bytes)
        space_open(&c->space, config->dir, config->reserve_bytes);
    latch_open(&c->latch, 1);
    must(pthread_create(&c->thread, NULL, committer_run, c) == 0);
    return c;
}

void committer_close(struct committer *c)
{
    latch_count_down(&c->latch);
    pthread_join(c->thread, NULL);
    arena_close(c->cx.arena);
    free(c);
}

struct committer_stats committer_stats(const struct committer *c)
{
    return (struct committer_stats){atomic_load(&c->commits), atomic_load(&c->syncs),
                                    atomic_load(&c->bytes)};
}
