/* What a call may see: the account, its folders, what was granted. */
#include "core/share/subscription.h"
#include "proto/jmap/set/set.h"

struct jmap_views {
    struct jmap_views *next;
    folder_id folder;
    struct view *view;
};

enum code jmap_refuse(struct jmap_call *call, const char *error, const char *why)
{
    call->error = error;
    call->why = why;
    return OK;
}

bool jmap_arg(const struct jmap_call *call, struct str name, enum tree_kind kind,
              const struct json_tree **out)
{
    const struct json_tree *v = json_tree_member(call->args, name);
    bool fits = kind == TREE_INTEGER ? json_tree_is_int(v) : json_tree_is(v, kind);
    *out = fits ? v : NULL;
    return !v || v->kind == TREE_NULL || *out;
}

/* The owner may all; others what any folder grants, and none of it is none of the account. */
static enum code rights_load(struct ctx *cx, struct jmap_call *call)
{
    struct folder_rights *rights = NULL;
    uint32_t seen = 0;
    TRY(rights_of_all(cx, call->env->core, call->account, call->who->who.id, &rights,
                      &call->right_count));
    call->rights = rights;
    call->subscriptions = NULL;
    for (size_t i = 0; i < call->right_count; i++)
        seen |= rights[i].rights;
    if (!(seen & RIGHT_LOOKUP))
        return fail(cx, E_NOT_FOUND, "nothing is granted there");
    struct subscription_marks *marks = ARENA_NEW(cx->arena, struct subscription_marks);
    TRY(subscription_marks(cx, call->env->core, call->who->who.id, call->account, marks));
    call->subscribed = marks;
    return OK;
}

enum code jmap_account_enter(struct ctx *cx, struct jmap_call *call, struct str id)
{
    call->arena = cx->arena;
    if (!jmap_account_of(id, &call->account))
        return fail(cx, E_NOT_FOUND, "no such account");
    call->own = call->account == call->who->who.id;
    enum code code = call->own ? OK : rights_load(cx, call);
    if (code == OK)
        code = account_view_get(cx, call->env->core, call->account, &call->folders);
    return code == E_DENIED ? E_NOT_FOUND : code;
}

enum code jmap_account_open(struct ctx *cx, struct jmap_call *call)
{
    const struct json_tree *id;
    if (!jmap_arg(call, STR("accountId"), TREE_STRING, &id) || !id)
        return jmap_refuse(call, "invalidArguments", "accountId is missing");
    enum code code = jmap_account_enter(cx, call, id->text);
    return code == E_NOT_FOUND ? jmap_refuse(call, "accountNotFound", NULL) : code;
}

void jmap_then(struct jmap_call *call, struct str method, const struct json_tree *args)
{
    call->next = method;
    call->next_args = args;
}

enum code jmap_refresh(struct ctx *cx, struct jmap_call *call)
{
    jmap_call_close(call);
    if (!call->own)
        TRY(rights_load(cx, call));
    return account_view_get(cx, call->env->core, call->account, &call->folders);
}

void jmap_call_close(struct jmap_call *call)
{
    for (struct jmap_views *v = call->views; v; v = v->next)
        view_unref(v->view);
    call->views = NULL;
    if (call->folders)
        account_view_unref(call->folders);
    call->folders = NULL;
    call->counts = NULL;
}

uint32_t jmap_rights(const struct jmap_call *call, folder_id folder)
{
    if (call->own)
        return RIGHTS_ALL;
    for (size_t i = 0; i < call->right_count; i++)
        if (call->rights[i].folder == folder)
            return call->rights[i].rights;
    return 0;
}

const struct folder_facts *jmap_folder(const struct jmap_call *call, folder_id id, uint32_t right)
{
    const struct folder_facts *f = account_folder_by_id(call->folders, id);
    bool shown = f && f->kind == KIND_MAIL && !f->hidden;
    uint32_t needed = right | RIGHT_LOOKUP;
    return shown && (jmap_rights(call, id) & needed) == needed ? f : NULL;
}

enum code jmap_view(struct ctx *cx, struct jmap_call *call, folder_id folder, struct view **out)
{
    for (struct jmap_views *v = call->views; v; v = v->next)
        if (v->folder == folder) {
            *out = v->view;
            return OK;
        }
    struct jmap_views *v = ARENA_NEW(call->arena, struct jmap_views);
    TRY(view_get(cx, call->env->core, call->account, folder, call->who->who.id, &v->view));
    v->folder = folder;
    v->next = call->views;
    call->views = v;
    *out = v->view;
    return OK;
}
