/* A skip list, so that many thousand rows stay cheap. Nodes are never taken out: going back to a
   mark sets their state to what it was. */
#include "store/txn/overlay.h"
#include "base/arena.h"

enum { LEVELS = 12 };

struct skip {
    struct row row;
    int levels;
    struct skip *next[]; /* levels of them */
};

struct undo {
    struct skip *node;
    struct str value;
    enum row_state state;
};

struct overlay {
    struct arena *arena;
    struct skip *head[LEVELS];
    int levels;
    uint32_t dice;
    size_t bytes, set;
    struct undo *undo;
    size_t undo_n, undo_max;
};

struct overlay *overlay_open(struct arena *a)
{
    struct overlay *o = ARENA_NEW(a, struct overlay);
    o->arena = a;
    o->levels = 1;
    o->dice = 2463534242u;
    return o;
}

/* Each level has a quarter of the nodes of the level below. */
static int roll_levels(struct overlay *o)
{
    o->dice ^= o->dice << 13;
    o->dice ^= o->dice >> 17;
    o->dice ^= o->dice << 5;
    int levels = 1;
    for (uint32_t bits = o->dice; levels < LEVELS && (bits & 3) == 0; bits >>= 2)
        levels++;
    return levels;
}

/* The links of each level that point to the first node at or above key. */
static struct skip *seek(struct overlay *o, struct str key, struct skip **before[LEVELS])
{
    struct skip **links = o->head;
    for (int level = o->levels - 1; level >= 0; level--) {
        while (links[level] && str_cmp(links[level]->row.key, key) < 0)
            links = links[level]->next;
        before[level] = &links[level];
    }
    return links[0];
}

/* The last node below key, set or not. */
static const struct skip *last_below(const struct overlay *o, struct str key)
{
    struct skip *const *links = o->head;
    const struct skip *best = NULL;
    for (int level = o->levels - 1; level >= 0; level--)
        while (links[level] && str_cmp(links[level]->row.key, key) < 0) {
            best = links[level];
            links = best->next;
        }
    return best;
}

/* The first node at or above key, set or not. */
static const struct skip *first_at(const struct overlay *o, struct str key)
{
    const struct skip *below = last_below(o, key);
    return below ? below->next[0] : o->head[0];
}

static void account(struct overlay *o, const struct row *r, bool add)
{
    if (r->state == ROW_NONE)
        return;
    size_t n = r->key.n + r->value.n;
    o->bytes = add ? o->bytes + n : o->bytes - n;
    o->set = add ? o->set + 1 : o->set - 1;
}

static struct skip *insert(struct overlay *o, struct str key, struct skip **before[LEVELS])
{
    int levels = roll_levels(o);
    struct skip *n = arena_alloc(o->arena, sizeof *n + (size_t)levels * sizeof(struct skip *));
    n->levels = levels;
    n->row.key = key;
    for (; o->levels < levels; o->levels++)
        before[o->levels] = &o->head[o->levels];
    for (int level = 0; level < levels; level++) {
        n->next[level] = *before[level];
        *before[level] = n;
    }
    return n;
}

static void note_undo(struct overlay *o, struct skip *n)
{
    if (o->undo_n == o->undo_max) {
        size_t max = o->undo_max ? o->undo_max * 2 : 16;
        o->undo =
            arena_grow(o->arena, o->undo, o->undo_max * sizeof *o->undo, max * sizeof *o->undo);
        o->undo_max = max;
    }
    o->undo[o->undo_n++] = (struct undo){n, n->row.value, n->row.state};
}

void overlay_set(struct overlay *o, struct str prefix, struct str key, enum row_state state,
                 struct str value)
{
    const struct str parts[] = {prefix, key};
    struct str whole = str_join(o->arena, parts, 2);
    struct skip **before[LEVELS];
    struct skip *n = seek(o, whole, before);
    if (!n || !str_eq(n->row.key, whole))
        n = insert(o, whole, before);
    note_undo(o, n);
    account(o, &n->row, false);
    n->row.state = state;
    n->row.value = state == ROW_PUT ? str_dup(o->arena, value) : (struct str){0};
    account(o, &n->row, true);
}

const struct row *overlay_get(const struct overlay *o, struct str key)
{
    if (!o->set)
        return NULL;
    const struct skip *n = first_at(o, key);
    return n && str_eq(n->row.key, key) && n->row.state != ROW_NONE ? &n->row : NULL;
}

const struct row *overlay_above(const struct overlay *o, struct str key, bool or_at)
{
    if (!o->set)
        return NULL;
    const struct skip *n = first_at(o, key);
    if (n && !or_at && str_eq(n->row.key, key))
        n = n->next[0];
    while (n && n->row.state == ROW_NONE)
        n = n->next[0];
    return n ? &n->row : NULL;
}

const struct row *overlay_below(const struct overlay *o, struct str key)
{
    if (!o->set)
        return NULL;
    const struct skip *n = last_below(o, key);
    while (n && n->row.state == ROW_NONE)
        n = last_below(o, n->row.key);
    return n ? &n->row : NULL;
}

bool overlay_is_empty(const struct overlay *o)
{
    return o->set == 0;
}

size_t overlay_bytes(const struct overlay *o)
{
    return o->bytes;
}

size_t overlay_mark(const struct overlay *o)
{
    return o->undo_n;
}

void overlay_back_to(struct overlay *o, size_t mark)
{
    while (o->undo_n > mark) {
        const struct undo *u = &o->undo[--o->undo_n];
        account(o, &u->node->row, false);
        u->node->row.state = u->state;
        u->node->row.value = u->value;
        account(o, &u->node->row, true);
    }
}
