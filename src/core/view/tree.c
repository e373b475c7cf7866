#include "core/view/tree.h"

static void chunk_unref(struct chunk *chunk)
{
    if (atomic_fetch_sub(&chunk->refs, 1) == 1)
        free(chunk);
}

static void node_unref(struct node *node)
{
    if (atomic_fetch_sub(&node->refs, 1) != 1)
        return;
    for (uint32_t i = 0; i < node->count; i++)
        chunk_unref(node->at[i].chunk);
    free(node);
}

void tree_free(struct tree *tree)
{
    for (uint32_t i = 0; i < tree->node_count; i++)
        node_unref(tree->nodes[i].node);
    free(tree->nodes);
    *tree = (struct tree){0};
}

size_t tree_bytes(const struct tree *tree)
{
    size_t bytes = tree->node_count * (sizeof *tree->nodes + sizeof(struct node));
    return bytes + tree->count * sizeof(struct view_row);
}

/* Trees that were made in one go have full chunks and nodes, so that a division finds the place. */
static uint32_t node_at(const struct tree *tree, uint32_t index)
{
    uint32_t low = 0, high = tree->node_count, guess = index / (CHUNK_ROWS * NODE_CHUNKS);
    if (guess < high && index - tree->nodes[guess].start < tree->nodes[guess].rows)
        return guess;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (tree->nodes[middle].start <= index)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static uint32_t chunk_at(const struct node *node, uint32_t index)
{
    uint32_t low = 0, high = node->count, guess = index / CHUNK_ROWS;
    if (guess < high && index - node->at[guess].start < node->at[guess].rows)
        return guess;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (node->at[middle].start <= index)
            low = middle;
        else
            high = middle;
    }
    return low;
}

struct tree_at tree_at(const struct tree *tree, uint32_t index)
{
    struct tree_at at = {.node = node_at(tree, index)};
    const struct node *node = tree->nodes[at.node].node;
    index -= tree->nodes[at.node].start;
    at.chunk = chunk_at(node, index);
    at.row = index - node->at[at.chunk].start;
    return at;
}

const struct view_row *tree_row(const struct tree *tree, struct tree_at at)
{
    return &tree->nodes[at.node].node->at[at.chunk].chunk->rows[at.row];
}

static uint32_t node_first(const struct tree *tree, uint32_t node)
{
    return tree->nodes[node].node->at[0].chunk->rows[0].uid;
}

/* The node that holds uid if any does: the last whose first uid is not above it. */
static uint32_t node_for(const struct tree *tree, uint32_t uid)
{
    uint32_t low = 0, high = tree->node_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (node_first(tree, middle) <= uid)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static uint32_t chunk_for(const struct node *node, uint32_t uid)
{
    uint32_t low = 0, high = node->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (node->at[middle].chunk->rows[0].uid <= uid)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint32_t tree_find(const struct tree *tree, uint32_t uid)
{
    if (tree->count == 0)
        return 0;
    uint32_t n = node_for(tree, uid);
    const struct node *node = tree->nodes[n].node;
    uint32_t c = chunk_for(node, uid);
    const struct view_row *rows = node->at[c].chunk->rows;
    uint32_t low = 0, high = node->at[c].rows;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (rows[middle].uid < uid)
            low = middle + 1;
        else
            high = middle;
    }
    return tree->nodes[n].start + node->at[c].start + low;
}

uint32_t tree_first_unseen(const struct tree *tree)
{
    for (uint32_t n = 0; n < tree->node_count; n++) {
        const struct node *node = tree->nodes[n].node;
        if (!tree->nodes[n].unseen)
            continue;
        for (uint32_t c = 0; c < node->count; c++)
            for (uint32_t r = 0; node->at[c].unseen && r < node->at[c].rows; r++)
                if (!(node->at[c].chunk->rows[r].flags & FLAG_SEEN))
                    return tree->nodes[n].start + node->at[c].start + r;
    }
    return tree->count;
}
