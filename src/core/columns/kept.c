#include "core/columns/kept.h"
#include "base/arena.h"
#include "core/view/cache.h"

struct kept {
    struct picture picture; /* first */
    uint64_t number, variant;
    struct str bytes;
};

static void kept_free(struct picture *p)
{
    struct kept *k = (struct kept *)p;
    free((void *)(uintptr_t)k->bytes.p);
    free(k);
}

/* No folder, and no run of uids, has that number. */
static struct entry *acquire(struct core *c, const struct kept_name *name)
{
    struct entry_name e = {.account = name->account, .reader = name->reader, .folder = UINT64_MAX};
    return entry_acquire(c->columns, &e);
}

bool kept_get(struct ctx *cx, struct core *c, const struct kept_name *name, struct str *out)
{
    struct entry *e = acquire(c, name);
    const struct kept *k = (const struct kept *)e->picture;
    bool known = k && k->number == name->number && k->variant == name->variant;
    if (known)
        *out = str_dup(cx->arena, k->bytes);
    entry_release(c->columns, e);
    return known;
}

void kept_put(struct core *c, const struct kept_name *name, struct str bytes)
{
    struct kept *k = calloc(1, sizeof *k);
    char *copy = malloc(bytes.n + 1);
    must(k && copy);
    if (bytes.n)
        memcpy(copy, bytes.p, bytes.n);
    atomic_init(&k->picture.refs, 1);
    k->picture.close = kept_free;
    k->picture.bytes = sizeof *k + bytes.n;
    k->number = name->number;
    k->variant = name->variant;
    k->bytes = str_of(copy, bytes.n);
    struct entry *e = acquire(c, name);
    entry_set(e, &k->picture);
    entry_release(c->columns, e);
}
