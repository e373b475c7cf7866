#include "core/objectid/thread.h"
#include "base/buf.h"
#include "core/item/item.h"
#include "format/summary.h"
#include "format/thread.h"
#include "format/utf8.h"

/* Ids of threads of one message without any message id have this bit and the item's id, so that
   they need no row; others are the hash of the first message id that founded them. */
static const uint64_t alone_bit = UINT64_C(1) << 63;

/* Which rows an item holds (item_row.thread_keys). */
enum held { HELD_OWN = 1, HELD_ROOT = 2, HELD_PARENT = 4 };

/* The names of the rows of one message, 0 for none. */
struct names {
    uint64_t own, root, parent;
    uint64_t *all; /* root first, then the parent and back from it */
    size_t count;
};

uint64_t thread_alone(item_id id)
{
    return alone_bit | id;
}

/* Messages with another base subject do not meet. */
static uint64_t name_of(uint64_t key, uint64_t subject)
{
    unsigned char bytes[16];
    for (unsigned i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(key >> (8 * i));
        bytes[8 + i] = (unsigned char)(subject >> (8 * i));
    }
    uint64_t name = thread_key(str_of(bytes, sizeof bytes)) & ~alone_bit;
    return name ? name : 1;
}

/* A summary that cannot be read has no keys: the message is alone, but it is kept. */
static struct names names_of(const struct ctx *cx, struct str summary)
{
    struct ctx own = *cx;
    struct names n = {0};
    struct str subject;
    uint64_t *keys;
    size_t count;
    if (summary_keys(&own, summary, &keys, &count) != OK ||
        summary_get(&own, summary, SUMMARY_BASE_SUBJECT, &subject) != OK || !count)
        return n;
    uint64_t about = thread_key(utf8_fold(cx->arena, subject));
    if (keys[0])
        n.own = name_of(keys[0], about);
    n.all = ARENA_ARRAY(cx->arena, THREAD_LOOKS_MAX, uint64_t);
    if (count > 1) {
        n.root = name_of(keys[1], about);
        n.parent = name_of(keys[count - 1], about);
        n.all[n.count++] = n.root;
    }
    for (size_t i = count - 1; i > 1 && n.count < THREAD_LOOKS_MAX - 1; i--)
        n.all[n.count++] = name_of(keys[i], about);
    if (n.own)
        n.all[n.count++] = n.own;
    return n;
}

static struct key thread_row_key(uint64_t name)
{
    struct key k = row_key(ROW_THREAD);
    key_u64(&k, name);
    return k;
}

/* A row as it is in memory: each is read and written once, however often an item touches it. */
struct look {
    struct look *next;
    uint64_t name;
    struct thread_row row; /* all zero where there is none */
    bool dirty;
};

static enum code look(struct ctx *cx, struct account_txn *t, struct look **all, uint64_t name,
                      struct look **out)
{
    struct look *x = *all;
    while (x && x->name != name)
        x = x->next;
    if (!x) {
        struct key k = thread_row_key(name);
        struct str value;
        x = ARENA_NEW(cx->arena, struct look);
        x->name = name;
        enum code code = txn_get(cx, t->t, key_str(&k), &value);
        if (code == OK)
            TRY(thread_row_decode(cx, value, &x->row));
        else if (code != E_NOT_FOUND)
            return code;
        x->next = *all;
        *all = x;
    }
    *out = x;
    return OK;
}

static void looks_put(struct ctx *cx, struct account_txn *t, const struct look *all)
{
    for (const struct look *x = all; x; x = x->next) {
        if (!x->dirty)
            continue;
        struct key k = thread_row_key(x->name);
        if (x->row.holders || x->row.count)
            txn_put(t->t, key_str(&k), thread_row_encode(cx->arena, &x->row));
        else
            txn_delete(t->t, key_str(&k));
    }
}

/* The row's items and one more. */
static void row_add_item(struct ctx *cx, struct thread_row *row, item_id id)
{
    item_id *items = ARENA_ARRAY(cx->arena, row->count + 1, item_id);
    if (row->count)
        memcpy(items, row->items, row->count * sizeof *items);
    items[row->count++] = id;
    row->items = items;
}

/* The first row that leads to a thread; where there is none, the one that is to found it. */
static enum code find(struct ctx *cx, struct account_txn *t, struct look **all,
                      const struct names *n, struct look **via)
{
    for (size_t i = 0; i < n->count; i++) {
        TRY(look(cx, t, all, n->all[i], via));
        if ((*via)->row.thread)
            return OK;
    }
    TRY(look(cx, t, all, n->root ? n->root : n->own, via));
    (*via)->row.thread = (*via)->name;
    return OK;
}

/* Counts the item as a holder of a row that leads to its thread. */
static enum code hold(struct ctx *cx, struct account_txn *t, struct look **all, uint64_t name,
                      uint64_t thread)
{
    struct look *x;
    TRY(look(cx, t, all, name, &x));
    if (!x->row.thread)
        x->row.thread = thread;
    x->row.holders++;
    x->dirty = true;
    return OK;
}

/* Rows that were there are held by others. */
static enum code hold_missing(struct ctx *cx, struct account_txn *t, struct look **all,
                              uint64_t name, uint64_t thread, bool *held)
{
    struct look *x;
    *held = false;
    if (!name)
        return OK;
    TRY(look(cx, t, all, name, &x));
    *held = !x->row.thread;
    return *held ? hold(cx, t, all, name, thread) : OK;
}

/* Into the thread that via leads to, or a new one when that is full. */
static enum code enter(struct ctx *cx, struct account_txn *t, struct look **all, struct look *via,
                       item_id id, uint64_t *out)
{
    struct look *x;
    TRY(look(cx, t, all, via->row.thread, &x));
    if (x->row.count == THREAD_ITEMS_MAX) {
        via->row.thread = thread_alone(id);
        via->dirty = true;
        TRY(look(cx, t, all, via->row.thread, &x));
    }
    if (!x->row.thread)
        x->row.thread = x->name;
    row_add_item(cx, &x->row, id);
    x->dirty = true;
    *out = x->name;
    return OK;
}

enum code thread_join(struct ctx *cx, struct account_txn *t, struct item_state *item)
{
    struct names n = names_of(cx, item->row.summary);
    struct look *all = NULL, *via = NULL;
    uint64_t thread;
    bool root, parent;
    item->row.thread = thread_alone(item->place.id);
    item->row.thread_keys = 0;
    if (!n.count)
        return OK;
    TRY(find(cx, t, &all, &n, &via));
    TRY(enter(cx, t, &all, via, item->place.id, &thread));
    if (n.own)
        TRY(hold(cx, t, &all, n.own, thread));
    TRY(hold_missing(cx, t, &all, n.root, thread, &root));
    TRY(hold_missing(cx, t, &all, n.parent, thread, &parent));
    looks_put(cx, t, all);
    item->row.thread = thread;
    item->row.thread_keys =
        (uint8_t)((n.own ? HELD_OWN : 0) | (root ? HELD_ROOT : 0) | (parent ? HELD_PARENT : 0));
    return OK;
}

static enum code let_go(struct ctx *cx, struct account_txn *t, struct look **all, uint64_t name)
{
    struct look *x;
    TRY(look(cx, t, all, name, &x));
    if (x->row.holders)
        x->row.holders--;
    x->dirty = true;
    return OK;
}

static enum code remove_item(struct ctx *cx, struct account_txn *t, struct look **all,
                             uint64_t thread, item_id id)
{
    struct look *x;
    TRY(look(cx, t, all, thread, &x));
    size_t kept = 0;
    item_id *items = ARENA_ARRAY(cx->arena, x->row.count, item_id);
    for (size_t i = 0; i < x->row.count; i++)
        if (x->row.items[i] != id)
            items[kept++] = x->row.items[i];
    if (kept == x->row.count)
        return OK;
    x->row.items = items;
    x->row.count = kept;
    x->dirty = true;
    return OK;
}

enum code thread_leave(struct ctx *cx, struct account_txn *t, const struct item_state *item)
{
    struct names n = names_of(cx, item->row.summary);
    struct look *all = NULL;
    if (!item->row.thread || !n.count)
        return OK;
    TRY(remove_item(cx, t, &all, item->row.thread, item->place.id));
    if (item->row.thread_keys & HELD_OWN)
        TRY(let_go(cx, t, &all, n.own));
    if (item->row.thread_keys & HELD_ROOT)
        TRY(let_go(cx, t, &all, n.root));
    if (item->row.thread_keys & HELD_PARENT)
        TRY(let_go(cx, t, &all, n.parent));
    looks_put(cx, t, all);
    return OK;
}

enum code thread_items(struct ctx *cx, struct core *c, account_id account, uint64_t thread,
                       item_id **out, size_t *count)
{
    struct key k = thread_row_key(thread);
    struct str value;
    struct thread_row row = {0};
    enum code code = store_get(cx, c->store, account, key_str(&k), &value);
    if (code == OK)
        TRY(thread_row_decode(cx, value, &row));
    else if (code != E_NOT_FOUND)
        return code;
    struct item_placed placed;
    item_id alone = thread & ~alone_bit;
    if (!row.count && thread & alone_bit) {
        TRY(item_locate(cx, c, account, alone, &placed));
        row_add_item(cx, &row, alone);
    }
    if (!row.count)
        return fail(cx, E_NOT_FOUND, "no such thread");
    *out = row.items;
    *count = row.count;
    return OK;
}
