#include "common.h"
#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

void dir_make(char out[static 64])
{
    const char *tmp = getenv("TMPDIR");
    if (!tmp || strlen(tmp) > 40)
        tmp = "/tmp";
    snprintf(out, 64, "%s/store-test-XXXXXX", tmp);
    must(mkdtemp(out));
}

static int remove_one(const char *path, const struct stat *st, int what, struct FTW *at)
{
    (void)st, (void)what, (void)at;
    return remove(path);
}

void dir_remove(const char *dir)
{
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

struct store *open_in(struct ctx *cx, const char *engine, const char *dir)
{
    struct store_config config = {
        .engine = str_z(engine),
        .dir = str_z(dir),
        .cache_bytes = 1024 * 1024,
        .blob_cache_bytes = 32 * 1024 * 1024,
    };
    struct store *s = NULL;
    if (store_open(cx, &config, &s) != OK)
        fprintf(stderr, "store_open: %s\n", cx->err.what);
    must(s);
    return s;
}

struct bench *bench_open(const char *engine)
{
    struct bench *b = calloc(1, sizeof *b);
    must(b);
    b->engine = engine;
    b->cx.arena = arena_open();
    if (strcmp(engine, "memory") != 0)
        dir_make(b->dir);
    b->s = open_in(&b->cx, engine, b->dir);
    return b;
}

void bench_reopen(struct bench *b)
{
    if (!b->dir[0])
        return;
    store_close(b->s);
    b->s = open_in(&b->cx, b->engine, b->dir);
}

void bench_close(struct bench *b)
{
    store_close(b->s);
    if (b->dir[0])
        dir_remove(b->dir);
    arena_close(b->cx.arena);
    free(b);
}

struct pair {
    const char *key, *value;
};

static enum code put_pair(struct ctx *cx, struct txn *t, void *arg)
{
    (void)cx;
    const struct pair *p = arg;
    txn_put(t, str_z(p->key), str_z(p->value));
    return OK;
}

enum code put_row(struct bench *b, part_id part, const char *key, const char *value)
{
    struct pair p = {key, value};
    return store_update(&b->cx, b->s, part, put_pair, &p);
}

const char *row(struct bench *b, part_id part, const char *key)
{
    struct str value;
    if (store_get(&b->cx, b->s, part, str_z(key), &value) != OK)
        return NULL;
    return str_zdup(b->cx.arena, value);
}
