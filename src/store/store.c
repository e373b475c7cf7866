#include "store/store.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/metric.h"
#include "store/blob/cache.h"
#include "store/codec.h"
#include "store/committer.h"
#include "store/inside.h"
#include "store/maintain.h"
#include "store/watch.h"

enum code store_open_over(struct ctx *cx, const struct store_config *config,
                          const struct store_engine *engine, void *self, struct store **out)
{
    (void)cx;
    struct store *s = calloc(1, sizeof *s);
    must(s);
    s->engine = engine;
    s->self = self;
    s->log = config->log;
    s->blob_hits = metric_of(config->metrics, METRIC_COUNTER, "postroad_store_blob_hits_total", "",
                             "Blobs that were in memory when asked for.");
    s->blob_misses = metric_of(config->metrics, METRIC_COUNTER, "postroad_store_blob_misses_total",
                               "", "Blobs that were read from the engine.");
    s->parts = parts_open();
    s->codecs = codecs_open();
    s->cache = cache_open(config->blob_cache_bytes);
    s->notifier = notifier_open(s);
    s->committer = committer_open(s, config);
    log_event(s->log, LOG_INFO, "store.open", "engine=%s", engine->name);
    *out = s;
    return OK;
}

enum code store_open(struct ctx *cx, const struct store_config *config, struct store **out)
{
    if (str_eq(config->engine, STR("memory"))) {
        struct store_config plain = *config;
        plain.dir = (struct str){0};
        return store_open_over(cx, &plain, &memory_engine, memory_open(), out);
    }
    if (!str_eq(config->engine, STR("rocksdb")))
        return fail(cx, E_UNSUPPORTED, "store: no engine \"%.*s\"", STR_ARG(config->engine));
    void *self = NULL;
    TRY(rocksdb_engine_open(cx, str_zdup(cx->arena, config->dir), config->cache_bytes, &self));
    return store_open_over(cx, config, &rocksdb_engine, self, out);
}

void store_close(struct store *s)
{
    committer_close(s->committer);
    notifier_close(s->notifier);
    parts_close(s->parts);
    cache_close(s->cache);
    codecs_close(s->codecs);
    s->engine->close(s->self);
    free(s);
}

enum code store_version(struct ctx *cx, struct store *s, part_id part, uint64_t *out)
{
    struct part *p = part_ref(s->parts, part);
    enum code code = part_version(cx, s, p, out);
    part_unref(s->parts, p);
    return code;
}

enum code store_get(struct ctx *cx, struct store *s, part_id part, struct str key,
                    struct str *value)
{
    must(key.n);
    if (key.n > STORE_KEY_MAX)
        return fail(cx, E_NOT_FOUND, "store: no such key");
    char whole[PART_BYTES + STORE_KEY_MAX];
    part_prefix(part, whole);
    memcpy(whole + PART_BYTES, key.p, key.n);
    struct str found;
    void *pin;
    TRY(s->engine->get(cx, s->self, FAMILY_META, str_of(whole, PART_BYTES + key.n), &found, &pin));
    *value = str_dup(cx->arena, found);
    s->engine->unpin(s->self, pin);
    return OK;
}

bool store_is_certain(const struct store *s)
{
    return s->engine->certain;
}

bool store_is_healthy(struct store *s)
{
    return !atomic_load(&s->broken);
}

struct store_stats store_stats(struct store *s)
{
    struct committer_stats c = committer_stats(s->committer);
    struct cache_stats b = cache_stats(s->cache);
    return (struct store_stats){
        .bytes_on_disk = s->engine->bytes(s->self),
        .commits = c.commits,
        .syncs = c.syncs,
        .bytes_committed = c.bytes,
        .blob_hits = b.hits,
        .blob_misses = b.misses,
        .blob_cached_bytes = b.bytes,
    };
}

enum code store_checkpoint(struct ctx *cx, struct store *s, struct str dir)
{
    if (!s->engine->checkpoint)
        return fail(cx, E_UNSUPPORTED, "store: %s makes no checkpoints", s->engine->name);
    return s->engine->checkpoint(cx, s->self, str_zdup(cx->arena, dir));
}

void store_compact(struct store *s)
{
    if (s->engine->compact)
        s->engine->compact(s->self);
}
