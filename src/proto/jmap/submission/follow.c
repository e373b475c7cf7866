/* What follows from sending (RFC 8621 section 7.5): the message is moved to Sent, or destroyed. */
#include "proto/jmap/object/object.h"
#include "proto/jmap/submission/submission.h"

enum code jmap_submission_prepare(struct ctx *cx, struct jmap_call *call)
{
    const struct json_tree *update, *destroy;
    TRY(jmap_own_only(cx, call));
    if (call->error)
        return OK;
    if (!call->env->submission)
        return jmap_refuse(call, "serverUnavailable", "nothing is sent from here");
    if (!jmap_arg(call, STR("onSuccessUpdateEmail"), TREE_OBJECT, &update) ||
        !jmap_arg(call, STR("onSuccessDestroyEmail"), TREE_ARRAY, &destroy))
        return jmap_refuse(call, "invalidArguments", "onSuccess");
    return OK;
}

/* The email of a submission of this call that went well, by its id or "#" and its creation id. */
static bool email_of(const struct jmap_set_one *all, size_t count, struct str name, struct str *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct jmap_set_one *x = &all[i];
        bool made = x->act == JMAP_CREATE && str_starts(name, STR("#")) &&
                    str_eq(str_from(name, 1), x->key);
        if (x->error || (!made && !str_eq(name, x->id)))
            continue;
        *out = x->own ? *(const struct str *)x->own : json_tree_text(x->values, STR("emailId"));
        return out->n > 0;
    }
    return false;
}

struct follow {
    struct str *names;
    struct json_tree *values;
    size_t count;
};

static void updates_take(const struct jmap_set_one *all, size_t count,
                         const struct json_tree *wanted, struct follow *out)
{
    for (size_t i = 0; wanted && i < wanted->count; i++)
        if (email_of(all, count, wanted->names[i], &out->names[out->count]))
            out->values[out->count++] = wanted->values[i];
}

static void destroys_take(const struct jmap_set_one *all, size_t count,
                          const struct json_tree *wanted, struct follow *out)
{
    for (size_t i = 0; wanted && i < wanted->count; i++) {
        struct str email;
        if (wanted->values[i].kind == TREE_STRING &&
            email_of(all, count, wanted->values[i].text, &email))
            out->values[out->count++] = (struct json_tree){.kind = TREE_STRING, .text = email};
    }
}

static struct follow room_for(struct ctx *cx, const struct json_tree *wanted)
{
    size_t n = wanted ? wanted->count : 0;
    return (struct follow){.names = ARENA_ARRAY(cx->arena, n + 1, struct str),
                           .values = ARENA_ARRAY(cx->arena, n + 1, struct json_tree)};
}

enum code jmap_submission_follow(struct ctx *cx, struct jmap_call *call,
                                 const struct jmap_set_one *all, size_t count)
{
    static const struct json_tree empty = {.kind = TREE_OBJECT};
    const struct json_tree *update, *destroy;
    (void)jmap_arg(call, STR("onSuccessUpdateEmail"), TREE_OBJECT, &update);
    (void)jmap_arg(call, STR("onSuccessDestroyEmail"), TREE_ARRAY, &destroy);
    struct follow updates = room_for(cx, update), destroys = room_for(cx, destroy);
    updates_take(all, count, update, &updates);
    destroys_take(all, count, destroy, &destroys);
    if (!updates.count && !destroys.count)
        return OK;
    const struct json_tree account = {.kind = TREE_STRING,
                                      .text = jmap_account_id(cx->arena, call->account)};
    const struct json_tree changes = {.kind = TREE_OBJECT,
                                      .count = updates.count,
                                      .names = updates.names,
                                      .values = updates.values};
    const struct json_tree ends = {
        .kind = TREE_ARRAY, .count = destroys.count, .values = destroys.values};
    const struct json_tree *args = jmap_tree_with(cx, &empty, STR("accountId"), &account);
    if (updates.count)
        args = jmap_tree_with(cx, args, STR("update"), &changes);
    if (destroys.count)
        args = jmap_tree_with(cx, args, STR("destroy"), &ends);
    jmap_then(call, STR("Email/set"), args);
    return OK;
}
