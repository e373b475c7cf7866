/* Views of per-reader folders: the folder's own view with the reader's marks laid over it. */
#include "core/reader.h"
#include "base/arena.h"
#include "core/view/view.h"

static bool seen_by(const struct reader_state *state, uint32_t uid, uint64_t *modseq)
{
    size_t low = 0, high = state->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (state->blocks[middle].first + READER_BLOCK <= uid)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == state->count || state->blocks[low].first > uid)
        return false;
    const struct reader_block *block = &state->blocks[low];
    *modseq = block->modseq;
    return reader_block_get(block, uid);
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* A mark has no number of its own, but its block has. A row known before keeps its number until its
   mark changes; one that is read anew takes the block's, which is never lower. So a row's number
   never falls. */
static struct view_row row_for(const struct view_row *base, const struct view_row *before,
                               const struct reader_state *state)
{
    struct view_row row = *base;
    uint64_t block = 0;
    bool seen = seen_by(state, row.uid, &block);
    row.flags = seen ? row.flags | FLAG_SEEN : row.flags & ~(uint32_t)FLAG_SEEN;
    if (before)
        row.modseq = later(row.modseq, before->modseq);
    if (!before || (before->flags ^ row.flags) & FLAG_SEEN)
        row.modseq = later(row.modseq, block);
    return row;
}

static const struct view_row *row_find(const struct tree *tree, uint32_t uid)
{
    uint32_t index = tree_find(tree, uid);
    if (index == tree->count)
        return NULL;
    const struct view_row *row = tree_row(tree, tree_at(tree, index));
    return row->uid == uid ? row : NULL;
}

static struct tree tree_cold(const struct tree *base, const struct reader_state *state)
{
    struct tree_build b;
    tree_build_open(&b, base->count);
    for (uint32_t n = 0; n < base->node_count; n++) {
        const struct node *node = base->nodes[n].node;
        for (uint32_t c = 0; c < node->count; c++)
            for (uint32_t r = 0; r < node->at[c].rows; r++) {
                struct view_row row = row_for(&node->at[c].chunk->rows[r], NULL, state);
                tree_build_row(&b, &row);
            }
    }
    return tree_build_close(&b);
}

struct uids {
    uint32_t *at;
    size_t count, room;
};

static void uid_add(struct ctx *cx, struct uids *uids, uint32_t uid)
{
    if (uids->count == uids->room) {
        size_t more = uids->room ? uids->room * 2 : 64;
        uids->at = arena_grow(cx->arena, uids->at, uids->room * sizeof uid, more * sizeof uid);
        uids->room = more;
    }
    uids->at[uids->count++] = uid;
}

static void base_uids(struct ctx *cx, const struct view *old, const struct view *new,
                      struct uids *uids)
{
    struct view_difference d;
    view_diff(cx, old, new, &d);
    for (uint32_t i = 0; i < d.removed_count; i++)
        uid_add(cx, uids, view_at(old, d.removed[i]).uid);
    for (uint32_t i = 0; i < d.changed_count; i++)
        uid_add(cx, uids, view_at(new, d.changed[i]).uid);
    for (uint32_t i = d.added; i < view_count(new); i++)
        uid_add(cx, uids, view_at(new, i).uid);
}

/* Rows whose mark differs, in blocks that changed since. */
static void mark_uids(struct ctx *cx, const struct tree *old, const struct reader_state *state,
                      uint64_t since, struct uids *uids)
{
    for (size_t i = 0; i < state->count; i++) {
        const struct reader_block *block = &state->blocks[i];
        uint32_t index = block->modseq > since ? tree_find(old, block->first) : old->count;
        for (; index < old->count; index++) {
            const struct view_row *row = tree_row(old, tree_at(old, index));
            if (row->uid - block->first >= READER_BLOCK)
                break;
            if (reader_block_get(block, row->uid) != ((row->flags & FLAG_SEEN) != 0))
                uid_add(cx, uids, row->uid);
        }
    }
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static struct tree tree_warm(struct ctx *cx, const struct view *old, const struct view *base,
                             const struct reader_state *state, uint64_t since)
{
    struct uids uids = {0};
    base_uids(cx, old->base, base, &uids);
    mark_uids(cx, &old->tree, state, since, &uids);
    if (uids.count)
        qsort(uids.at, uids.count, sizeof *uids.at, by_number);
    struct tree_change *changes = ARENA_ARRAY(cx->arena, uids.count + 1, struct tree_change);
    size_t count = 0;
    for (size_t i = 0; i < uids.count; i++) {
        if (i && uids.at[i] == uids.at[i - 1])
            continue;
        const struct view_row *now = row_find(&base->tree, uids.at[i]);
        struct tree_change *change = &changes[count++];
        change->row.uid = uids.at[i];
        change->gone = !now;
        if (now)
            change->row = row_for(now, row_find(&old->tree, uids.at[i]), state);
    }
    return tree_apply(&old->tree, changes, count);
}

static enum code reader_current(struct ctx *cx, struct core *c, struct entry *e)
{
    uint64_t version;
    TRY(store_version(cx, c->store, e->name.account, &version));
    if (e->picture && e->version == version)
        return OK;
    struct view *base AUTO(view_unref) = NULL;
    struct reader_state state;
    TRY(view_base_get(cx, c, e->name.account, (folder_id)e->name.folder, &base));
    TRY(reader_state_load(cx, c, &e->name, &state));
    struct view *old = (struct view *)e->picture;
    struct view *v = view_new(base->account, base->folder);
    v->tree = old ? tree_warm(cx, old, base, &state, e->seen) : tree_cold(&base->tree, &state);
    v->uid_validity = base->uid_validity;
    v->uid_next = base->uid_next;
    v->modseq = later(base->modseq, state.modseq);
    v->keywords = keywords_ref(base->keywords);
    picture_ref(&base->picture);
    v->base = base;
    view_seal(v);
    entry_set(e, &v->picture);
    e->seen = state.modseq;
    e->version = version;
    return OK;
}

enum code view_reader_get(struct ctx *cx, struct core *c, const struct entry_name *name,
                          struct view **out)
{
    struct entry *e = entry_acquire(c->views, name);
    enum code code = reader_current(cx, c, e);
    if (code == OK) {
        picture_ref(e->picture);
        *out = (struct view *)e->picture;
    } else {
        entry_set(e, NULL);
    }
    entry_release(c->views, e);
    return code;
}
