#include "base/arena.h"
#include "base/banned.h"
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__)
#define EACH_ITS_OWN_BLOCK 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EACH_ITS_OWN_BLOCK 1
#endif
#endif

enum { BLOCK_MIN = 4096 - 64, BLOCK_MAX = 256 * 1024, ALIGNMENT = 16 };

struct block {
    struct block *next;
    size_t size, used;
    _Alignas(ALIGNMENT) char bytes[];
};

struct arena {
    struct block *blocks; /* the newest first */
    size_t given;
};

struct arena *arena_open(void)
{
    struct arena *a = calloc(1, sizeof *a);
    must(a);
    return a;
}

void arena_close(struct arena *a)
{
    if (!a)
        return;
    arena_clear(a);
    free(a);
}

static struct block *block_add(struct arena *a, size_t n)
{
    size_t size = a->blocks ? a->blocks->size * 2 : BLOCK_MIN;
    if (size > BLOCK_MAX)
        size = BLOCK_MAX;
#ifdef EACH_ITS_OWN_BLOCK
    size = n;
#endif
    if (size < n)
        size = n;
    must(size < SIZE_MAX - sizeof(struct block));
    struct block *b = malloc(sizeof *b + size);
    must(b);
    b->next = a->blocks;
    b->size = size;
    b->used = 0;
    a->blocks = b;
    return b;
}

static size_t rounded(size_t n)
{
    must(n < SIZE_MAX - ALIGNMENT);
#ifdef EACH_ITS_OWN_BLOCK
    return n; /* the exact size, so that one byte too far is seen */
#else
    return (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
#endif
}

static void *take(struct arena *a, size_t n)
{
    size_t size = rounded(n);
    struct block *b = a->blocks;
#ifdef EACH_ITS_OWN_BLOCK
    b = NULL;
#endif
    if (!b || b->size - b->used < size)
        b = block_add(a, size);
    char *p = b->bytes + b->used;
    b->used += size;
    a->given += size;
    return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
    return memset(take(a, n), 0, n);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t n;
    must(!__builtin_mul_overflow(count, size, &n));
    return arena_alloc(a, n);
}

void *arena_stretch(struct arena *a, void *old, size_t old_size, size_t size)
{
    must(size >= old_size);
    struct block *b = a->blocks;
    size_t was = rounded(old_size), is = rounded(size);
#ifndef EACH_ITS_OWN_BLOCK
    if (old && b && b->used >= was && b->bytes + b->used - was == (char *)old &&
        b->size - b->used >= is - was) {
        b->used += is - was;
        a->given += is - was;
        return old;
    }
#else
    (void)b, (void)was, (void)is;
#endif
    void *p = take(a, size);
    if (old_size)
        memcpy(p, old, old_size);
    return p;
}

void *arena_grow(struct arena *a, void *old, size_t old_size, size_t size)
{
    char *p = arena_stretch(a, old, old_size, size);
    memset(p + old_size, 0, size - old_size);
    return p;
}

static void blocks_free_but(struct block *b, const struct block *keep)
{
    while (b) {
        struct block *next = b->next;
        if (b != keep)
            free(b);
        b = next;
    }
}

void arena_reset(struct arena *a)
{
    struct block *keep = a->blocks;
#ifdef EACH_ITS_OWN_BLOCK
    keep = NULL;
#endif
    while (keep && keep->size > BLOCK_MAX) /* one huge object must not stay for ever */
        keep = keep->next;
    blocks_free_but(a->blocks, keep);
    if (keep) {
        keep->next = NULL;
        keep->used = 0;
    }
    a->blocks = keep;
    a->given = 0;
}

void arena_clear(struct arena *a)
{
    blocks_free_but(a->blocks, NULL);
    a->blocks = NULL;
    a->given = 0;
}

size_t arena_used(const struct arena *a)
{
    return a->given;
}
