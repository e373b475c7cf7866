/* Random bytes; a seeded source for tests. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t seed; /* 0: the kernel's generator; else a repeatable sequence, for tests only */
};

/* Fills p with n bytes. The kernel failing to give them ends the process. */
void random_bytes(struct random *r, void *p, size_t n);
uint64_t random_u64(struct random *r);
/* The kernel's generator, without a source at hand. */
void random_system(void *p, size_t n);

#endif
