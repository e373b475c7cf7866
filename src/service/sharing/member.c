/* Whose rights change when somebody joins a group or leaves it. */
#include "base/arena.h"
#include "core/directory.h"
#include "core/share/sharing.h"
#include "service/sharing/notice.h"

/* What one person may do in the folders of others, rising by account and folder. */
struct right_row {
    account_id account;
    folder_id folder;
    uint32_t rights;
};
struct seen {
    principal_id reader;
    struct right_row *before, *after;
    size_t before_count, after_count;
};

static enum code look(struct ctx *cx, struct core *c, principal_id reader, struct right_row **out,
                      size_t *count)
{
    struct right_row *rows = NULL;
    account_id *accounts;
    size_t n = 0, account_count;
    TRY(sharing_accounts(cx, c, reader, &accounts, &account_count));
    for (size_t i = 0; i < account_count && n < NOTICE_RIGHTS_MAX; i++) {
        struct folder_rights *list;
        size_t listed;
        enum code code = rights_of_all(cx, c, accounts[i], reader, &list, &listed);
        if (code == E_NOT_FOUND)
            continue;
        TRY(code);
        rows = arena_grow(cx->arena, rows, n * sizeof *rows, (n + listed) * sizeof *rows);
        for (size_t k = 0; k < listed && n < NOTICE_RIGHTS_MAX; k++)
            if (list[k].folder && list[k].rights)
                rows[n++] = (struct right_row){accounts[i], list[k].folder, list[k].rights};
    }
    *out = rows;
    *count = n;
    return OK;
}

static int order(const struct right_row *a, const struct right_row *b)
{
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    return (a->folder > b->folder) - (a->folder < b->folder);
}

static enum code tell(struct ctx *cx, struct core *c, principal_id by, principal_id reader,
                      const struct right_row *old, const struct right_row *new)
{
    const struct right_row *of = old ? old : new;
    const struct share_act act = {.account = of->account, .folder = of->folder, .by = by};
    struct notice n;
    TRY(notice_describe(cx, c, &act, &n));
    n.old = old ? old->rights : 0;
    n.new = new ? new->rights : 0;
    notice_tell(cx, c, reader, &n);
    return OK;
}

/* Walks both at once. */
static enum code compare(struct ctx *cx, struct core *c, principal_id by, const struct seen *s)
{
    size_t i = 0, k = 0;
    while (i < s->before_count || k < s->after_count) {
        int which = i == s->before_count  ? 1
                    : k == s->after_count ? -1
                                          : order(&s->before[i], &s->after[k]);
        const struct right_row *old = which > 0 ? NULL : &s->before[i];
        const struct right_row *new = which < 0 ? NULL : &s->after[k];
        bool same = old && new && old->rights == new->rights;
        if (!same && s->reader != by)
            TRY(tell(cx, c, by, s->reader, old, new));
        i += which <= 0;
        k += which >= 0;
    }
    return OK;
}

static enum code people_of(struct ctx *cx, struct core *c, principal_id member, principal_id **out,
                           size_t *count)
{
    struct principal p;
    TRY(directory_by_id(cx, c, member, &p));
    *count = 0;
    if (p.kind == PRINCIPAL_GROUP) {
        enum code code = directory_expand(cx, c, member, out, count);
        if (code == E_LIMIT || *count > NOTICE_READERS_MAX)
            *count = 0;
        return code == E_LIMIT ? OK : code;
    }
    *out = ARENA_NEW(cx->arena, principal_id);
    **out = member;
    *count = 1;
    return OK;
}

enum code share_member(struct ctx *cx, struct core *c, const struct share_member *m)
{
    principal_id *people;
    size_t count;
    TRY(people_of(cx, c, m->member, &people, &count));
    struct seen *seen = ARENA_ARRAY(cx->arena, count + 1, struct seen);
    for (size_t i = 0; i < count; i++) {
        seen[i].reader = people[i];
        TRY(look(cx, c, people[i], &seen[i].before, &seen[i].before_count));
    }
    TRY(m->joins ? directory_member_add(cx, c, m->group, m->member)
                 : directory_member_remove(cx, c, m->group, m->member));
    for (size_t i = 0; i < count; i++) {
        TRY(look(cx, c, people[i], &seen[i].after, &seen[i].after_count));
        TRY(compare(cx, c, m->by, &seen[i]));
    }
    return OK;
}
