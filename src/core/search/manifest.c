#include "core/search/manifest.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/search/files.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MANIFEST_MAX = 8192 };

static const char *path_of(struct ctx *cx, const char *dir, const char *file)
{
    return str_printf(cx->arena, "%s/%s", dir, file).p;
}

/* "name NUMBER" and the end of the line. */
static bool take(struct cur *c, struct str name, uint64_t *out)
{
    return cur_text(c, name) && cur_char(c, ' ') && cur_u64(c, out) && cur_char(c, '\n');
}

static bool take_shard(struct cur *c, struct manifest_shard *out)
{
    return cur_text(c, STR("shard ")) && cur_u64(c, &out->name) && cur_char(c, ' ') &&
           cur_u32(c, &out->docs) && cur_char(c, '\n');
}

static bool parse(struct str text, struct manifest *m)
{
    struct cur c = cur_of(text);
    uint64_t layout, count;
    struct manifest_shard shard;
    if (!take(&c, STR("layout"), &layout) || layout != MANIFEST_LAYOUT ||
        !take(&c, STR("modseq"), &m->modseq) || !take(&c, STR("next"), &m->next))
        return false;
    while (m->count < MANIFEST_SHARDS_MAX && take_shard(&c, &shard))
        m->shards[m->count++] = shard;
    return take(&c, STR("end"), &count) && count == m->count && cur_end(&c);
}

enum code manifest_read(struct ctx *cx, const char *dir, struct manifest *out)
{
    struct str text;
    struct manifest m = {0};
    if (!files_map(path_of(cx, dir, "manifest"), &text))
        return fail(cx, E_NOT_FOUND, "no index");
    bool good = parse(text, &m);
    files_unmap(text);
    if (!good)
        return fail(cx, E_CORRUPT, "index: damaged, or of another layout");
    *out = m;
    return OK;
}

enum code manifest_write(struct ctx *cx, const char *dir, const struct manifest *m)
{
    struct buf b = buf_of(cx->arena, MANIFEST_MAX);
    const char *made = path_of(cx, dir, "manifest.new");
    buf_printf(&b, "layout %d\nmodseq %llu\nnext %llu\n", MANIFEST_LAYOUT,
               (unsigned long long)m->modseq, (unsigned long long)m->next);
    for (size_t i = 0; i < m->count; i++)
        buf_printf(&b, "shard %llu %u\n", (unsigned long long)m->shards[i].name, m->shards[i].docs);
    buf_printf(&b, "end %zu\n", m->count);
    must(!b.overflow);
    if (!files_put(made, buf_str(&b)) || rename(made, path_of(cx, dir, "manifest")) != 0 ||
        !files_sync_dir(dir))
        return fail(cx, E_IO, "index: manifest: %s", strerror(errno));
    return OK;
}
