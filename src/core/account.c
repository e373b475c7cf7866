#include "core/account.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/random.h"
#include "core/folder.h"
#include "core/item/item.h"
#include "core/quota/fullness.h"
#include "core/txn.h"

enum { DESTROY_ROWS = 1000 };

enum code account_row_get(struct ctx *cx, struct core *c, account_id id, struct account_row *out)
{
    struct key k = row_key(ROW_ACCOUNT);
    struct str value;
    enum code code = store_get(cx, c->store, id, key_str(&k), &value);
    if (code == E_NOT_FOUND)
        return fail(cx, E_NOT_FOUND, "account %llu does not exist", (unsigned long long)id);
    TRY(code);
    return account_row_decode(cx, value, out);
}

static enum code folders_make(struct ctx *cx, struct account_txn *t)
{
    t->all_folders = true;
    for (size_t role = ROLE_NONE + 1; role < ROLE_COUNT; role++) {
        const struct role_row *row = role_row((enum role)role);
        folder_id id;
        if (row->display.n)
            TRY(folder_create(cx, t, row->display, row->kind, (enum role)role, &id));
    }
    return OK;
}

struct creation {
    account_id id;
    struct quota quota;
    unsigned char guid[16], replica[16];
};

static enum code create_in(struct ctx *cx, struct txn *txn, void *arg)
{
    const struct creation *new = arg;
    struct key k = row_key(ROW_ACCOUNT);
    struct str value;
    enum code code = txn_get(cx, txn, key_str(&k), &value);
    if (code == OK)
        return fail(cx, E_EXISTS, "account %llu exists", (unsigned long long)new->id);
    if (code != E_NOT_FOUND)
        return code;
    struct account_txn t;
    account_txn_empty(cx, txn, new->id, &t);
    t.row.next_id = 1;
    t.row.facts.quota = new->quota;
    t.row.facts.created_ms = cx->now_ms;
    memcpy(t.row.facts.guid, new->guid, sizeof new->guid);
    memcpy(t.row.facts.replica, new->replica, sizeof new->replica);
    TRY(folders_make(cx, &t));
    account_txn_finish(&t);
    return OK;
}

enum code account_create(struct ctx *cx, struct core *c, account_id id, const struct quota *quota)
{
    struct creation new = {.id = id};
    if (quota)
        new.quota = *quota;
    struct random system = {0};
    struct random *random = cx->random ? cx->random : &system;
    random_bytes(random, new.guid, sizeof new.guid);
    random_bytes(random, new.replica, sizeof new.replica);
    return store_update(cx, c->store, id, create_in, &new);
}

struct wrapped {
    struct core *core;
    account_id id;
    account_fn *fn;
    void *arg;
    uint64_t modseq;
};

static enum code run_in(struct ctx *cx, struct txn *txn, void *arg)
{
    struct wrapped *w = arg;
    struct account_txn t;
    TRY(account_txn_load(cx, txn, w->id, &t));
    TRY(w->fn(cx, &t, w->arg));
    account_txn_finish(&t);
    w->modseq = t.row.facts.modseq;
    fullness_note(w->core->fullness, &t.row.facts, cx->now_ms);
    return OK;
}

enum code account_update_all(struct core *c, struct account_update *updates, size_t count)
{
    return account_update_all_with(c, updates, count, NULL, 0);
}

enum code account_update_all_with(struct core *c, struct account_update *updates, size_t count,
                                  struct update *others, size_t other_count)
{
    if (count == 0)
        return store_update_all(c->store, others, other_count);
    struct arena *a = updates[0].cx->arena;
    struct update *inner = ARENA_ARRAY(a, count + other_count, struct update);
    struct wrapped *wrapped = ARENA_ARRAY(a, count, struct wrapped);
    for (size_t i = 0; i < count; i++) {
        struct account_update *u = &updates[i];
        wrapped[i] = (struct wrapped){c, u->account, u->fn, u->arg, 0};
        inner[i] =
            (struct update){.part = u->account, .fn = run_in, .arg = &wrapped[i], .cx = u->cx};
    }
    for (size_t i = 0; i < other_count; i++)
        inner[count + i] = others[i];
    enum code code = store_update_all(c->store, inner, count + other_count);
    for (size_t i = 0; i < other_count; i++)
        others[i] = inner[count + i];
    for (size_t i = 0; i < count; i++) {
        updates[i].result = inner[i].result;
        updates[i].modseq = wrapped[i].modseq;
    }
    return code;
}

enum code account_update(struct ctx *cx, struct core *c, account_id id, account_fn *fn, void *arg)
{
    struct wrapped w = {c, id, fn, arg, 0};
    return store_update(cx, c->store, id, run_in, &w);
}

const struct account_facts *account_txn_facts(const struct account_txn *t)
{
    return &t->row.facts;
}

static enum code may_hold(struct ctx *cx, const struct account_facts *f, uint64_t bytes)
{
    const struct quota *q = &f->quota;
    if (q->receive_bytes &&
        (f->used_bytes > q->receive_bytes || bytes > q->receive_bytes - f->used_bytes))
        return fail(cx, E_LIMIT, "account %llu: quota", (unsigned long long)f->id);
    if (q->items_max && f->items >= q->items_max)
        return fail(cx, E_LIMIT, "account %llu: items", (unsigned long long)f->id);
    return OK;
}

enum code account_may_receive(struct ctx *cx, const struct account_view *v, uint64_t bytes)
{
    return may_hold(cx, account_facts(v), bytes);
}

enum code account_may_receive_now(struct ctx *cx, struct core *c, account_id id, uint64_t bytes)
{
    struct account_facts lately;
    if (fullness_get(c->fullness, id, cx->now_ms, &lately))
        return may_hold(cx, &lately, bytes);
    struct account_row row;
    TRY(account_row_get(cx, c, id, &row));
    fullness_note(c->fullness, &row.facts, cx->now_ms);
    return may_hold(cx, &row.facts, bytes);
}

enum code account_txn_may_hold(struct ctx *cx, const struct account_txn *t, uint64_t bytes)
{
    return may_hold(cx, &t->row.facts, bytes);
}

enum code account_may_send(struct ctx *cx, const struct account_view *v)
{
    const struct account_facts *f = account_facts(v);
    if (f->quota.send_bytes && f->used_bytes >= f->quota.send_bytes)
        return fail(cx, E_LIMIT, "account %llu: quota for sending", (unsigned long long)f->id);
    return OK;
}

enum code account_set_quota(struct ctx *cx, struct account_txn *t, const struct quota *quota)
{
    (void)cx;
    t->row.facts.quota = *quota;
    return OK;
}

enum code account_set_hold(struct ctx *cx, struct account_txn *t, bool on)
{
    (void)cx;
    t->row.flags = on ? t->row.flags | ACCOUNT_HOLD : t->row.flags & ~(uint32_t)ACCOUNT_HOLD;
    return OK;
}

void account_txn_set_filtered(struct account_txn *t, bool on)
{
    uint32_t others = t->row.flags & ~(uint32_t)ACCOUNT_FILTERED;
    t->row.flags = on ? others | ACCOUNT_FILTERED : others;
    t->row.facts.filtered = on;
}

enum code account_reserve_ids(struct ctx *cx, struct account_txn *t, uint32_t count,
                              uint64_t *first)
{
    if (count == 0 || count > RESERVE_IDS_MAX)
        return fail(cx, E_LIMIT, "reserving %u ids", count);
    *first = txn_ids(t, count);
    return OK;
}

struct destruction {
    account_id id;
    bool more;
};

/* The account row goes with the first part, so that nothing is added to what is being ended. */
static enum code destroy_in(struct ctx *cx, struct txn *t, void *arg)
{
    struct destruction *d = arg;
    struct key account = row_key(ROW_ACCOUNT);
    txn_delete(t, key_str(&account));
    struct scan *w AUTO(scan_close) = txn_scan(cx, t, (struct range){0});
    struct str key, value;
    struct str *keys = ARENA_ARRAY(cx->arena, DESTROY_ROWS, struct str);
    size_t count = 0;
    while (count < DESTROY_ROWS && scan_next(w, &key, &value)) {
        TRY(row_release_blobs(cx, t, key, value));
        keys[count++] = str_dup(cx->arena, key);
    }
    TRY(scan_error(w));
    for (size_t i = 0; i < count; i++)
        txn_delete(t, keys[i]);
    d->more = count == DESTROY_ROWS;
    return OK;
}

enum code account_destroy(struct ctx *cx, struct core *c, account_id id)
{
    struct destruction d = {.id = id};
    do {
        TRY(store_update(cx, c->store, id, destroy_in, &d));
    } while (d.more);
    fullness_forget(c->fullness, id);
    return OK;
}
