/* Threads: their rows name items that are there, and every item is in its thread. */
#include "base/arena.h"
#include "core/objectid/thread.h"
#include "core/upkeep/checker.h"

static struct str about(struct checker *k, uint64_t thread)
{
    return str_printf(k->cx->arena, "thread %llx", (unsigned long long)thread);
}

static enum code thread_row_of(struct checker *k, uint64_t thread, struct key *key,
                               struct thread_row *out)
{
    struct str value;
    bool is_there;
    *key = row_key(ROW_THREAD);
    key_u64(key, thread);
    *out = (struct thread_row){.thread = thread};
    TRY(check_row(k, key, &value, &is_there));
    return is_there ? thread_row_decode(k->cx, value, out) : OK;
}

/* Of several that are missing in one thread, each run of the check puts one back. */
enum code check_thread_member(struct checker *k, const struct item_row *item)
{
    struct key key;
    struct thread_row row;
    if (!item->thread || item->thread == thread_alone(item->id))
        return OK;
    TRY(thread_row_of(k, item->thread, &key, &row));
    for (size_t i = 0; i < row.count; i++)
        if (row.items[i] == item->id)
            return OK;
    item_id *items = ARENA_ARRAY(k->cx->arena, row.count + 1, item_id);
    for (size_t i = 0; i < row.count; i++)
        items[i] = row.items[i];
    items[row.count++] = item->id;
    row.items = items;
    if (check_fault(k, "an item is missing in its thread", about(k, item->thread), true))
        check_fix_put(k, &key, thread_row_encode(k->cx->arena, &row));
    return OK;
}

/* Drops the items that are gone; whether there were any. */
static enum code without_gone(struct checker *k, struct thread_row *row, bool *changed)
{
    size_t kept = 0;
    for (size_t i = 0; i < row->count; i++) {
        struct key home = item_key(row->items[i]);
        struct str value;
        bool is_there;
        TRY(check_row(k, &home, &value, &is_there));
        if (is_there)
            row->items[kept++] = row->items[i];
    }
    *changed = kept != row->count;
    row->count = kept;
    return OK;
}

enum code check_threads(struct checker *k)
{
    struct key from = row_key(ROW_THREAD), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(k->cx, k->t.t, range);
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct thread_row row;
        bool changed;
        TRY(thread_row_decode(k->cx, value, &row));
        TRY(without_gone(k, &row, &changed));
        if (!changed ||
            !check_fault(k, "a thread names an item that is gone", about(k, row.thread), true))
            continue;
        struct key at = row_key(ROW_THREAD);
        uint64_t name;
        if (!id_of_key(key, &name))
            return fail(k->cx, E_CORRUPT, "a thread row's key is broken");
        key_u64(&at, name);
        if (row.count || row.holders)
            check_fix_put(k, &at, thread_row_encode(k->cx->arena, &row));
        else
            check_fix_drop(k, key_str(&at));
    }
    return scan_error(w);
}
