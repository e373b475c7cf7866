#include "core/rights.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/directory.h"
#include "core/txn.h"

enum { GRANT_VERSION = 1 };

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

static enum code grants_read(struct ctx *cx, struct scan *w, struct grant **out, size_t *count)
{
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

enum code rights_list(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                      struct grant **out, size_t *count)
{
    struct key from = folder_key(ROW_GRANT, folder), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, account, range);
    return grants_read(cx, w, out, count);
}

enum code rights_list_all(struct ctx *cx, struct core *c, account_id account,
                          struct grant_row **out, size_t *count)
{
    struct key from = row_key(ROW_GRANT), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, account, range);
    struct grant_row *all = NULL;
    size_t n = 0, room = 0;
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct cur k = cur_of(str_from(key, 1));
        if (n == room) {
            size_t more = room ? room * 2 : 16;
            all = arena_grow(cx->arena, all, room * sizeof *all, more * sizeof *all);
            room = more;
        }
        TRY(grant_decode(cx, key, value, &all[n].grant));
        if (!cur_key_u32(&k, &all[n].folder))
            return fail(cx, E_CORRUPT, "a grant's key is broken");
        n++;
    }
    TRY(scan_error(w));
    *out = all;
    *count = n;
    return OK;
}

/* One folder's grants, for somebody in these groups. */
static uint32_t rights_among(const struct grant_row *rows, size_t count, principal_id reader,
                             const principal_id *groups, size_t group_count)
{
    uint32_t named = 0, others = 0;
    bool is_named = false;
    for (size_t i = 0; i < count; i++) {
        const struct grant *g = &rows[i].grant;
        bool is = g->kind == GRANTEE_PRINCIPAL && reader && g->who == reader;
        for (size_t k = 0; g->kind == GRANTEE_GROUP && !is && k < group_count; k++)
            is = groups[k] == g->who;
        is_named |= is;
        named |= is ? g->rights : 0;
        if (g->kind == (reader ? GRANTEE_DEFAULT : GRANTEE_ANONYMOUS))
            others |= g->rights;
    }
    return is_named ? named : others;
}

enum code rights_of_all(struct ctx *cx, struct core *c, account_id account, principal_id reader,
                        struct folder_rights **out, size_t *count)
{
    struct grant_row *rows;
    principal_id *groups = NULL;
    size_t row_count, group_count = 0, n = 0;
    TRY(rights_list_all(cx, c, account, &rows, &row_count));
    if (reader)
        TRY(directory_groups_of(cx, c, reader, &groups, &group_count));
    struct folder_rights *all = ARENA_ARRAY(cx->arena, row_count + 1, struct folder_rights);
    for (size_t i = 0, end; i < row_count; i = end) {
        for (end = i + 1; end < row_count && rows[end].folder == rows[i].folder;)
            end++;
        uint32_t rights = rights_among(&rows[i], end - i, reader, groups, group_count);
        if (rights)
            all[n++] = (struct folder_rights){rows[i].folder, rights};
    }
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
    if (n >= RIGHTS_GRANTS_MAX)
        return fail(cx, E_LIMIT, "folder %u has %zu grants", folder, n);
    return OK;
}

static void grant_put(struct ctx *cx, struct account_txn *t, folder_id folder,
                      const struct grant *grant)
{
    struct key k = grant_key(folder, grant);
    struct buf b = buf_of(cx->arena, STORE_VALUE_MAX);
    buf_le8(&b, GRANT_VERSION);
    buf_le32(&b, grant->rights);
    txn_put(t->t, key_str(&k), buf_str(&b));
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
    if (grant->rights)
        grant_put(cx, t, folder, grant);
    else
        txn_delete(t->t, key_str(&k));
    if (slot && grant->rights)
        slot->row->flags |= FOLDER_PER_READER;
    if (slot)
        txn_folder_changed(t, slot);
    return OK;
}

static enum code grants_load(struct ctx *cx, struct account_txn *t, folder_id folder,
                             struct grant **out, size_t *count)
{
    struct key from = folder_key(ROW_GRANT, folder), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t->t, range);
    return grants_read(cx, w, out, count);
}

enum code rights_inherit(struct ctx *cx, struct account_txn *t, folder_id parent, folder_id folder)
{
    struct folder_slot *slot = NULL;
    struct grant *grants;
    size_t count;
    TRY(grants_load(cx, t, parent, &grants, &count));
    if (!count)
        return OK;
    TRY(txn_folder_row(cx, t, folder, &slot));
    for (size_t i = 0; i < count; i++)
        grant_put(cx, t, folder, &grants[i]);
    slot->row->flags |= FOLDER_PER_READER;
    slot->row_dirty = true;
    return OK;
}

enum code rights_end(struct ctx *cx, struct account_txn *t, folder_id folder)
{
    struct grant *grants;
    size_t count;
    TRY(grants_load(cx, t, folder, &grants, &count));
    for (size_t i = 0; i < count; i++) {
        struct key k = grant_key(folder, &grants[i]);
        txn_delete(t->t, key_str(&k));
    }
    return OK;
}
