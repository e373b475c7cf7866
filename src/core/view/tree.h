/* The rows of a view: chunks in nodes in a root, shared between the views that have them in common.
   Immutable once built, but for free places behind the rows of a last chunk, which one later view
   may claim. Internal to core. */
#ifndef CORE_VIEW_TREE_H
#define CORE_VIEW_TREE_H

#include "core/view.h"
#include <stdatomic.h>

enum { CHUNK_ROWS = 256, CHUNK_MIN = 64, NODE_CHUNKS = 64, NODE_MIN = 16 };

struct chunk {
    atomic_uint refs;
    atomic_uint used; /* rows filled by the view that went furthest */
    uint32_t room;
    struct view_row rows[];
};

struct node {
    atomic_uint refs;
    uint32_t count; /* of chunks */
    struct {
        struct chunk *chunk;
        uint32_t start;  /* rows of the node before it */
        uint32_t rows;   /* that this node sees; chunk->used may be more */
        uint32_t unseen; /* among them */
    } at[NODE_CHUNKS];
};

struct tree {
    uint32_t count, unseen;
    uint32_t node_count;
    struct tree_node {
        struct node *node;
        uint32_t start, rows, unseen;
    } * nodes;
};

/* Drops its share of the nodes. */
void tree_free(struct tree *tree);
/* Bytes that it holds, shared ones included. */
size_t tree_bytes(const struct tree *tree);

/* Where a row lies: chunk of nodes[node]. */
struct tree_at {
    uint32_t node, chunk, row;
};
/* index < tree->count. */
struct tree_at tree_at(const struct tree *tree, uint32_t index);
const struct view_row *tree_row(const struct tree *tree, struct tree_at at);
/* Index of the first row whose uid is at least uid; tree->count when there is none. */
uint32_t tree_find(const struct tree *tree, uint32_t uid);
uint32_t tree_first_unseen(const struct tree *tree);

/* Makes trees: from rows alone, in the order of uids, or from an older tree and what changed. */
struct tree_build {
    struct tree tree;
    uint32_t node_room;
    struct node *node;
    struct chunk *chunk;
    uint32_t chunk_rows, chunk_unseen;
    uint32_t chunk_limit, node_limit;
    uint32_t expected;
};
/* expected: about how many rows will come. */
void tree_build_open(struct tree_build *b, uint32_t expected);
void tree_build_row(struct tree_build *b, const struct view_row *row);
struct tree tree_build_close(struct tree_build *b);

struct tree_change {
    struct view_row row;
    bool gone; /* row.uid is not in the folder any more, or not shown */
};
/* changes: sorted by uid, each uid once. Copies only chunks in which something changed. */
struct tree tree_apply(const struct tree *old, const struct tree_change *changes, size_t count);

#endif
