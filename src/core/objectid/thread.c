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

/* out is all zero where there is no row. */
static enum code row_get(struct ctx *cx, struct account_txn *t, uint64_t name,
                         struct thread_row *out)
{
    struct key k = thread_row_key(name);
    struct str value;
    *out = (struct thread_row){0};
    enum code code = txn_get(cx, t->t, key_str(&k), &value);
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    return thread_row_decode(cx, value, out);
}

static void row_put(struct ctx *cx, struct account_txn *t, uint64_t name,
                    const struct thread_row *row)
{
    struct key k = thread_row_key(name);
    if (row->holders || row->count)
        txn_put(t->t, key_str(&k), thread_row_encode(cx->arena, row));
    else
        txn_delete(t->t, key_str(&k));
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

/* The first row that leads to a thread; via is 0 when there is none. */
static enum code find(struct ctx *cx, struct account_txn *t, const struct names *n, uint64_t *via,
                      struct thread_row *out)
{
    *via = 0;
    for (size_t i = 0; i < n->count; i++) {
        struct thread_row row;
        TRY(row_get(cx, t, n->all[i], &row));
        if (!row.thread)
            continue;
        *via = n->all[i];
        *out = row;
        return OK;
    }
    return OK;
}

/* Counts the item as a holder of a row that leads to its thread. */
static enum code hold(struct ctx *cx, struct account_txn *t, uint64_t name, uint64_t thread,
                      bool when_missing, bool *held)
{
    struct thread_row row;
    *held = false;
    if (!name)
        return OK;
    TRY(row_get(cx, t, name, &row));
    if (when_missing && row.thread)
        return OK;
    if (!row.thread)
        row.thread = thread;
    row.holders++;
    row_put(cx, t, name, &row);
    *held = true;
    return OK;
}

/* Into the thread that the row at via leads to, or a new one when that is full. */
static enum code enter(struct ctx *cx, struct account_txn *t, uint64_t via, struct thread_row *lead,
                       item_id id, uint64_t *out)
{
    struct thread_row row;
    TRY(row_get(cx, t, lead->thread, &row));
    uint64_t thread = lead->thread;
    if (row.count == THREAD_ITEMS_MAX) {
        thread = thread_alone(id);
        lead->thread = thread;
        row_put(cx, t, via, lead);
        row = (struct thread_row){.thread = thread};
    }
    if (!row.thread)
        row.thread = thread;
    row_add_item(cx, &row, id);
    row_put(cx, t, thread, &row);
    *out = thread;
    return OK;
}

enum code thread_join(struct ctx *cx, struct account_txn *t, struct item_state *item)
{
    struct names n = names_of(cx, item->row.summary);
    struct thread_row lead;
    uint64_t via;
    bool own, root, parent;
    item->row.thread = thread_alone(item->place.id);
    item->row.thread_keys = 0;
    if (!n.count)
        return OK;
    TRY(find(cx, t, &n, &via, &lead));
    if (!via) {
        via = n.root ? n.root : n.own;
        lead = (struct thread_row){.thread = via};
    }
    TRY(enter(cx, t, via, &lead, item->place.id, &item->row.thread));
    TRY(hold(cx, t, n.own, item->row.thread, false, &own));
    TRY(hold(cx, t, n.root, item->row.thread, true, &root));
    TRY(hold(cx, t, n.parent, item->row.thread, true, &parent));
    item->row.thread_keys =
        (uint8_t)((own ? HELD_OWN : 0) | (root ? HELD_ROOT : 0) | (parent ? HELD_PARENT : 0));
    return OK;
}

static enum code let_go(struct ctx *cx, struct account_txn *t, uint64_t name)
{
    struct thread_row row;
    TRY(row_get(cx, t, name, &row));
    if (row.holders)
        row.holders--;
    row_put(cx, t, name, &row);
    return OK;
}

static enum code remove_item(struct ctx *cx, struct account_txn *t, uint64_t thread, item_id id)
{
    struct thread_row row;
    TRY(row_get(cx, t, thread, &row));
    size_t kept = 0;
    item_id *items = ARENA_ARRAY(cx->arena, row.count, item_id);
    for (size_t i = 0; i < row.count; i++)
        if (row.items[i] != id)
            items[kept++] = row.items[i];
    if (kept == row.count)
        return OK;
    row.items = items;
    row.count = kept;
    row_put(cx, t, thread, &row);
    return OK;
}

enum code thread_leave(struct ctx *cx, struct account_txn *t, const struct item_state *item)
{
    struct names n = names_of(cx, item->row.summary);
    if (!item->row.thread || !n.count)
        return OK;
    TRY(remove_item(cx, t, item->row.thread, item->place.id));
    if (item->row.thread_keys & HELD_OWN)
        TRY(let_go(cx, t, n.own));
    if (item->row.thread_keys & HELD_ROOT)
        TRY(let_go(cx, t, n.root));
    if (item->row.thread_keys & HELD_PARENT)
        TRY(let_go(cx, t, n.parent));
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
