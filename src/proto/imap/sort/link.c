/* REFERENCES, steps 1 to 3: who answers whom, by message ids. */
#include "base/arena.h"
#include "core/columns/columns.h"
#include "proto/imap/sort/thread.h"

enum { NODES_FIRST = 1024 };

struct links {
    struct arena *arena;
    uint64_t *key; /* by node; 0: no id */
    uint32_t *parent;
    uint32_t *children; /* how many */
    uint32_t count, room, messages;
    uint32_t *slots; /* by hash: node + 1, or 0 */
    uint32_t slot_mask, filled;
    uint64_t steps, steps_max;
};

static void grow_nodes(struct links *l)
{
    if (l->count < l->room)
        return;
    size_t n = l->room, more = n * 2;
    l->key = arena_grow(l->arena, l->key, n * sizeof *l->key, more * sizeof *l->key);
    l->parent = arena_grow(l->arena, l->parent, n * sizeof *l->parent, more * sizeof *l->parent);
    l->children =
        arena_grow(l->arena, l->children, n * sizeof *l->children, more * sizeof *l->children);
    l->room = (uint32_t)more;
}

/* Keys are hashes already. */
static uint32_t slot_of(const struct links *l, uint64_t key)
{
    uint32_t at = (uint32_t)(key ^ key >> 32) & l->slot_mask;
    while (l->slots[at] && l->key[l->slots[at] - 1] != key)
        at = (at + 1) & l->slot_mask;
    return at;
}

static void note(struct links *l, uint32_t node)
{
    if (l->filled * 2 > l->slot_mask) {
        uint32_t *old = l->slots, end = l->slot_mask;
        l->slot_mask = end * 2 + 1;
        l->slots = ARENA_ARRAY(l->arena, l->slot_mask + (size_t)1, uint32_t);
        for (uint32_t i = 0; i <= end; i++)
            if (old[i])
                l->slots[slot_of(l, l->key[old[i] - 1])] = old[i];
    }
    l->slots[slot_of(l, l->key[node])] = node + 1;
    l->filled++;
}

static uint32_t node_of(struct links *l, uint64_t key)
{
    uint32_t known = l->slots[slot_of(l, key)];
    if (known)
        return known - 1;
    grow_nodes(l);
    uint32_t node = l->count++;
    l->key[node] = key;
    l->parent[node] = IMAP_NO_NODE;
    note(l, node);
    return node;
}

static bool is_above(struct links *l, uint32_t node, uint32_t below)
{
    if (!l->children[node])
        return node == below;
    for (uint32_t at = below; at != IMAP_NO_NODE; at = l->parent[at])
        if (at == node || ++l->steps > l->steps_max)
            return true;
    return false;
}

static void put_below(struct links *l, uint32_t node, uint32_t parent)
{
    if (l->parent[node] != IMAP_NO_NODE)
        l->children[l->parent[node]]--;
    l->parent[node] = parent;
    if (parent != IMAP_NO_NODE)
        l->children[parent]++;
}

/* Steps 1.A and 1.B. The nodes of messages are theirs by number; the id leads to the first that has
   it, the others have none. */
static void link_message(struct links *l, uint32_t node, const struct column_links *c)
{
    uint32_t before = IMAP_NO_NODE;
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t here = node_of(l, c->refs[i]);
        if (before != IMAP_NO_NODE && l->parent[here] == IMAP_NO_NODE && !is_above(l, here, before))
            put_below(l, here, before);
        before = here;
    }
    if (before != IMAP_NO_NODE && is_above(l, node, before))
        return;
    put_below(l, node, before);
}

typedef void each_fn(struct links *l, uint32_t node, const struct column_links *links);

static void name_message(struct links *l, uint32_t node, const struct column_links *links)
{
    if (!links->own || l->slots[slot_of(l, links->own)])
        return;
    l->key[node] = links->own;
    note(l, node);
}

static enum code each(struct ctx *cx, const struct imap_target *t, const struct imap_found *found,
                      struct links *l, each_fn *fn)
{
    uint16_t rows[COLUMN_UIDS];
    for (uint32_t i = 0; i < found->count;) {
        struct column_span span = column_span(t->view, found->at[i]);
        struct column *k AUTO(column_unref) = NULL;
        TRY(column_get(cx, t->core, t->view, &span, COLUMN_THREAD, &k));
        column_rows(k, t->view, &span, rows);
        for (; i < found->count && found->at[i] < span.end; i++) {
            uint16_t row = rows[found->at[i] - span.first];
            struct column_links links = {0};
            if (row != COLUMN_GONE)
                links = column_links(k, row);
            fn(l, i, &links);
        }
    }
    return OK;
}

static struct links links_of(struct arena *a, uint32_t messages)
{
    uint32_t room = NODES_FIRST;
    while (room < messages + messages / 2)
        room *= 2;
    struct links l = {.arena = a, .count = messages, .messages = messages, .room = room};
    l.key = ARENA_ARRAY(a, room, uint64_t);
    l.parent = ARENA_ARRAY(a, room, uint32_t);
    l.children = ARENA_ARRAY(a, room, uint32_t);
    l.slot_mask = room * 2 - 1;
    l.slots = ARENA_ARRAY(a, l.slot_mask + (size_t)1, uint32_t);
    for (uint32_t i = 0; i < messages; i++)
        l.parent[i] = IMAP_NO_NODE;
    return l;
}

/* The nearest message above, else the node on top; each way is walked once, then remembered. */
static uint32_t top_of(struct links *l, uint32_t node)
{
    uint32_t top = node;
    while (top >= l->messages && l->parent[top] != IMAP_NO_NODE)
        top = l->parent[top];
    while (node != top && node >= l->messages) {
        uint32_t above = l->parent[node];
        l->parent[node] = top;
        node = above;
    }
    return top;
}

/* Steps 2 and 3. What is no message goes, and its children move up; on top it stays when there are
   several. */
static void prune(struct links *l, struct imap_forest *f)
{
    uint32_t *below = ARENA_ARRAY(l->arena, l->count, uint32_t);
    uint32_t *new_name = ARENA_ARRAY(l->arena, l->count, uint32_t);
    for (uint32_t i = 0; i < l->messages; i++) {
        if (l->parent[i] != IMAP_NO_NODE)
            f->parent[i] = top_of(l, l->parent[i]);
        if (f->parent[i] != IMAP_NO_NODE)
            below[f->parent[i]]++;
    }
    for (uint32_t i = l->messages; i < l->count; i++)
        new_name[i] = below[i] > 1 ? f->count++ : IMAP_NO_NODE;
    for (uint32_t i = 0; i < l->messages; i++)
        if (f->parent[i] != IMAP_NO_NODE && f->parent[i] >= l->messages)
            f->parent[i] = new_name[f->parent[i]];
}

enum code imap_thread_link(struct ctx *cx, const struct imap_target *t,
                           const struct imap_found *found, struct imap_forest *f)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct links l = links_of(arena, found->count);
    l.steps_max = t->thread_steps;
    TRY(each(cx, t, found, &l, name_message));
    TRY(each(cx, t, found, &l, link_message));
    prune(&l, f);
    return OK;
}
