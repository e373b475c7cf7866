/* Mailbox's shareWith (RFC 9670 section 4). */
#include "proto/jmap/mailbox.h"
#include "core/audit.h"
#include "core/directory.h"
#include "core/share/sharing.h"
#include "proto/jmap/principal/principal.h"
#include "proto/jmap/share/share.h"

static const struct {
    struct str name;
    uint32_t needed;
} rows[] = {
    {STR("mayReadItems"), RIGHT_LOOKUP | RIGHT_READ},
    {STR("mayAddItems"), RIGHT_INSERT},
    {STR("mayRemoveItems"), RIGHT_DELETE | RIGHT_EXPUNGE},
    {STR("maySetSeen"), RIGHT_SEEN},
    {STR("maySetKeywords"), RIGHT_WRITE},
    {STR("mayCreateChild"), RIGHT_CREATE},
    {STR("mayRename"), RIGHT_DELETE_FOLDER},
    {STR("mayDelete"), RIGHT_DELETE_FOLDER},
    {STR("maySubmit"), RIGHT_POST},
    {STR("mayShare"), RIGHT_ADMIN},
};
enum { ROWS = sizeof rows / sizeof *rows };

void jmap_rights_put(struct json *j, uint32_t rights, bool share)
{
    json_object(j);
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].needed == RIGHT_ADMIN && !share)
            continue;
        jmap_key(j, rows[i].name);
        json_bool(j, (rights & rows[i].needed) == rows[i].needed);
    }
    json_object_end(j);
}

/* What has no name here stays as it was. mayRename and mayDelete are one right. False: not rights.
 */
static bool rights_take(const struct json_tree *v, uint32_t was, uint32_t *out)
{
    uint32_t known = 0, yes = 0, no = 0;
    if (v->kind != TREE_OBJECT)
        return false;
    for (size_t i = 0; i < ROWS; i++)
        known |= rows[i].needed;
    for (size_t i = 0; i < v->count; i++) {
        size_t row = 0;
        while (row < ROWS && !str_eq(rows[row].name, v->names[i]))
            row++;
        if (row == ROWS || v->values[i].kind != TREE_BOOL)
            return false;
        if (v->values[i].truth)
            yes |= rows[row].needed;
        else
            no |= rows[row].needed & RIGHT_DELETE_FOLDER;
    }
    if (yes & no)
        return false;
    *out = yes ? (was & ~known) | yes | RIGHT_LOOKUP : 0;
    return true;
}

static bool may_share(const struct jmap_call *call, folder_id folder)
{
    return call->own || jmap_rights(call, folder) & RIGHT_ADMIN;
}

static bool has_name(const struct grant *g)
{
    return g->kind == GRANTEE_PRINCIPAL || g->kind == GRANTEE_GROUP;
}

enum code jmap_share_asked(struct ctx *cx, struct jmap_call *call)
{
    const struct json_tree *asked = json_tree_member(call->args, STR("properties"));
    (void)cx;
    for (size_t i = 0; asked && i < asked->count && !(call->using & JMAP_PRINCIPALS); i++)
        if (str_eq(asked->values[i].text, STR("shareWith")))
            return jmap_refuse(call, "invalidArguments", "properties");
    return OK;
}

enum code jmap_put_share_with(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    folder_id folder = jmap_mailbox_facts(object)->id;
    struct grant *grants;
    size_t count = 0, named = 0;
    if (may_share(call, folder))
        TRY(rights_list(cx, call->env->core, call->account, folder, &grants, &count));
    for (size_t i = 0; i < count; i++) {
        if (!has_name(&grants[i]))
            continue;
        if (!named++)
            json_object(j);
        jmap_key(j, jmap_principal_id(cx->arena, grants[i].who));
        jmap_rights_put(j, grants[i].rights, true);
    }
    if (named)
        json_object_end(j);
    else
        json_null(j);
    return OK;
}

/* Who may be granted something. */
static enum code grantee_of(struct ctx *cx, struct jmap_call *call, struct str id,
                            struct grant *out, bool *good)
{
    struct principal p;
    *good = false;
    if (!jmap_principal_of(id, &out->who))
        return OK;
    enum code code = directory_by_id(cx, call->env->core, out->who, &p);
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    *good = p.kind != PRINCIPAL_CONTACT && p.id != call->account;
    out->kind = p.kind == PRINCIPAL_GROUP ? GRANTEE_GROUP : GRANTEE_PRINCIPAL;
    return OK;
}

static void add(struct jmap_call *call, struct jmap_shares *s, const struct grant *g)
{
    s->at[s->count++] =
        (struct share_act){.account = call->account, .grant = *g, .by = call->who->who.id};
}

struct old {
    struct grant *at;
    size_t count;
    bool *kept;
    bool good;
};

/* One member of the new value; old->good: whether it can be. */
static enum code take_one(struct ctx *cx, struct jmap_call *call, struct str id,
                          const struct json_tree *v, struct old *old, struct jmap_shares *s)
{
    struct grant g = {0};
    uint32_t was = 0;
    for (size_t i = 0; i < old->count; i++)
        if (has_name(&old->at[i]) && str_eq(jmap_principal_id(cx->arena, old->at[i].who), id)) {
            g = old->at[i];
            was = g.rights;
            old->kept[i] = old->good = true;
        }
    if (!g.kind)
        TRY(grantee_of(cx, call, id, &g, &old->good));
    old->good = old->good && rights_take(v, was, &g.rights);
    if (old->good && g.rights != was)
        add(call, s, &g);
    return OK;
}

enum code jmap_shares_read(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                           folder_id of, struct jmap_shares *out)
{
    const struct json_tree *v = json_tree_member(x->values, STR("shareWith"));
    struct old old;
    *out = (struct jmap_shares){0};
    if (!v)
        return OK;
    if (!(call->using & JMAP_PRINCIPALS))
        return jmap_set_invalid(cx, x, STR("shareWith"), "of a capability that was not named");
    if (!may_share(call, of))
        return jmap_set_refuse(x, "forbidden", "it is not yours to share");
    if (v->count > JMAP_SHARES_MAX)
        return jmap_set_invalid(cx, x, STR("shareWith"), "too many");
    TRY(rights_list(cx, call->env->core, call->account, of, &old.at, &old.count));
    old.kept = ARENA_ARRAY(cx->arena, old.count + 1, bool);
    out->at = ARENA_ARRAY(cx->arena, old.count + v->count + 1, struct share_act);
    for (size_t i = 0; i < v->count; i++) {
        old.good = false;
        TRY(take_one(cx, call, v->names[i], &v->values[i], &old, out));
        if (!old.good)
            return jmap_set_invalid(cx, x, STR("shareWith"), "no such principal, or no rights");
    }
    for (size_t i = 0; i < old.count; i++)
        if (has_name(&old.at[i]) && !old.kept[i]) {
            old.at[i].rights = 0;
            add(call, out, &old.at[i]);
        }
    return OK;
}

enum code jmap_shares_begin(struct ctx *cx, struct jmap_call *call, struct jmap_shares *s,
                            folder_id folder, bool fresh)
{
    s->before = ARENA_ARRAY(cx->arena, s->count + 1, struct share_before);
    for (size_t i = 0; i < s->count; i++) {
        s->at[i].folder = folder;
        TRY(share_begin(cx, call->env->core, &s->at[i], fresh, &s->before[i]));
        TRY(sharing_note(cx, call->env->core, call->account, &s->at[i].grant));
    }
    return OK;
}

enum code jmap_shares_apply(struct ctx *cx, struct account_txn *t, const struct jmap_shares *s,
                            folder_id folder)
{
    for (size_t i = 0; i < s->count; i++)
        TRY(rights_grant(cx, t, folder, &s->at[i].grant));
    return OK;
}

static enum code note(struct ctx *cx, struct jmap_call *call, const struct share_act *act)
{
    struct str id = jmap_principal_id(cx->arena, act->grant.who);
    struct audit_entry entry = {
        .at_ms = cx->now_ms,
        .actor = call->who->who.address,
        .act = STR("rights.set"),
        .object =
            str_printf(cx->arena, "%llu folder %u", (unsigned long long)act->account, act->folder),
        .detail = str_printf(cx->arena, "%.*s %x", STR_ARG(id), act->grant.rights)};
    return audit_add(cx, call->env->core, &entry);
}

enum code jmap_shares_end(struct ctx *cx, struct jmap_call *call, struct jmap_shares *s,
                          folder_id folder)
{
    for (size_t i = 0; i < s->count; i++) {
        s->at[i].folder = folder;
        TRY(note(cx, call, &s->at[i]));
        TRY(share_end(cx, call->env->core, &s->at[i], &s->before[i]));
    }
    return OK;
}
