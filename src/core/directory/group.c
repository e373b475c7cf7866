#include "base/cur.h"
#include "base/map.h"
#include "core/directory/rows.h"

struct membership {
    principal_id group, member;
};

static enum code add(struct ctx *cx, struct txn *t, void *arg)
{
    const struct membership *a = arg;
    struct rows r = rows_in(t);
    struct principal group, member;
    TRY(rows_living(cx, &r, a->group, &group));
    TRY(rows_living(cx, &r, a->member, &member));
    if (group.kind != PRINCIPAL_GROUP || a->group == a->member)
        return fail(cx, E_SYNTAX, "directory: no group, or a group in itself");
    rows_put_member(cx, t, a->group, a->member, (struct member_row){.kind = member.kind});
    return OK;
}

enum code directory_member_add(struct ctx *cx, struct core *c, principal_id group,
                               principal_id member)
{
    struct membership a = {group, member};
    return store_update(cx, c->store, DIRECTORY_PART, add, &a);
}

static enum code drop(struct ctx *cx, struct txn *t, void *arg)
{
    const struct membership *a = arg;
    struct rows r = rows_in(t);
    struct key k = rows_member_key(a->group, a->member);
    struct key back = rows_member_of_key(a->member, a->group);
    struct str value;
    TRY(rows_get(cx, &r, &k, &value));
    txn_delete(t, key_str(&k));
    txn_delete(t, key_str(&back));
    return OK;
}

enum code directory_member_remove(struct ctx *cx, struct core *c, principal_id group,
                                  principal_id member)
{
    struct membership a = {group, member};
    return store_update(cx, c->store, DIRECTORY_PART, drop, &a);
}

/* What an expansion has found so far. */
struct expansion {
    struct map *seen;
    struct ids groups, others;
    bool nested; /* go into groups; else they are listed as they are */
};

static enum code take_member(struct ctx *cx, struct expansion *e, principal_id id,
                             enum principal_kind kind)
{
    if (map_put(e->seen, map_u64(&id), e))
        return OK;
    if (map_count(e->seen) > GROUP_EXPAND_MAX)
        return fail(cx, E_LIMIT, "directory: a group of more than %d", GROUP_EXPAND_MAX);
    ids_add(cx->arena, kind == PRINCIPAL_GROUP && e->nested ? &e->groups : &e->others, id);
    return OK;
}

static enum code take_members(struct ctx *cx, const struct rows *r, struct expansion *e,
                              principal_id group)
{
    struct key from = rows_member_key(group, 0), to = key_after(&from);
    struct scan *w AUTO(scan_close) = rows_scan(cx, r, &from, &to);
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct cur c = cur_of(str_from(key, 1));
        principal_id in, id;
        struct member_row m;
        if (!cur_key_u64(&c, &in) || !cur_key_u64(&c, &id) || !rows_member_parse(value, &m))
            return fail(cx, E_CORRUPT, "directory: row of a member");
        if (!m.removed)
            TRY(take_member(cx, e, id, m.kind));
    }
    return scan_error(w);
}

static enum code expand(struct ctx *cx, struct core *c, principal_id group, bool nested,
                        struct ids *out)
{
    struct rows r = rows_of(c);
    struct principal p;
    struct map *seen AUTO(map_close) = map_open();
    struct expansion e = {.seen = seen, .nested = nested};
    TRY(rows_living(cx, &r, group, &p));
    if (p.kind != PRINCIPAL_GROUP)
        return fail(cx, E_SYNTAX, "directory: no group");
    map_put(seen, map_u64(&group), &e);
    ids_add(cx->arena, &e.groups, group);
    for (size_t i = 0; i < e.groups.n; i++)
        TRY(take_members(cx, &r, &e, e.groups.at[i]));
    *out = e.others;
    return OK;
}

enum code directory_members(struct ctx *cx, struct core *c, principal_id group, principal_id **out,
                            size_t *count)
{
    struct ids ids;
    TRY(expand(cx, c, group, false, &ids));
    *out = ids.at;
    *count = ids.n;
    return OK;
}

enum code directory_expand(struct ctx *cx, struct core *c, principal_id group, principal_id **out,
                           size_t *count)
{
    struct ids ids;
    TRY(expand(cx, c, group, true, &ids));
    *out = ids.at;
    *count = ids.n;
    return OK;
}

/* Upwards, for people are in few groups, and groups hold many people. Stops at stop. */
static enum code upwards(struct ctx *cx, const struct rows *r, principal_id who, principal_id stop,
                         struct ids *out)
{
    struct map *seen AUTO(map_close) = map_open();
    struct ids way = {0};
    struct principal p;
    bool found = false;
    ids_add(cx->arena, &way, who);
    for (size_t i = 0; i < way.n && !found; i++) {
        enum code code = rows_living(cx, r, way.at[i], &p);
        if (code != OK && code != E_NOT_FOUND)
            return code;
        struct key from = rows_member_of_key(way.at[i], 0);
        struct ids above = {0};
        if (code == OK)
            TRY(rows_seconds(cx, r, &from, &above));
        if (code == OK && i)
            ids_add(cx->arena, out, way.at[i]);
        for (size_t j = 0; j < above.n; j++) {
            found = found || above.at[j] == stop;
            if (!map_put(seen, map_u64(&above.at[j]), seen))
                ids_add(cx->arena, &way, above.at[j]);
        }
    }
    if (found && rows_living(cx, r, stop, &p) == OK)
        ids_add(cx->arena, out, stop);
    return OK;
}

enum code directory_is_member(struct ctx *cx, struct core *c, principal_id group, principal_id who,
                              bool *out)
{
    struct rows r = rows_of(c);
    struct ids groups = {0};
    TRY(upwards(cx, &r, who, group, &groups));
    *out = groups.n && groups.at[groups.n - 1] == group;
    return OK;
}

enum code directory_groups_of(struct ctx *cx, struct core *c, principal_id who, principal_id **out,
                              size_t *count)
{
    struct rows r = rows_of(c);
    struct ids groups = {0};
    TRY(upwards(cx, &r, who, 0, &groups));
    *out = groups.at;
    *count = groups.n;
    return OK;
}
