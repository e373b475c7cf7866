/* The free-space guard: a disk that runs full under RocksDB may end the process. */
#ifndef STORE_SPACE_H
#define STORE_SPACE_H

#include "base/str.h"

struct metrics;

/* Zeroed dir: no guard. Used by one thread. */
struct space {
    char dir[4096];
    uint64_t reserve_bytes, free_bytes;
    int64_t looked_ms;
};

/* Watches the file system that dir is on. */
void space_open(struct space *sp, struct str dir, uint64_t reserve_bytes);
/* Whether bytes may be written. What frees space may go on down to an eighth of the reserve. */
bool space_take(struct space *sp, size_t bytes, bool frees_space);

#endif
