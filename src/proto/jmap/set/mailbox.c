/* Mailbox/set (RFC 8621 section 2.5). Creates are commits of their own; all updates and destroys of
   a call are one, so that two mailboxes can change their names. */
#include "proto/jmap/mailbox.h"
#include "core/directory.h"
#include "core/folder.h"
#include "core/objectid/objectid.h"
#include "core/share/subscription.h"
#include "format/utf8.h"
#include "proto/jmap/set/state.h"
#include "proto/jmap/share/share.h"

enum { TRIES_MAX = 16 }; /* of a commit, each without what did not fit */

/* What a client wants of one mailbox. */
struct wish {
    folder_id id, parent;
    struct str name;
    enum role role;
    uint32_t order;
    bool places, has_role, has_order, has_subscribed, subscribed;
    struct jmap_shares shares;
};

static bool role_take(const struct json_tree *v, enum role *out)
{
    *out = ROLE_NONE;
    if (v->kind == TREE_NULL)
        return true;
    for (size_t i = ROLE_NONE + 1; i < ROLE_COUNT; i++)
        if (v->text.n && str_eq(role_row((enum role)i)->jmap_role, v->text)) {
            *out = (enum role)i;
            return true;
        }
    return false;
}

/* A right on a parent; the top is the account. */
static bool may_hold(const struct jmap_call *call, folder_id parent)
{
    if (!parent)
        return jmap_rights(call, 0) & RIGHT_CREATE;
    return jmap_folder(call, parent, RIGHT_CREATE);
}

static enum code take_parent(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                             struct wish *w)
{
    const struct json_tree *v = json_tree_member(x->values, STR("parentId"));
    folder_id parent = 0;
    if (!v)
        return OK;
    if (v->kind == TREE_STRING &&
        (!jmap_mailbox_of(call, v->text, &parent) || !jmap_folder(call, parent, 0)))
        return jmap_set_invalid(cx, x, STR("parentId"), "no such mailbox");
    /* Who sees no parent says null of one that is not for his eyes. */
    if (parent == w->parent || (!parent && w->parent && !jmap_folder(call, w->parent, 0)))
        return OK;
    if (!may_hold(call, parent))
        return jmap_set_refuse(x, "forbidden", "nothing may be created there");
    w->parent = parent;
    w->places = true;
    return OK;
}

static enum code take_name(struct ctx *cx, struct jmap_set_one *x, struct wish *w)
{
    const struct json_tree *v = json_tree_member(x->values, STR("name"));
    if (!v && x->act == JMAP_UPDATE)
        return OK;
    struct str name = v ? utf8_nfc(cx->arena, v->text) : STR("");
    if (!name.n || name.n > FOLDER_NAME_MAX)
        return jmap_set_invalid(cx, x, STR("name"), "a name that is missing or too long");
    w->places |= !str_eq(name, w->name);
    w->name = name;
    return OK;
}

/* What is the owner's: roles and the order. */
static enum code take_rest(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                           struct wish *w)
{
    const struct json_tree *role = json_tree_member(x->values, STR("role"));
    const struct json_tree *order = json_tree_member(x->values, STR("sortOrder"));
    const struct json_tree *subscribed = json_tree_member(x->values, STR("isSubscribed"));
    if (role && !role_take(role, &w->role))
        TRY(jmap_set_invalid(cx, x, STR("role"), "not a role here"));
    if (order && order->integer > FOLDER_ORDER_MAX)
        TRY(jmap_set_invalid(cx, x, STR("sortOrder"), "too high"));
    w->has_role = role && (x->act == JMAP_UPDATE || w->role);
    w->has_order = order;
    w->order = order && order->kind == TREE_INTEGER ? (uint32_t)order->integer : 0;
    w->has_subscribed = subscribed || x->act == JMAP_CREATE;
    w->subscribed = subscribed && subscribed->truth;
    bool theirs = w->has_role || w->has_order;
    folder_id at = x->act == JMAP_CREATE ? w->parent : w->id;
    if (theirs && !call->own && !(jmap_rights(call, at) & RIGHT_ADMIN))
        return jmap_set_refuse(x, "forbidden", "role and order are the owner's");
    return OK;
}

static enum code take(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                      struct wish *w)
{
    TRY(take_parent(cx, call, x, w));
    if (!x->error || x->bad_count)
        TRY(take_name(cx, x, w));
    if (!x->error || x->bad_count)
        TRY(take_rest(cx, call, x, w));
    if (!x->error || x->bad_count)
        TRY(jmap_shares_read(cx, call, x, x->act == JMAP_CREATE ? w->parent : w->id, &w->shares));
    return OK;
}

/* One's own folders have a flag; of others' one's own account keeps a row. */
static enum code subscribe_there(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct wish *w = arg;
    return folder_subscribe(cx, t, w->id, w->subscribed);
}

struct foreign {
    struct subscription to;
    bool on;
    uint64_t before, after; /* out: numbers of the last change to what is subscribed there */
};

static enum code subscribe_here(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct foreign *f = arg;
    struct subscription_marks marks;
    TRY(subscription_txn_marks(cx, t, f->to.account, &marks));
    f->before = marks.number;
    TRY(subscription_set(cx, t, &f->to, f->on));
    TRY(subscription_txn_marks(cx, t, f->to.account, &marks));
    f->after = marks.number;
    return OK;
}

static enum code subscribe_other(struct ctx *cx, struct jmap_call *call, const struct wish *w)
{
    struct foreign f = {.to = {.account = call->account, .folder = w->id}, .on = w->subscribed};
    struct principal owner;
    TRY(directory_by_id(cx, call->env->core, call->account, &owner));
    const struct folder_facts *facts = account_folder_by_id(call->folders, w->id);
    struct str path = facts ? facts->path : w->name;
    f.to.name = str_printf(cx->arena, "%.*s/%.*s/%.*s", STR_ARG(subscription_space(owner.kind)),
                           STR_ARG(owner.address), STR_ARG(path));
    TRY(account_update(cx, call->env->core, call->who->who.id, subscribe_here, &f));
    jmap_subscribes(call, f.before, f.after);
    return jmap_refresh(cx, call);
}

static enum code make(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct wish *w = arg;
    TRY(folder_create_in(cx, t, w->parent, w->name, w->role, &w->id));
    if (w->has_order)
        TRY(folder_set_order(cx, t, w->id, w->order));
    TRY(jmap_shares_apply(cx, t, &w->shares, w->id));
    return subscribe_there(cx, t, w);
}

static enum code refuse_place(struct ctx *cx, struct jmap_set_one *x, enum code code)
{
    if (code == E_EXISTS)
        return jmap_set_invalid(cx, x, STR("name"), "there is one of that name or role");
    if (code == E_SYNTAX)
        return jmap_set_invalid(cx, x, STR("name"), "not a name for a mailbox");
    if (code == E_LIMIT)
        return jmap_set_invalid(cx, x, STR("parentId"), "too deep, or below itself");
    if (code == E_NOT_FOUND)
        return jmap_set_invalid(cx, x, STR("parentId"), "no such mailbox");
    return code;
}

static enum code create(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    struct wish w = {0};
    TRY(take(cx, call, x, &w));
    if (!x->error && !w.parent && !may_hold(call, 0))
        return jmap_set_refuse(x, "forbidden", "nothing may be created there");
    if (x->error)
        return OK;
    TRY(jmap_shares_begin(cx, call, &w.shares, 0, true));
    enum code code = jmap_commit(cx, call, make, &w);
    if (code != OK) {
        x->again = code == E_EXISTS;
        return call->error ? OK : refuse_place(cx, x, code);
    }
    x->id = objectid_mailbox(cx->arena, call->account, w.id);
    TRY(jmap_shares_end(cx, call, &w.shares, w.id));
    if (!call->own && w.subscribed)
        TRY(subscribe_other(cx, call, &w));
    return OK;
}

static enum code update(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct folder_facts *f = jmap_mailbox_facts(x->object);
    struct wish *w = ARENA_NEW(cx->arena, struct wish);
    *w = (struct wish){.id = f->id, .parent = f->parent, .name = str_dup(cx->arena, f->name)};
    x->own = w;
    TRY(take(cx, call, x, w));
    if (w->places && !(jmap_rights(call, f->id) & RIGHT_DELETE_FOLDER) && !x->error)
        return jmap_set_refuse(x, "forbidden", "it may not be renamed");
    const struct json_tree *asked = json_tree_member(x->values, STR("name"));
    if (asked && !str_eq(asked->text, w->name)) {
        struct buf told = buf_of(cx->arena, 8 * FOLDER_NAME_MAX);
        struct json j = json_to(&told);
        json_object(&j);
        json_key(&j, "name");
        json_str(&j, w->name);
        json_object_end(&j);
        x->told = buf_str(&told);
    }
    return OK;
}

static enum code destroy(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct folder_facts *f = jmap_mailbox_facts(x->object);
    struct wish *w = ARENA_NEW(cx->arena, struct wish);
    w->id = f->id;
    x->own = w;
    if (!(jmap_rights(call, f->id) & RIGHT_DELETE_FOLDER))
        return jmap_set_refuse(x, "forbidden", "it may not be destroyed");
    return OK;
}

/* One commit over all. */
struct all {
    struct jmap_set_one *const *at;
    size_t count;
    bool own, remove; /* onDestroyRemoveEmails */
    bool spoilt;      /* one of them failed on the way: without it, once more */
};

static enum code apply_one(struct ctx *cx, struct account_txn *t, const struct all *a,
                           struct jmap_set_one *x)
{
    const struct wish *w = x->own;
    if (w->places)
        TRY(refuse_place(cx, x, folder_place(cx, t, w->id, w->parent, w->name)));
    if (w->has_role && w->role && !x->error) {
        enum code code = folder_set_role(cx, t, w->id, w->role);
        if (code == E_EXISTS)
            return jmap_set_invalid(cx, x, STR("role"), "another one has it");
        TRY(code);
    }
    if (w->has_order)
        TRY(folder_set_order(cx, t, w->id, w->order));
    TRY(jmap_shares_apply(cx, t, &w->shares, w->id));
    return a->own && w->has_subscribed ? folder_subscribe(cx, t, w->id, w->subscribed) : OK;
}

/* Roles are given up before they are taken. */
static void apply_updates(struct ctx *cx, struct account_txn *t, struct all *a)
{
    for (int giving = 1; giving >= 0; giving--)
        for (size_t i = 0; i < a->count; i++) {
            struct jmap_set_one *x = a->at[i];
            const struct wish *w = x->own;
            enum code code = OK;
            if (x->act != JMAP_UPDATE || x->error)
                continue;
            if (!giving)
                code = apply_one(cx, t, a, x);
            else if (w->has_role && !w->role)
                code = folder_set_role(cx, t, w->id, ROLE_NONE);
            jmap_set_fail(cx, x, code);
            a->spoilt |= x->error != NULL;
        }
}

static enum code end_one(struct ctx *cx, struct account_txn *t, const struct all *a,
                         struct jmap_set_one *x)
{
    const struct wish *w = x->own;
    const struct folder_facts *f;
    TRY(folder_facts(cx, t, w->id, &f));
    if (!a->remove && f->total)
        return jmap_set_refuse(x, "mailboxHasEmail", NULL);
    enum code code = folder_delete(cx, t, w->id);
    x->again = code == E_EXISTS;
    return x->again ? jmap_set_refuse(x, "mailboxHasChild", NULL) : code;
}

/* Children before parents, whatever their order in the call. */
static void apply_destroys(struct ctx *cx, struct account_txn *t, const struct all *a)
{
    bool *done = ARENA_ARRAY(cx->arena, a->count + 1, bool);
    for (bool some = true; some;) {
        some = false;
        for (size_t i = 0; i < a->count; i++) {
            struct jmap_set_one *x = a->at[i];
            if (x->act != JMAP_DESTROY || done[i] || (x->error && !x->again))
                continue;
            x->error = NULL;
            jmap_set_fail(cx, x, end_one(cx, t, a, x));
            done[i] = !x->error;
            some |= done[i];
        }
    }
}

/* Names and depths as they are at the end; of two that want one name, the first has it. */
static void check(struct ctx *cx, struct account_txn *t, struct all *a)
{
    for (size_t i = a->count; i > 0; i--) {
        struct jmap_set_one *x = a->at[i - 1];
        const struct wish *w = x->own;
        if (x->act != JMAP_UPDATE || x->error || !w->places)
            continue;
        enum code code = folder_place_check(cx, t, w->id);
        jmap_set_fail(cx, x, code == OK ? OK : refuse_place(cx, x, code));
        a->spoilt |= x->error != NULL;
        if (a->spoilt)
            return;
    }
}

static enum code apply(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct all *a = arg;
    a->spoilt = false;
    apply_updates(cx, t, a);
    if (!a->spoilt) {
        apply_destroys(cx, t, a);
        check(cx, t, a);
    }
    return a->spoilt ? fail(cx, E_DENIED, "one of the changes does not fit") : OK;
}

static enum code commit(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *const *changes,
                        size_t count)
{
    struct all a = {.at = changes,
                    .count = count,
                    .own = call->own,
                    .remove = json_tree_true(call->args, STR("onDestroyRemoveEmails"))};
    enum code code = OK;
    for (size_t i = 0; i < count; i++) {
        struct wish *w = changes[i]->own;
        TRY(jmap_shares_begin(cx, call, &w->shares, w->id, false));
    }
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        code = jmap_commit(cx, call, apply, &a);
        if (!a.spoilt)
            break;
    }
    TRY(a.spoilt ? E_BUSY : code);
    TRY(jmap_refresh(cx, call));
    for (size_t i = 0; i < count; i++) {
        struct wish *w = changes[i]->own;
        if (changes[i]->act != JMAP_UPDATE || changes[i]->error)
            continue;
        TRY(jmap_shares_end(cx, call, &w->shares, w->id));
        if (!call->own && w->has_subscribed)
            TRY(subscribe_other(cx, call, w));
    }
    return OK;
}

static const struct jmap_settable settable[] = {
    {STR("name"), JMAP_ALWAYS, JMAP_IS_TEXT},
    {STR("parentId"), JMAP_ALWAYS, JMAP_IS_ID | JMAP_IS_NULL},
    {STR("role"), JMAP_ALWAYS, JMAP_IS_TEXT | JMAP_IS_NULL},
    {STR("sortOrder"), JMAP_ALWAYS, JMAP_IS_UINT | JMAP_OR_EMPTY},
    {STR("isSubscribed"), JMAP_ALWAYS, JMAP_IS_BOOL},
    {STR("shareWith"), JMAP_ALWAYS, JMAP_IS_OBJECT | JMAP_IS_NULL},
};

const struct jmap_setter jmap_mailbox_setter = {
    .rows = settable,
    .count = sizeof settable / sizeof *settable,
    .create = create,
    .update = update,
    .destroy = destroy,
    .commit = commit,
};
