/* Looking at views. */
#include "base/arena.h"
#include "core/view/view.h"

enum code view_get(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                   principal_id reader, struct view **out)
{
    if (reader == 0 || reader == account)
        return view_base_get(cx, c, account, folder, out);
    struct account_view *v AUTO(account_view_unref) = NULL;
    TRY(account_view_get(cx, c, account, &v));
    const struct folder_facts *facts = account_folder_by_id(v, folder);
    if (!facts)
        return fail(cx, E_NOT_FOUND, "folder %u does not exist", folder);
    if (!facts->per_reader)
        return view_base_get(cx, c, account, folder, out);
    struct entry_name name = {.account = account, .reader = reader, .folder = folder};
    return view_reader_get(cx, c, &name, out);
}

uint32_t view_count(const struct view *v)
{
    return v->tree.count;
}

uint32_t view_unseen(const struct view *v)
{
    return v->tree.unseen;
}

uint32_t view_first_unseen(const struct view *v)
{
    return tree_first_unseen(&v->tree);
}

uint32_t view_uid_next(const struct view *v)
{
    return v->uid_next;
}

uint32_t view_uid_validity(const struct view *v)
{
    return v->uid_validity;
}

uint64_t view_modseq(const struct view *v)
{
    return v->modseq;
}

folder_id view_folder(const struct view *v)
{
    return v->folder;
}

account_id view_account(const struct view *v)
{
    return v->account;
}

struct view_row view_at(const struct view *v, uint32_t index)
{
    must(index < v->tree.count);
    return *tree_row(&v->tree, tree_at(&v->tree, index));
}

uint32_t view_find(const struct view *v, uint32_t uid)
{
    return tree_find(&v->tree, uid);
}

uint32_t view_rows(const struct view *v, uint32_t index, uint32_t count, struct view_row *out)
{
    must(index < v->tree.count && count > 0);
    struct tree_at at = tree_at(&v->tree, index);
    uint32_t together = v->tree.nodes[at.node].node->at[at.chunk].rows - at.row;
    uint32_t n = together < count ? together : count;
    memcpy(out, tree_row(&v->tree, at), n * sizeof *out);
    return n;
}

struct str view_keyword(const struct view *v, unsigned bit)
{
    return bit < v->keywords->count ? v->keywords->names[bit] : (struct str){0};
}

int view_keyword_bit(const struct view *v, struct str name)
{
    for (size_t i = 0; i < v->keywords->count; i++)
        if (str_ieq(v->keywords->names[i], name))
            return (int)i;
    return -1;
}

uint32_t view_claim_recent(struct core *c, struct view *v)
{
    struct entry_name name = {.account = v->account, .folder = v->folder};
    return views_claim(c->views, &name, v->uid_next);
}

struct watch *account_watch(struct core *c, account_id account, watch_fn *fn, void *arg)
{
    return store_watch(c->store, account, fn, arg);
}

/* A place in a tree, walked chunk by chunk. */
struct place {
    const struct tree *tree;
    uint32_t index; /* of the chunk's first row, and row is what is left to look at */
    struct tree_at at;
};

static bool place_end(const struct place *p)
{
    return p->at.node >= p->tree->node_count;
}

static uint32_t place_index(const struct place *p)
{
    return p->index + p->at.row;
}

static struct node *place_node(const struct place *p)
{
    return p->tree->nodes[p->at.node].node;
}

static void place_skip_node(struct place *p)
{
    p->index = p->tree->nodes[p->at.node].start + p->tree->nodes[p->at.node].rows;
    p->at = (struct tree_at){.node = p->at.node + 1};
}

static void place_skip(struct place *p, uint32_t rows)
{
    const struct node *node = place_node(p);
    p->at.row += rows;
    if (p->at.row < node->at[p->at.chunk].rows)
        return;
    p->index += node->at[p->at.chunk].rows;
    p->at.row = 0;
    if (++p->at.chunk < node->count)
        return;
    p->at.chunk = 0;
    p->at.node++;
}

/* Skips what both share from here on; false when nothing. */
static bool skip_shared(struct place *a, struct place *b)
{
    struct node *x = place_node(a), *y = place_node(b);
    if (x == y && a->at.chunk == 0 && b->at.chunk == 0 && a->at.row == 0 && b->at.row == 0) {
        place_skip_node(a);
        place_skip_node(b);
        return true;
    }
    if (x->at[a->at.chunk].chunk != y->at[b->at.chunk].chunk || a->at.row != b->at.row)
        return false;
    uint32_t left_a = x->at[a->at.chunk].rows - a->at.row;
    uint32_t left_b = y->at[b->at.chunk].rows - b->at.row;
    uint32_t both = left_a < left_b ? left_a : left_b;
    place_skip(a, both);
    place_skip(b, both);
    return true;
}

struct list {
    uint32_t *at;
    uint32_t count, room;
};

static void list_add(struct ctx *cx, struct list *l, uint32_t value)
{
    if (l->count == l->room) {
        uint32_t more = l->room ? l->room * 2 : 16;
        l->at = arena_grow(cx->arena, l->at, l->room * sizeof *l->at, more * sizeof *l->at);
        l->room = more;
    }
    l->at[l->count++] = value;
}

static bool row_same(const struct view_row *a, const struct view_row *b)
{
    return a->flags == b->flags && a->keywords == b->keywords && a->modseq == b->modseq;
}

void view_diff(struct ctx *cx, const struct view *old, const struct view *new,
               struct view_difference *out)
{
    struct place a = {.tree = &old->tree}, b = {.tree = &new->tree};
    struct list removed = {0}, changed = {0};
    while (!place_end(&a) && !place_end(&b)) {
        if (skip_shared(&a, &b))
            continue;
        const struct view_row *x = tree_row(a.tree, a.at), *y = tree_row(b.tree, b.at);
        if (x->uid < y->uid) {
            list_add(cx, &removed, place_index(&a));
            place_skip(&a, 1);
            continue;
        }
        if (x->uid > y->uid || !row_same(x, y))
            list_add(cx, &changed, place_index(&b));
        if (x->uid == y->uid)
            place_skip(&a, 1);
        place_skip(&b, 1);
    }
    for (; !place_end(&a); place_skip(&a, 1))
        list_add(cx, &removed, place_index(&a));
    *out = (struct view_difference){.removed = removed.at,
                                    .changed = changed.at,
                                    .removed_count = removed.count,
                                    .changed_count = changed.count,
                                    .added = place_end(&b) ? new->tree.count : place_index(&b)};
}
