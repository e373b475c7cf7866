/* Foo/copy (RFC 8620 section 5.4): creating with another account open beside. */
#include "proto/jmap/set/copy.h"

static enum code open_from(struct ctx *cx, struct jmap_call *call)
{
    const struct json_tree *id, *state;
    struct jmap_call *from = ARENA_NEW(cx->arena, struct jmap_call);
    *from = (struct jmap_call){.env = call->env, .who = call->who, .method = call->method};
    if (!jmap_arg(call, STR("fromAccountId"), TREE_STRING, &id) || !id ||
        !jmap_arg(call, STR("ifFromInState"), TREE_STRING, &state))
        return jmap_refuse(call, "invalidArguments", "fromAccountId, ifFromInState");
    if (str_eq(id->text, json_tree_text(call->args, STR("accountId"))))
        return jmap_refuse(call, "invalidArguments", "to copy there must be two accounts");
    enum code code = jmap_account_enter(cx, from, id->text);
    call->from = from;
    if (code == E_NOT_FOUND)
        return jmap_refuse(call, "fromAccountNotFound", NULL);
    TRY(code);
    if (state && !str_eq(state->text, jmap_state(cx->arena, from)))
        return jmap_refuse(call, "stateMismatch", NULL);
    json_key(&call->out, "fromAccountId");
    json_str(&call->out, id->text);
    return OK;
}

static struct json_tree text_tree(struct str text)
{
    return (struct json_tree){.kind = TREE_STRING, .text = text};
}

/* The originals of what was made go, by a call of their own under this one's id. */
enum code jmap_copy_finish(struct ctx *cx, struct jmap_call *call, const struct jmap_set_one *all,
                           size_t count)
{
    const struct json_tree *state = json_tree_member(call->args, STR("destroyFromIfInState"));
    struct json_tree *ids = ARENA_ARRAY(cx->arena, count + 1, struct json_tree);
    struct json_tree *values = ARENA_ARRAY(cx->arena, 3, struct json_tree);
    struct json_tree *args = ARENA_NEW(cx->arena, struct json_tree);
    struct str *names = ARENA_ARRAY(cx->arena, 3, struct str);
    size_t n = 0, made = 0;
    if (!json_tree_true(call->args, STR("onSuccessDestroyOriginal")))
        return OK;
    for (size_t i = 0; i < count; i++)
        if (!all[i].error)
            ids[made++] = text_tree(json_tree_text(all[i].values, STR("id")));
    names[n] = STR("accountId");
    values[n++] = text_tree(jmap_account_id(cx->arena, call->from->account));
    names[n] = STR("destroy");
    values[n++] = (struct json_tree){.kind = TREE_ARRAY, .count = made, .values = ids};
    if (json_tree_is(state, TREE_STRING)) {
        names[n] = STR("ifInState");
        values[n++] = *state;
    }
    *args = (struct json_tree){.kind = TREE_OBJECT, .count = n, .values = values, .names = names};
    struct str type = str_sub(call->method->name, 0, str_chr(call->method->name, '/'));
    jmap_then(call, str_printf(cx->arena, "%.*s/set", STR_ARG(type)), args);
    return OK;
}

enum code jmap_copy(struct ctx *cx, struct jmap_call *call, const struct jmap_setter *setter)
{
    enum code code = open_from(cx, call);
    if (code == OK && !call->error)
        code = jmap_create(cx, call, STR("create"), setter);
    if (call->from)
        jmap_call_close(call->from);
    return code;
}
