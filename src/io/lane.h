/* What a thread of io has for itself: memory that requests borrow while they run on it. */
#ifndef IO_LANE_H
#define IO_LANE_H

#include "base/err.h"
#include "base/random.h"
#include <stddef.h>

struct io;
struct reactor;
struct compressor;

enum {
    LANE_IN_BYTES = 64 * 1024,
    LANE_PLAIN_BYTES = 16 * 1024,                /* one TLS record */
    LANE_SEALED_BYTES = 12 * (16 * 1024 + 1024), /* twelve, sealed */
};

struct lane {
    struct io *io;
    struct reactor *reactor; /* whose seat it has (io/seat.h), or NULL: a plain worker */
    unsigned stint;          /* the seat's word while it may be taken away; else 0 */
    unsigned requests;       /* run for the connection that it serves */
    bool slow;               /* requests may take long */
    struct random random;
    struct arena *arena; /* lent to a request; NULL while one keeps it */
    char *in, *plain, *sealed;
    struct compressor *compressor; /* or NULL */
};

/* A worker's lane; seed 0 is the kernel's randomness. */
struct lane lane_of(struct io *io, uint64_t random_seed, bool slow);
/* Frees its memory; no request may hold any of it. */
void lane_close(struct lane *l);
/* The lane's arena, empty; the caller has it until lane_arena_back(). */
struct arena *lane_arena(struct lane *l);
/* Takes any arena, resets it and keeps it if there is none yet. */
void lane_arena_back(struct lane *l, struct arena *a);
/* Scratch memory of LANE_*_BYTES: for what came, for clear text and for ciphertext to send. */
char *lane_in(struct lane *l);
char *lane_plain(struct lane *l);
char *lane_sealed(struct lane *l);
/* The context for one call. */
struct ctx lane_ctx(struct lane *l, struct arena *a);

#endif
