/* A store with a small forest, for the tests of the directory and of what stands on it:
   commonwealth.example (root) - health.example - clinics.health.example, and works.example. */
#ifndef TESTS_CORE_FOREST_H
#define TESTS_CORE_FOREST_H

#include "../unit.h"
#include "core/directory.h"

struct forest {
    const char *engine;
    char dir[64]; /* of its store; empty: none was made */
    struct ctx cx;
    struct random random;
    struct store *store;
    struct core *core;
    uint64_t root, health, clinics, works;
};

/* engine: "memory" or "rocksdb". Time stands at FOREST_NOW_MS. */
struct forest *forest_open(const char *engine);
void forest_close(struct forest *f);
enum { FOREST_NOW_MS = 1000000000 };

/* Asserts that it worked. domain by number. */
uint64_t forest_domain(struct forest *f, const char *name, uint64_t parent);
principal_id forest_add(struct forest *f, enum principal_kind kind, const char *name,
                        uint64_t domain);
/* Whose address it is, or 0. */
principal_id forest_at(struct forest *f, const char *address);

#endif
