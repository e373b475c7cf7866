#include "core/txn.h"
#include "base/buf.h"
#include "base/cur.h"

enum { COUNTER_BITS = 48, COMMIT_ROOM = 160 * 1024 };

void account_txn_empty(struct ctx *cx, struct txn *t, account_id id, struct account_txn *out)
{
    *out = (struct account_txn){.cx = cx, .t = t, .id = id};
    out->row.facts.id = id;
}

enum code account_txn_load(struct ctx *cx, struct txn *t, account_id id, struct account_txn *out)
{
    account_txn_empty(cx, t, id, out);
    struct key k = row_key(ROW_ACCOUNT);
    struct str value;
    enum code code = txn_get(cx, t, key_str(&k), &value);
    if (code == E_NOT_FOUND)
        return fail(cx, E_NOT_FOUND, "account %llu does not exist", (unsigned long long)id);
    TRY(code);
    return account_row_decode(cx, value, &out->row);
}

static void roles_write(struct account_txn *t)
{
    struct buf b = buf_of(t->cx->arena, STORE_VALUE_MAX);
    buf_le8(&b, 1);
    for (size_t role = 0; role < ROLE_COUNT; role++)
        buf_le32(&b, t->roles[role]);
    struct key k = row_key(ROW_ROLES);
    txn_put(t->t, key_str(&k), buf_str(&b));
}

void account_txn_finish(struct account_txn *t)
{
    struct arena *a = t->cx->arena;
    for (struct folder_slot *slot = t->folders; slot; slot = slot->next) {
        if (slot->counts_dirty && !slot->gone) {
            struct key k = folder_key(ROW_PLACE, slot->id);
            txn_put(t->t, key_str(&k), folder_counts_encode(a, &slot->counts));
        }
        if (slot->row_dirty && !slot->gone) {
            struct key k = folder_key(ROW_FOLDER, slot->id);
            txn_put(t->t, key_str(&k), folder_row_encode(a, slot->row));
        }
    }
    if (t->roles_dirty)
        roles_write(t);
    struct key k = row_key(ROW_ACCOUNT);
    txn_put(t->t, key_str(&k), account_row_encode(a, &t->row));
}

uint64_t txn_number(struct account_txn *t)
{
    must(t->row.facts.modseq < (UINT64_C(1) << COUNTER_BITS) - 1);
    return ++t->row.facts.modseq;
}

uint64_t txn_ids(struct account_txn *t, uint64_t count)
{
    uint64_t first = t->row.next_id;
    must(count < UINT64_C(1) << 32 && first + count < UINT64_C(1) << COUNTER_BITS);
    t->row.next_id += count;
    return first;
}

uint32_t txn_uid_validity(struct ctx *cx, struct account_txn *t)
{
    uint32_t now_s = (uint32_t)(cx->now_ms / 1000);
    uint32_t next = t->row.last_uid_validity + 1;
    t->row.last_uid_validity = next > now_s ? next : now_s;
    return t->row.last_uid_validity;
}

enum code txn_touch(struct ctx *cx, struct account_txn *t)
{
    if (t->touched >= ITEM_CHANGE_MAX)
        return fail(cx, E_LIMIT, "more than %d items in one transaction", ITEM_CHANGE_MAX);
    if (txn_bytes(t->t) > STORE_BATCH_MAX - COMMIT_ROOM && t->touched > 0)
        return fail(cx, E_LIMIT, "transaction is full after %u items", t->touched);
    t->touched++;
    return OK;
}

static struct folder_slot *slot_among(struct folder_slot *first, folder_id id)
{
    struct folder_slot *slot = first;
    while (slot && slot->id != id)
        slot = slot->next;
    return slot;
}

struct folder_slot *txn_folder_new(struct account_txn *t, folder_id id)
{
    struct folder_slot *slot = ARENA_NEW(t->cx->arena, struct folder_slot);
    slot->id = id;
    slot->next = t->folders;
    t->folders = slot;
    return slot;
}

static enum code slot_read(struct ctx *cx, struct account_txn *t, folder_id id,
                           struct folder_slot **out)
{
    struct key k = folder_key(ROW_PLACE, id);
    struct str value;
    struct folder_counts counts;
    enum code code = txn_get(cx, t->t, key_str(&k), &value);
    if (code == E_NOT_FOUND)
        return fail(cx, E_NOT_FOUND, "folder %u does not exist", id);
    TRY(code);
    TRY(folder_counts_decode(cx, value, &counts));
    *out = txn_folder_new(t, id);
    (*out)->counts = counts;
    return OK;
}

enum code txn_folder(struct ctx *cx, struct account_txn *t, folder_id id, struct folder_slot **out)
{
    struct folder_slot *slot = slot_among(t->folders, id);
    if (!slot)
        TRY(slot_read(cx, t, id, &slot));
    if (slot->gone)
        return fail(cx, E_NOT_FOUND, "folder %u does not exist", id);
    *out = slot;
    return OK;
}

enum code txn_folder_row(struct ctx *cx, struct account_txn *t, folder_id id,
                         struct folder_slot **out)
{
    struct folder_slot *slot = NULL;
    TRY(txn_folder(cx, t, id, &slot));
    if (!slot->row) {
        struct key k = folder_key(ROW_FOLDER, id);
        struct str value;
        TRY(txn_get_expected(cx, t, &k, "folder", &value));
        struct folder_row *row = ARENA_NEW(cx->arena, struct folder_row);
        TRY(folder_row_decode(cx, value, row));
        slot->row = row;
    }
    *out = slot;
    return OK;
}

/* before: what the transaction had already; only that can be a folder's slot. */
static enum code folder_join(struct ctx *cx, struct account_txn *t, struct folder_slot *before,
                             struct folder_row *row)
{
    struct folder_slot *slot = slot_among(before, row->id);
    if (!slot)
        TRY(slot_read(cx, t, row->id, &slot));
    if (!slot->gone && !slot->row)
        slot->row = row;
    return OK;
}

enum code txn_all_folders(struct ctx *cx, struct account_txn *t)
{
    if (t->all_folders)
        return OK;
    struct key first = row_key(ROW_FOLDER), after = key_after(&first);
    struct range range = {.from = key_str(&first), .to = key_str(&after)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t->t, range);
    struct folder_slot *before = t->folders; /* few, so looking among these is quick */
    struct str key, value;
    struct folder_row **rows = NULL;
    size_t count = 0, room = 0;
    while (scan_next(w, &key, &value)) {
        if (count == room) {
            size_t more = room ? room * 2 : 64;
            rows = arena_grow(cx->arena, rows, room * sizeof *rows, more * sizeof *rows);
            room = more;
        }
        rows[count] = ARENA_NEW(cx->arena, struct folder_row);
        TRY(folder_row_decode(cx, str_dup(cx->arena, value), rows[count]));
        count++;
    }
    TRY(scan_error(w));
    for (size_t i = 0; i < count; i++)
        TRY(folder_join(cx, t, before, rows[i]));
    t->all_folders = true;
    return OK;
}

void txn_folder_changed(struct account_txn *t, struct folder_slot *slot)
{
    must(slot->row);
    if (slot->row->own_modseq)
        txn_change_drop(t, slot->row->own_modseq);
    slot->row->own_modseq = txn_number(t);
    if (!slot->row->created_modseq)
        slot->row->created_modseq = slot->row->own_modseq;
    slot->row_dirty = true;
    struct change_row change = {
        .what = CHANGE_FOLDER, .folder = slot->id, .folder_created = slot->row->created_modseq};
    txn_change_put(t, slot->row->own_modseq, &change);
}

static enum code roles_load(struct ctx *cx, struct account_txn *t)
{
    if (t->roles)
        return OK;
    uint32_t *roles = ARENA_ARRAY(cx->arena, ROLE_COUNT, uint32_t);
    struct key k = row_key(ROW_ROLES);
    struct str value;
    enum code code = txn_get(cx, t->t, key_str(&k), &value);
    if (code != OK && code != E_NOT_FOUND)
        return code;
    if (code == OK) {
        struct cur c = cur_of(value);
        uint8_t version;
        if (!cur_le8(&c, &version) || version != 1)
            return fail(cx, E_CORRUPT, "role row has an unknown version");
        for (size_t role = 0; role < ROLE_COUNT && !cur_end(&c); role++)
            if (!cur_le32(&c, &roles[role]))
                return fail(cx, E_CORRUPT, "role row is cut short");
    }
    t->roles = roles;
    return OK;
}

enum code txn_role_folder(struct ctx *cx, struct account_txn *t, enum role role, folder_id *out)
{
    TRY(roles_load(cx, t));
    *out = t->roles[role];
    return OK;
}

enum code txn_role_set(struct ctx *cx, struct account_txn *t, enum role role, folder_id folder)
{
    TRY(roles_load(cx, t));
    t->roles[role] = folder;
    t->roles_dirty = true;
    return OK;
}

void txn_change_put(struct account_txn *t, uint64_t modseq, const struct change_row *row)
{
    struct key k = change_key(modseq);
    txn_put(t->t, key_str(&k), change_row_encode(t->cx->arena, row));
}

void txn_change_drop(struct account_txn *t, uint64_t modseq)
{
    struct key k = change_key(modseq);
    txn_delete(t->t, key_str(&k));
}

enum code txn_get_expected(struct ctx *cx, struct account_txn *t, const struct key *key,
                           const char *what, struct str *value)
{
    enum code code = txn_get(cx, t->t, key_str(key), value);
    if (code == E_NOT_FOUND)
        return fail(cx, E_CORRUPT, "account %llu: a %s row is missing", (unsigned long long)t->id,
                    what);
    return code;
}
