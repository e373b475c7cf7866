#include "core/rights.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/directory.h"
#include "core/txn.h"

enum { GRANT_VERSION = 1, GRANTS_MAX = 1000 };

static struct key grant_key(folder_id folder, const struct grant *grant)
{
    struct key k = folder_key(ROW_GRANT, folder);
    key_u32(&k, (uint32_t)grant->kind);
    key_u64(&k, grant->who);
    return k;
}

static enum code grant_decode(struct ctx *cx, struct str key, struct str value, struct grant *out)
{
    struct cur k = cur_of(str_from(key, 1)), v = cur_of(value);
    uint32_t folder, kind;
    uint8_t version;
    if (!cur_key_u32(&k, &folder) || !cur_key_u32(&k, &kind) || !cur_key_u64(&k, &out->who) ||
        kind < GRANTEE_PRINCIPAL || kind > GRANTEE_ANONYMOUS)
        return fail(cx, E_CORRUPT, "a grant's key is broken");
    if (!cur_le8(&v, &version) || version != GRANT_VERSION || !cur_le32(&v, &out->rights))
        return fail(cx, E_CORRUPT, "a grant has an unknown version");
    out->kind = (enum grantee_kind)kind;
    return OK;
}

enum code rights_list(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                      struct grant **out, size_t *count)
{
    struct key from = folder_key(ROW_GRANT, folder), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, account, range);
    struct grant *all = NULL;
    size_t n = 0, room = 0;
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        if (n == room) {
            size_t more = room ? room * 2 : 8;
            all = arena_grow(cx->arena, all, room * sizeof *all, more * sizeof *all);
            room = more;
        }
        TRY(grant_decode(cx, key, value, &all[n]));
        n++;
    }
    TRY(scan_error(w));
    *out = all;
    *count = n;
    return OK;
}

static enum code grant_is_for(struct ctx *cx, struct core *c, const struct grant *grant,
                              principal_id reader, bool *out)
{
    *out = false;
    if (grant->kind == GRANTEE_PRINCIPAL)
        *out = reader && grant->who == reader;
    else if (grant->kind == GRANTEE_GROUP && reader)
        return directory_is_member(cx, c, grant->who, reader, out);
    return OK;
}

static uint32_t rights_of_kind(const struct grant *all, size_t count, enum grantee_kind kind)
{
    uint32_t rights = 0;
    for (size_t i = 0; i < count; i++)
        rights |= all[i].kind == kind ? all[i].rights : 0;
    return rights;
}

enum code rights_of(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                    principal_id reader, uint32_t *out)
{
    if (reader && reader == account) {
        *out = RIGHTS_ALL;
        return OK;
    }
    struct grant *all;
    size_t count;
    TRY(rights_list(cx, c, account, folder, &all, &count));
    uint32_t rights = 0;
    bool named = false;
    for (size_t i = 0; i < count; i++) {
        bool is;
        TRY(grant_is_for(cx, c, &all[i], reader, &is));
        rights |= is ? all[i].rights : 0;
        named |= is;
    }
    if (!named)
        rights = rights_of_kind(all, count, reader ? GRANTEE_DEFAULT : GRANTEE_ANONYMOUS);
    *out = rights;
    return OK;
}

enum code rights_check(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                       principal_id reader, uint32_t needed)
{
    uint32_t rights;
    TRY(rights_of(cx, c, account, folder, reader, &rights));
    if (!(rights & RIGHT_LOOKUP))
        return fail(cx, E_NOT_FOUND, "folder %u of %llu is not for %llu", folder,
                    (unsigned long long)account, (unsigned long long)reader);
    if ((rights & needed) != needed)
        return fail(cx, E_DENIED, "folder %u of %llu: %llu has %x, needs %x", folder,
                    (unsigned long long)account, (unsigned long long)reader, rights, needed);
    return OK;
}

static enum code grants_count(struct ctx *cx, struct account_txn *t, folder_id folder)
{
    struct key from = folder_key(ROW_GRANT, folder), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t->t, range);
    struct str key, value;
    size_t n = 0;
    while (scan_next(w, &key, &value))
        n++;
    TRY(scan_error(w));
    if (n >= GRANTS_MAX)
        return fail(cx, E_LIMIT, "folder %u has %zu grants", folder, n);
    return OK;
}

enum code rights_grant(struct ctx *cx, struct account_txn *t, folder_id folder,
                       const struct grant *grant)
{
    struct folder_slot *slot = NULL;
    bool names = grant->kind == GRANTEE_PRINCIPAL || grant->kind == GRANTEE_GROUP;
    if (grant->kind < GRANTEE_PRINCIPAL || grant->kind > GRANTEE_ANONYMOUS ||
        names != (grant->who != 0) || grant->rights & ~(uint32_t)RIGHTS_ALL)
        return fail(cx, E_SYNTAX, "a grant of kind %d", grant->kind);
    if (folder)
        TRY(txn_folder_row(cx, t, folder, &slot));
    struct key k = grant_key(folder, grant);
    struct str value;
    enum code code = txn_get(cx, t->t, key_str(&k), &value);
    if (code == E_NOT_FOUND && grant->rights)
        TRY(grants_count(cx, t, folder));
    else if (code != OK && code != E_NOT_FOUND)
        return code;
    if (grant->rights) {
        struct buf b = buf_of(cx->arena, STORE_VALUE_MAX);
        buf_le8(&b, GRANT_VERSION);
        buf_le32(&b, grant->rights);
        txn_put(t->t, key_str(&k), buf_str(&b));
    } else {
        txn_delete(t->t, key_str(&k));
    }
    if (slot)
        txn_folder_changed(t, slot);
    return OK;
}
