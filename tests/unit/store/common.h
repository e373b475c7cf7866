/* Stores for tests: one of each engine, in a directory of its own. */
#ifndef TESTS_STORE_COMMON_H
#define TESTS_STORE_COMMON_H

#include "base/arena.h"
#include "store/store.h"

struct bench {
    const char *engine;
    char dir[64]; /* empty: none was made */
    struct store *s;
    struct ctx cx;
};

/* A store of that engine, empty. reserve_bytes as in store_config. */
struct bench *bench_open(const char *engine);
/* Closes the store and opens it again (nothing happens to "memory"). */
void bench_reopen(struct bench *b);
/* Removes everything. */
void bench_close(struct bench *b);

/* Opens a store in dir. */
struct store *open_in(struct ctx *cx, const char *engine, const char *dir);
/* A new directory under the temporary one. */
void dir_make(char out[static 64]);
void dir_remove(const char *dir);

/* One row in one commit. */
enum code put_row(struct bench *b, part_id part, const char *key, const char *value);
/* The row's value as a C string, or NULL. */
const char *row(struct bench *b, part_id part, const char *key);

#endif
