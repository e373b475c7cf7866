/* REFERENCES, step 5: trees that share a base subject become one. */
#include "base/arena.h"
#include "proto/imap/sort/thread.h"

struct join {
    const struct imap_thread_facts *facts;
    struct imap_forest *f;
    uint32_t *table; /* by subject: the root that stands for it, or IMAP_NO_NODE */
};

static bool is_message(const struct join *j, uint32_t node)
{
    return node < j->f->messages;
}

/* The message whose subject a root has: its own, or its first child's. */
static uint32_t speaker(const struct join *j, uint32_t root)
{
    return is_message(j, root) ? root : j->f->child[root];
}

/* Steps 5.A and 5.B. */
static void enter(struct join *j, uint32_t root)
{
    uint32_t who = speaker(j, root), *at = &j->table[j->facts->subject[who]];
    if (j->facts->bare[who])
        return;
    bool takes_over = *at != IMAP_NO_NODE && is_message(j, *at) &&
                      (!is_message(j, root) || (j->facts->reply[*at] && !j->facts->reply[root]));
    if (*at == IMAP_NO_NODE || takes_over)
        *at = root;
}

/* To the children of parent, in no order: they are put in order at the end. */
static void put_below(struct join *j, uint32_t node, uint32_t parent)
{
    j->f->parent[node] = parent;
    j->f->next[node] = j->f->child[parent];
    j->f->child[parent] = node;
}

static void move_children(struct join *j, uint32_t from, uint32_t to)
{
    for (uint32_t node = j->f->child[from], next; node != IMAP_NO_NODE; node = next) {
        next = j->f->next[node];
        put_below(j, node, to);
    }
    j->f->child[from] = IMAP_NO_NODE;
}

/* Step 5.C. */
static void merge(struct join *j, uint32_t root)
{
    uint32_t who = speaker(j, root), *at = &j->table[j->facts->subject[who]];
    if (j->facts->bare[who] || *at == root)
        return;
    if (!is_message(j, *at)) {
        if (is_message(j, root))
            put_below(j, root, *at);
        else
            move_children(j, root, *at);
        return;
    }
    if (j->facts->reply[root] && !j->facts->reply[*at]) {
        put_below(j, root, *at);
        return;
    }
    uint32_t dummy = j->f->count++;
    j->f->parent[dummy] = j->f->child[dummy] = IMAP_NO_NODE;
    put_below(j, *at, dummy);
    put_below(j, root, dummy);
    *at = dummy;
}

void imap_thread_join(struct ctx *cx, const struct imap_thread_facts *facts, struct imap_forest *f)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct join j = {
        .facts = facts, .f = f, .table = ARENA_ARRAY(arena, facts->subjects, uint32_t)};
    (void)cx;
    for (uint32_t i = 0; i < facts->subjects; i++)
        j.table[i] = IMAP_NO_NODE;
    for (uint32_t i = 0; i < f->root_count; i++)
        enter(&j, f->roots[i]);
    for (uint32_t i = 0; i < f->root_count; i++)
        merge(&j, f->roots[i]);
}
