#include "base/arena.h"
#include "base/cur.h"
#include "core/directory/rows.h"
#include <stdlib.h>

struct send_as {
    principal_id owner, who;
    bool on;
};

static enum code set(struct ctx *cx, struct txn *t, void *arg)
{
    const struct send_as *a = arg;
    struct rows r = rows_in(t);
    struct principal owner, who;
    struct key k = rows_send_as_key(a->owner, a->who),
               back = rows_may_send_as_key(a->who, a->owner);
    if (!a->on) {
        txn_delete(t, key_str(&k));
        txn_delete(t, key_str(&back));
        return OK;
    }
    TRY(rows_living(cx, &r, a->owner, &owner));
    TRY(rows_living(cx, &r, a->who, &who));
    rows_put_mark(t, &k);
    rows_put_mark(t, &back);
    return OK;
}

enum code directory_send_as_grant(struct ctx *cx, struct core *c, principal_id owner,
                                  principal_id who, bool on)
{
    struct send_as a = {owner, who, on};
    return store_update(cx, c->store, DIRECTORY_PART, set, &a);
}

enum code directory_send_as_list(struct ctx *cx, struct core *c, principal_id owner,
                                 principal_id **out, size_t *count)
{
    struct rows r = rows_of(c);
    struct key prefix = rows_send_as_key(owner, 0);
    struct ids ids = {0};
    TRY(rows_seconds(cx, &r, &prefix, &ids));
    *out = ids.at;
    *count = ids.n;
    return OK;
}

static int by_id(const void *a, const void *b)
{
    const principal_id *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static enum code owners_add(struct ctx *cx, const struct rows *r, principal_id who, struct ids *all)
{
    struct key prefix = rows_may_send_as_key(who, 0);
    struct ids ids = {0};
    TRY(rows_seconds(cx, r, &prefix, &ids));
    principal_id *both = ARENA_ARRAY(cx->arena, all->n + ids.n + 1, principal_id);
    for (size_t i = 0; i < all->n + ids.n; i++)
        both[i] = i < all->n ? all->at[i] : ids.at[i - all->n];
    all->at = both;
    all->n += ids.n;
    return OK;
}

enum code directory_send_as_of(struct ctx *cx, struct core *c, principal_id who, principal_id **out,
                               size_t *count)
{
    struct rows r = rows_of(c);
    struct ids all = {0};
    principal_id *groups;
    size_t group_count, n = 0;
    TRY(directory_groups_of(cx, c, who, &groups, &group_count));
    TRY(owners_add(cx, &r, who, &all));
    for (size_t i = 0; i < group_count; i++)
        TRY(owners_add(cx, &r, groups[i], &all));
    if (all.n)
        qsort(all.at, all.n, sizeof *all.at, by_id);
    for (size_t i = 0; i < all.n; i++)
        if (all.at[i] != who && (n == 0 || all.at[n - 1] != all.at[i]))
            all.at[n++] = all.at[i];
    *out = all.at;
    *count = n;
    return OK;
}

/* By name, or as a member of a group that was granted the right. */
static enum code is_granted(struct ctx *cx, struct core *c, principal_id owner, principal_id who,
                            bool *out)
{
    principal_id *to;
    size_t count;
    bool found = false;
    TRY(directory_send_as_list(cx, c, owner, &to, &count));
    for (size_t i = 0; i < count && !found; i++)
        found = to[i] == who;
    for (size_t i = 0; i < count && !found; i++)
        TRY(directory_is_member(cx, c, to[i], who, &found));
    *out = found;
    return OK;
}

enum code directory_may_send_as(struct ctx *cx, struct core *c, principal_id who,
                                struct str address)
{
    struct rows r = rows_of(c);
    struct principal me, owner;
    bool granted = false;
    enum code code = rows_living(cx, &r, who, &me);
    if (code == OK)
        code = directory_by_address(cx, c, address, &owner);
    if (code != OK && code != E_NOT_FOUND && code != E_SYNTAX)
        return code;
    if (code == OK && me.enabled && owner.id != who)
        TRY(is_granted(cx, c, owner.id, who, &granted));
    if (code == OK && me.enabled && (owner.id == who || granted))
        return OK;
    return fail(cx, E_DENIED, "directory: %llu may not send with that address",
                (unsigned long long)who);
}

/* Whether domain is top or below it. */
static enum code is_within(struct ctx *cx, const struct rows *r, uint64_t top, uint64_t domain,
                           bool *out)
{
    *out = false;
    while (domain && !*out) {
        struct domain d;
        TRY(rows_domain(cx, r, domain, &d));
        *out = domain == top;
        domain = d.parent;
    }
    return OK;
}

static enum code role_covers(struct ctx *cx, const struct rows *r, struct str role, uint64_t domain,
                             bool *out)
{
    struct cur c = cur_of(role);
    uint64_t top;
    *out = str_eq(role, STR("owner"));
    if (!*out && cur_text(&c, STR("domain-admin:")) && cur_u64(&c, &top) && cur_end(&c) && domain)
        return is_within(cx, r, top, domain, out);
    return OK;
}

static bool is_no_space(char c)
{
    return c != ' ';
}

enum code directory_may_administer(struct ctx *cx, struct core *c, principal_id who,
                                   uint64_t domain)
{
    struct rows r = rows_of(c);
    struct principal me = {0};
    enum code code = rows_living(cx, &r, who, &me);
    if (code != OK && code != E_NOT_FOUND)
        return code;
    struct cur roles = cur_of(me.roles);
    bool may = false;
    while (code == OK && me.enabled && !may && !cur_end(&roles)) {
        cur_blanks(&roles);
        code = role_covers(cx, &r, cur_while(&roles, is_no_space), domain, &may);
    }
    if (code != OK && code != E_NOT_FOUND)
        return code;
    return may ? OK : fail(cx, E_DENIED, "directory: %llu may not", (unsigned long long)who);
}
