#include "base/random.h"
#include "base/banned.h"
#include "base/err.h"
#include <errno.h>
#include <sys/random.h>

void random_system(void *p, size_t n)
{
    char *at = p;
    while (n) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        must(got > 0);
        at += got;
        n -= (size_t)got;
    }
}

/* splitmix64: enough to make test runs differ by their seed. */
static uint64_t next(struct random *r)
{
    const uint64_t step = 0x9e3779b97f4a7c15u;
    r->seed += step;
    if (!r->seed) /* 0 would mean the kernel's */
        r->seed = step;
    uint64_t z = r->seed;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void random_bytes(struct random *r, void *p, size_t n)
{
    if (!r->seed) {
        random_system(p, n);
        return;
    }
    char *at = p;
    while (n) {
        uint64_t word = next(r);
        size_t step = n < sizeof word ? n : sizeof word;
        memcpy(at, &word, step);
        at += step;
        n -= step;
    }
}

uint64_t random_u64(struct random *r)
{
    uint64_t word;
    random_bytes(r, &word, sizeof word);
    return word;
}
