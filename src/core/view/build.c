/* Building trees: what did not change is taken over whole. */
#include "core/view/tree.h"

static uint32_t is_unseen(const struct view_row *row)
{
    return row->flags & FLAG_SEEN ? 0 : 1;
}

void tree_build_open(struct tree_build *b, uint32_t expected)
{
    *b = (struct tree_build){
        .expected = expected, .chunk_limit = CHUNK_ROWS, .node_limit = NODE_CHUNKS};
}

/* Takes over the caller's reference to node. */
static void node_add(struct tree_build *b, struct node *node, uint32_t rows, uint32_t unseen)
{
    struct tree *tree = &b->tree;
    if (tree->node_count == b->node_room) {
        b->node_room = b->node_room ? b->node_room * 2 : 4;
        tree->nodes = realloc(tree->nodes, b->node_room * sizeof *tree->nodes);
        must(tree->nodes);
    }
    tree->nodes[tree->node_count++] =
        (struct tree_node){.node = node, .start = tree->count, .rows = rows, .unseen = unseen};
    tree->count += rows;
    tree->unseen += unseen;
}

static void node_flush(struct tree_build *b)
{
    struct node *node = b->node;
    if (!node)
        return;
    uint32_t rows = 0, unseen = 0;
    for (uint32_t i = 0; i < node->count; i++) {
        node->at[i].start = rows;
        rows += node->at[i].rows;
        unseen += node->at[i].unseen;
    }
    node_add(b, node, rows, unseen);
    b->node = NULL;
    b->node_limit = NODE_CHUNKS;
}

/* Takes over the caller's reference to chunk. */
static void chunk_add(struct tree_build *b, struct chunk *chunk, uint32_t rows, uint32_t unseen)
{
    if (b->node && b->node->count >= b->node_limit)
        node_flush(b);
    if (!b->node) {
        b->node = calloc(1, sizeof *b->node);
        must(b->node);
        atomic_init(&b->node->refs, 1);
    }
    uint32_t i = b->node->count++;
    b->node->at[i].chunk = chunk;
    b->node->at[i].rows = rows;
    b->node->at[i].unseen = unseen;
}

static void chunk_flush(struct tree_build *b)
{
    if (!b->chunk)
        return;
    atomic_store(&b->chunk->used, b->chunk_rows);
    chunk_add(b, b->chunk, b->chunk_rows, b->chunk_unseen);
    b->chunk = NULL;
    b->chunk_rows = b->chunk_unseen = 0;
    b->chunk_limit = CHUNK_ROWS;
}

/* Small folders get small chunks with some room to grow. */
static uint32_t chunk_room(uint32_t expected)
{
    uint32_t room = 16;
    while (room < CHUNK_ROWS && room < expected + expected / 4)
        room *= 2;
    return room;
}

void tree_build_row(struct tree_build *b, const struct view_row *row)
{
    if (b->chunk && (b->chunk_rows >= b->chunk_limit || b->chunk_rows == b->chunk->room))
        chunk_flush(b);
    if (!b->chunk) {
        uint32_t room = chunk_room(b->expected);
        b->chunk = malloc(sizeof *b->chunk + room * sizeof *row);
        must(b->chunk);
        atomic_init(&b->chunk->refs, 1);
        atomic_init(&b->chunk->used, 0);
        b->chunk->room = room;
        b->expected = CHUNK_ROWS; /* more came than was thought */
    }
    b->chunk->rows[b->chunk_rows++] = *row;
    b->chunk_unseen += is_unseen(row);
}

struct tree tree_build_close(struct tree_build *b)
{
    chunk_flush(b);
    node_flush(b);
    return b->tree;
}

/* Takes over a chunk of an older tree; when the one before it is small, the two are made into one
   or two of a good size, so that removing never leaves crumbs. */
static void chunk_share(struct tree_build *b, struct chunk *chunk, uint32_t rows, uint32_t unseen)
{
    if (b->chunk && b->chunk_rows < CHUNK_MIN) {
        uint32_t all = b->chunk_rows + rows;
        b->chunk_limit = all > CHUNK_ROWS ? (all + 1) / 2 : CHUNK_ROWS;
        for (uint32_t i = 0; i < rows; i++)
            tree_build_row(b, &chunk->rows[i]);
        return;
    }
    chunk_flush(b);
    atomic_fetch_add(&chunk->refs, 1);
    chunk_add(b, chunk, rows, unseen);
}

static void node_share(struct tree_build *b, const struct tree_node *whole)
{
    struct node *node = whole->node;
    bool crumbs = b->chunk && b->chunk_rows < CHUNK_MIN;
    if (!crumbs)
        chunk_flush(b);
    if (crumbs || (b->node && b->node->count < NODE_MIN)) {
        uint32_t all = (b->node ? b->node->count : 0) + node->count + 1;
        b->node_limit = all > NODE_CHUNKS ? (all + 1) / 2 : NODE_CHUNKS;
        for (uint32_t i = 0; i < node->count; i++)
            chunk_share(b, node->at[i].chunk, node->at[i].rows, node->at[i].unseen);
        return;
    }
    node_flush(b);
    atomic_fetch_add(&node->refs, 1);
    node_add(b, node, whole->rows, whole->unseen);
}

struct changes {
    const struct tree_change *at, *end;
};

static void change_put(struct tree_build *b, const struct tree_change *change)
{
    if (!change->gone)
        tree_build_row(b, &change->row);
}

/* The rows of one chunk with the changes up to before uid limit (0: all). */
static void chunk_merge(struct tree_build *b, const struct chunk *chunk, uint32_t rows,
                        struct changes *todo, uint64_t limit)
{
    for (uint32_t i = 0; i < rows; i++) {
        const struct view_row *row = &chunk->rows[i];
        while (todo->at < todo->end && todo->at->row.uid < row->uid)
            change_put(b, todo->at++);
        if (todo->at < todo->end && todo->at->row.uid == row->uid)
            change_put(b, todo->at++);
        else
            tree_build_row(b, row);
    }
    while (todo->at < todo->end && todo->at->row.uid < limit)
        change_put(b, todo->at++);
}

/* Rows that come after all others go into the free places of the last chunk, if nobody was there
   before (views that share it do not look at those places), else into a chunk of their own. False
   when the chunk is better made anew. */
static bool chunk_extend(struct tree_build *b, struct chunk *chunk, uint32_t rows, uint32_t unseen,
                         struct changes *todo)
{
    uint32_t more = 0;
    if (b->chunk && b->chunk_rows < CHUNK_MIN)
        return false;
    if (todo->at->row.uid <= chunk->rows[rows - 1].uid)
        return false;
    for (const struct tree_change *c = todo->at; c < todo->end; c++)
        more += !c->gone;
    unsigned seen = rows;
    if (more > chunk->room - rows ||
        !atomic_compare_exchange_strong(&chunk->used, &seen, rows + more)) {
        if (rows < CHUNK_MIN)
            return false;
        chunk_share(b, chunk, rows, unseen);
        return true;
    }
    for (; todo->at < todo->end; todo->at++) {
        if (todo->at->gone)
            continue;
        chunk->rows[rows++] = todo->at->row;
        unseen += is_unseen(&todo->at->row);
    }
    chunk_share(b, chunk, rows, unseen);
    return true;
}

/* next: the first uid after this node. */
static void node_merge(struct tree_build *b, struct node *node, struct changes *todo, uint64_t next)
{
    for (uint32_t i = 0; i < node->count; i++) {
        bool last = i + 1 == node->count;
        uint64_t limit = last ? next : node->at[i + 1].chunk->rows[0].uid;
        struct chunk *chunk = node->at[i].chunk;
        uint32_t rows = node->at[i].rows, unseen = node->at[i].unseen;
        if (todo->at == todo->end || todo->at->row.uid >= limit)
            chunk_share(b, chunk, rows, unseen);
        else if (limit <= UINT32_MAX || !chunk_extend(b, chunk, rows, unseen, todo))
            chunk_merge(b, chunk, rows, todo, limit);
    }
}

struct tree tree_apply(const struct tree *old, const struct tree_change *changes, size_t count)
{
    struct tree_build b;
    struct changes todo = {changes, count ? changes + count : changes};
    tree_build_open(&b, old->count + (uint32_t)count);
    for (uint32_t i = 0; i < old->node_count; i++) {
        bool last = i + 1 == old->node_count;
        uint64_t next =
            last ? (uint64_t)UINT32_MAX + 1 : old->nodes[i + 1].node->at[0].chunk->rows[0].uid;
        if (todo.at == todo.end || todo.at->row.uid >= next)
            node_share(&b, &old->nodes[i]);
        else
            node_merge(&b, old->nodes[i].node, &todo, next);
    }
    while (todo.at < todo.end)
        change_put(&b, todo.at++);
    return tree_build_close(&b);
}
