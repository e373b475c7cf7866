#include "core/identity.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/item/item.h"

enum { GUID_BYTES = 16, COUNTER_BYTES = 6 };

static struct str global_id(struct arena *a, const unsigned char *guid, uint64_t counter)
{
    struct buf b = buf_of(a, GUID_BYTES + COUNTER_BYTES);
    buf_add(&b, str_of(guid, GUID_BYTES));
    for (int shift = 8 * (COUNTER_BYTES - 1); shift >= 0; shift -= 8)
        buf_le8(&b, (uint8_t)(counter >> shift));
    return buf_str(&b);
}

static void predecessor_add(struct buf *b, struct str change_key)
{
    buf_le8(b, (uint8_t)change_key.n);
    buf_add(b, change_key);
}

/* The list with change_key in its place: one entry for each GUID, in the order of GUIDs. */
static struct str predecessors_with(struct arena *a, struct str list, struct str change_key)
{
    struct buf b = buf_of(a, PREDECESSORS_MAX + CHANGE_KEY_MAX + 1);
    struct str guid = str_sub(change_key, 0, GUID_BYTES), one;
    struct cur c = cur_of(list);
    bool added = false;
    uint8_t n;
    while (cur_le8(&c, &n) && cur_bytes(&c, n, &one)) {
        int order = str_cmp(str_sub(one, 0, GUID_BYTES), guid);
        if (order >= 0 && !added) {
            predecessor_add(&b, change_key);
            added = true;
        }
        if (order != 0)
            predecessor_add(&b, one);
    }
    if (!added)
        predecessor_add(&b, change_key);
    return buf_str(&b);
}

/* What a client brought holds until the server makes the next change. */
static void identity_of(struct arena *a, const unsigned char *replica, const struct item_home *home,
                        uint64_t content_modseq, struct item_identity *out)
{
    bool brought = home->change_key.n && home->identity_modseq == content_modseq;
    out->source_key = home->source_key.n ? home->source_key : global_id(a, replica, home->source);
    out->change_key = brought ? home->change_key : global_id(a, replica, content_modseq);
    out->predecessors = predecessors_with(a, home->predecessors, out->change_key);
}

enum code item_identity_get(struct ctx *cx, struct core *c, account_id account, item_id id,
                            struct item_identity *out)
{
    struct str value;
    struct item_home home;
    struct account_row row;
    struct placement place;
    struct key k = item_key(id);
    TRY(store_get(cx, c->store, account, key_str(&k), &value));
    TRY(item_home_decode(cx, value, &home));
    k = row_key(ROW_ACCOUNT);
    TRY(store_get(cx, c->store, account, key_str(&k), &value));
    TRY(account_row_decode(cx, value, &row));
    k = uid_key(ROW_PLACE, home.folder, home.uid);
    TRY(store_get(cx, c->store, account, key_str(&k), &value));
    TRY(placement_decode(cx, value, &place));
    identity_of(cx->arena, row.facts.replica, &home, place.content_modseq, out);
    return OK;
}

static bool predecessors_are_sound(struct str list)
{
    struct cur c = cur_of(list);
    uint8_t n;
    struct str one;
    while (!cur_end(&c))
        if (!cur_le8(&c, &n) || n <= GUID_BYTES || !cur_bytes(&c, n, &one))
            return false;
    return true;
}

static enum code identity_check(struct ctx *cx, const struct item_identity *identity)
{
    const struct str *change = &identity->change_key;
    if (identity->source_key.n && identity->source_key.n != SOURCE_KEY_BYTES)
        return fail(cx, E_SYNTAX, "a source key of %zu bytes", identity->source_key.n);
    if (change->n && (change->n <= GUID_BYTES || change->n > CHANGE_KEY_MAX))
        return fail(cx, E_SYNTAX, "a change key of %zu bytes", change->n);
    if (identity->predecessors.n > PREDECESSORS_MAX)
        return fail(cx, E_LIMIT, "a predecessor change list of %zu bytes",
                    identity->predecessors.n);
    if (!predecessors_are_sound(identity->predecessors))
        return fail(cx, E_SYNTAX, "a predecessor change list is broken");
    return OK;
}

static struct str id_value(struct arena *a, item_id id)
{
    struct buf b = buf_of(a, 1 + sizeof id);
    buf_le8(&b, 1);
    buf_le64(&b, id);
    return buf_str(&b);
}

static enum code id_decode(struct ctx *cx, struct str value, item_id *out)
{
    struct cur c = cur_of(value);
    uint8_t version;
    if (!cur_le8(&c, &version) || version != 1 || !cur_le64(&c, out))
        return fail(cx, E_CORRUPT, "a source key row has an unknown version");
    return OK;
}

static enum code source_take(struct ctx *cx, struct account_txn *t, item_id id,
                             struct item_home *home, struct str source_key)
{
    if (source_key.n == 0 || str_eq(source_key, home->source_key))
        return OK;
    struct key k = source_foreign_key(source_key);
    struct str value;
    enum code code = txn_get(cx, t->t, key_str(&k), &value);
    if (code == OK)
        return fail(cx, E_EXISTS, "another item has the source key");
    if (code != E_NOT_FOUND)
        return code;
    if (home->source_key.n) {
        struct key old = source_foreign_key(home->source_key);
        txn_delete(t->t, key_str(&old));
    }
    home->source_key = source_key;
    txn_put(t->t, key_str(&k), id_value(cx->arena, id));
    return OK;
}

enum code item_identity_set(struct ctx *cx, struct account_txn *t, item_id id,
                            const struct item_identity *identity)
{
    TRY(identity_check(cx, identity));
    struct key k = item_key(id);
    struct str value;
    struct item_home home;
    enum code code = txn_get(cx, t->t, key_str(&k), &value);
    if (code == E_NOT_FOUND)
        return fail(cx, E_NOT_FOUND, "no item %llu", (unsigned long long)id);
    TRY(code);
    TRY(item_home_decode(cx, value, &home));
    if (home.flags & ITEM_EMBEDDED)
        return fail(cx, E_UNSUPPORTED, "embedded items have no identity of their own");
    TRY(source_take(cx, t, id, &home, identity->source_key));
    TRY(item_touch(cx, t, home.folder, home.uid));
    home.change_key = identity->change_key;
    home.predecessors = identity->predecessors;
    home.identity_modseq = t->row.facts.modseq;
    txn_put(t->t, key_str(&k), item_home_encode(cx->arena, &home));
    return OK;
}

/* The counter of a source key that this account gave out. */
static bool own_counter(struct str source_key, const unsigned char *replica, uint64_t *out)
{
    if (!str_starts(source_key, str_of(replica, GUID_BYTES)))
        return false;
    *out = 0;
    for (size_t i = GUID_BYTES; i < source_key.n; i++)
        *out = *out << 8 | (unsigned char)source_key.p[i];
    return true;
}

/* An item that was never moved has its id as counter, and no row for it. */
static enum code own_find(struct ctx *cx, struct core *c, account_id account, uint64_t counter,
                          item_id *out)
{
    struct key k = source_own_key(counter);
    struct str value;
    struct item_home home;
    enum code code = store_get(cx, c->store, account, key_str(&k), &value);
    if (code != E_NOT_FOUND)
        return code == OK ? id_decode(cx, value, out) : code;
    k = item_key(counter);
    TRY(store_get(cx, c->store, account, key_str(&k), &value));
    TRY(item_home_decode(cx, value, &home));
    if (home.source != counter)
        return fail(cx, E_NOT_FOUND, "the item has another source key now");
    *out = counter;
    return OK;
}

enum code item_by_source_key(struct ctx *cx, struct core *c, account_id account,
                             struct str source_key, item_id *out)
{
    struct str value;
    struct account_row row;
    uint64_t counter;
    if (source_key.n != SOURCE_KEY_BYTES)
        return fail(cx, E_SYNTAX, "a source key of %zu bytes", source_key.n);
    struct key k = source_foreign_key(source_key);
    enum code code = store_get(cx, c->store, account, key_str(&k), &value);
    if (code != E_NOT_FOUND)
        return code == OK ? id_decode(cx, value, out) : code;
    k = row_key(ROW_ACCOUNT);
    TRY(store_get(cx, c->store, account, key_str(&k), &value));
    TRY(account_row_decode(cx, value, &row));
    if (own_counter(source_key, row.facts.replica, &counter))
        return own_find(cx, c, account, counter, out);
    return fail(cx, E_NOT_FOUND, "no item has the source key");
}
