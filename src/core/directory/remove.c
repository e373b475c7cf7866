#include "base/arena.h"
#include "base/cur.h"
#include "core/directory/rows.h"
#include "core/share/sharing.h"

enum { PURGE_ROWS = 2000, PENDING_MS = 10 * 60 * 1000 };
static const int64_t reconnect_ms = RECONNECT_DAYS * INT64_C(86400000);

struct removal {
    principal_id id;
    int64_t now_ms;
    bool gone;
};

/* Groups show only members that live; each group's row says so, that expanding need not ask. */
static enum code mark_memberships(struct ctx *cx, struct txn *t, const struct principal *p,
                                  bool removed)
{
    struct rows r = rows_in(t);
    struct key from = rows_member_of_key(p->id, 0);
    struct ids groups = {0};
    TRY(rows_seconds(cx, &r, &from, &groups));
    for (size_t i = 0; i < groups.n; i++)
        rows_put_member(cx, t, groups.at[i], p->id,
                        (struct member_row){.kind = p->kind, .removed = removed});
    return OK;
}

static enum code bury(struct ctx *cx, struct txn *t, void *arg)
{
    const struct removal *a = arg;
    struct rows r = rows_in(t);
    struct principal_row row;
    TRY(rows_principal(cx, &r, a->id, &row));
    if (row.removed_ms)
        return fail(cx, E_NOT_FOUND, "directory: removed already");
    row.removed_ms = a->now_ms;
    rows_put_principal(cx, t, &row);
    struct key k = rows_removed_key(a->now_ms, a->id);
    rows_put_mark(t, &k);
    return mark_memberships(cx, t, &row.is, true);
}

enum code directory_remove(struct ctx *cx, struct core *c, principal_id id)
{
    struct removal a = {.id = id, .now_ms = cx->now_ms ? cx->now_ms : 1};
    return store_update(cx, c->store, DIRECTORY_PART, bury, &a);
}

static enum code dig_up(struct ctx *cx, struct txn *t, void *arg)
{
    const struct removal *a = arg;
    struct rows r = rows_in(t);
    struct principal_row row;
    TRY(rows_principal(cx, &r, a->id, &row));
    if (!row.removed_ms)
        return fail(cx, E_NOT_FOUND, "directory: not removed");
    struct key k = rows_removed_key(row.removed_ms, a->id);
    txn_delete(t, key_str(&k));
    row.removed_ms = 0;
    rows_put_principal(cx, t, &row);
    return mark_memberships(cx, t, &row.is, false);
}

enum code directory_restore(struct ctx *cx, struct core *c, principal_id id)
{
    struct removal a = {.id = id};
    return store_update(cx, c->store, DIRECTORY_PART, dig_up, &a);
}

enum code directory_removed(struct ctx *cx, struct core *c, struct str address,
                            struct principal *out, int64_t *removed_ms)
{
    struct rows r = rows_of(c);
    struct str normal;
    struct address_row a;
    struct principal_row row;
    TRY(directory_address_normal(cx, address, &normal));
    TRY(rows_address(cx, &r, normal, &a));
    TRY(rows_principal(cx, &r, a.id, &row));
    if (!row.removed_ms)
        return fail(cx, E_NOT_FOUND, "directory: it lives");
    *out = row.is;
    *removed_ms = row.removed_ms;
    return OK;
}

/* Both rows of each pair; kinds of pairs are told apart by the two makers of their keys. */
struct pairs {
    struct key (*key)(uint64_t a, uint64_t b), (*back)(uint64_t b, uint64_t a);
};

static const struct pairs all_pairs[] = {
    {rows_member_key, rows_member_of_key},
    {rows_member_of_key, rows_member_key},
    {rows_send_as_key, rows_may_send_as_key},
    {rows_may_send_as_key, rows_send_as_key},
};

static enum code delete_pairs(struct ctx *cx, struct txn *t, const struct pairs *p, uint64_t id,
                              size_t *left)
{
    struct rows r = rows_in(t);
    struct key from = p->key(id, 0), to = key_after(&from);
    struct scan *w AUTO(scan_close) = rows_scan(cx, &r, &from, &to);
    uint64_t *others = ARENA_ARRAY(cx->arena, *left, uint64_t);
    struct str key, value;
    size_t n = 0;
    while (n < *left && scan_next(w, &key, &value)) {
        struct cur c = cur_of(str_from(key, 1));
        principal_id me;
        if (!cur_key_u64(&c, &me) || !cur_key_u64(&c, &others[n]))
            return fail(cx, E_CORRUPT, "directory: key of a pair");
        n++;
    }
    TRY(scan_error(w));
    for (size_t i = 0; i < n; i++) {
        struct key k = p->key(id, others[i]), back = p->back(others[i], id);
        txn_delete(t, key_str(&k));
        txn_delete(t, key_str(&back));
    }
    *left -= n;
    return OK;
}

static enum code delete_address(struct ctx *cx, struct txn *t, struct str address)
{
    struct rows r = rows_in(t);
    struct str normal;
    struct domain d;
    TRY(directory_address_normal(cx, address, &normal));
    TRY(rows_domain_named(cx, &r, str_from(normal, str_rchr(normal, '@') + 1), &d));
    rows_delete_address(t, normal, d.id);
    return OK;
}

static enum code delete_principal(struct ctx *cx, struct txn *t, const struct principal_row *row)
{
    TRY(delete_address(cx, t, row->is.address));
    for (size_t i = 0; i < row->is.alias_count; i++)
        TRY(delete_address(cx, t, row->is.aliases[i]));
    const struct key keys[] = {rows_principal_key(row->is.id), rows_credential_key(row->is.id),
                               rows_old_passwords_key(row->is.id),
                               rows_removed_key(row->removed_ms, row->is.id)};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        txn_delete(t, key_str(&keys[i]));
    return OK;
}

/* One batch; gone when it was the last. */
static enum code purge_some(struct ctx *cx, struct txn *t, void *arg)
{
    struct removal *a = arg;
    struct rows r = rows_in(t);
    struct principal_row row;
    size_t left = PURGE_ROWS;
    TRY(rows_principal(cx, &r, a->id, &row));
    if (!row.removed_ms)
        return fail(cx, E_NOT_FOUND, "directory: not removed");
    for (size_t i = 0; i < sizeof all_pairs / sizeof *all_pairs && left; i++)
        TRY(delete_pairs(cx, t, &all_pairs[i], a->id, &left));
    a->gone = left > 0;
    return a->gone ? delete_principal(cx, t, &row) : OK;
}

enum code directory_purge(struct ctx *cx, struct core *c, principal_id id)
{
    struct removal a = {.id = id};
    struct rows r = rows_of(c);
    struct principal_row row;
    TRY(rows_principal(cx, &r, id, &row));
    if (!row.removed_ms)
        return fail(cx, E_NOT_FOUND, "directory: not removed");
    if (row.is.has_account)
        TRY(account_destroy(cx, c, id));
    while (!a.gone)
        TRY(store_update(cx, c->store, DIRECTORY_PART, purge_some, &a));
    return OK;
}

/* The first removed one whose time is up, or 0: keys are in the order of time. */
static enum code next_expired(struct ctx *cx, const struct rows *r, principal_id *out)
{
    struct key from = rows_removed_key(0, 0), to = key_after(&from);
    struct scan *w AUTO(scan_close) = rows_scan(cx, r, &from, &to);
    struct str key, value;
    *out = 0;
    if (!scan_next(w, &key, &value))
        return scan_error(w);
    struct cur c = cur_of(str_from(key, 1));
    uint64_t at, id;
    if (!cur_key_u64(&c, &at) || !cur_key_u64(&c, &id))
        return fail(cx, E_CORRUPT, "directory: key of a removed one");
    if ((int64_t)at + reconnect_ms <= cx->now_ms)
        *out = id;
    return OK;
}

/* The first number at or after *id that was reserved long ago and never published, or 0. */
static enum code next_pending(struct ctx *cx, const struct rows *r, principal_id *id)
{
    struct key all = rows_pending_key(0), from = rows_pending_key(*id), to = key_after(&all);
    struct scan *w AUTO(scan_close) = rows_scan(cx, r, &from, &to);
    struct str key, value;
    *id = 0;
    while (scan_next(w, &key, &value)) {
        struct cur k = cur_of(str_from(key, 1)), v = cur_of(value);
        uint64_t created, pending;
        if (!cur_key_u64(&k, &pending) || !cur_le64(&v, &created))
            return fail(cx, E_CORRUPT, "directory: a pending row");
        if ((int64_t)created + PENDING_MS <= cx->now_ms) {
            *id = pending;
            break;
        }
    }
    return scan_error(w);
}

static enum code forget_pending(struct ctx *cx, struct txn *t, void *arg)
{
    const struct removal *a = arg;
    (void)cx;
    struct key k = rows_pending_key(a->id);
    txn_delete(t, key_str(&k));
    return OK;
}

enum code directory_sweep(struct ctx *cx, struct core *c)
{
    struct rows r = rows_of(c);
    struct removal a = {0};
    TRY(next_expired(cx, &r, &a.id));
    while (a.id) {
        TRY(directory_purge(cx, c, a.id));
        TRY(next_expired(cx, &r, &a.id));
    }
    TRY(next_pending(cx, &r, &a.id));
    while (a.id) {
        TRY(account_destroy(cx, c, a.id));
        TRY(store_update(cx, c->store, DIRECTORY_PART, forget_pending, &a));
        a.id++;
        TRY(next_pending(cx, &r, &a.id));
    }
    return sharing_sweep(cx, c);
}
