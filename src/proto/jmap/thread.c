/* Threads (RFC 8621 section 3). */
#include "core/objectid/thread.h"
#include "proto/jmap/changes.h"

struct thread {
    struct str id;
    item_id *items;
    size_t count;
};

/* Those that lie where the person may read. */
static enum code readable(struct ctx *cx, struct jmap_call *call, struct thread *t)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->count; i++) {
        struct item_placed at;
        enum code code = item_locate(cx, call->env->core, call->account, t->items[i], &at);
        if (code != OK && code != E_NOT_FOUND)
            return code;
        if (code == OK && jmap_folder(call, at.folder, RIGHT_READ))
            t->items[kept++] = t->items[i];
    }
    t->count = kept;
    return kept ? OK : fail(cx, E_NOT_FOUND, "nothing of the thread may be seen");
}

static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    struct thread *t = ARENA_NEW(cx->arena, struct thread);
    uint64_t number;
    if (!jmap_thread_of(id, &number))
        return fail(cx, E_NOT_FOUND, "no such thread");
    TRY(thread_items(cx, call->env->core, call->account, number, &t->items, &t->count));
    TRY(readable(cx, call, t));
    t->id = id;
    *object = t;
    return OK;
}

static enum code put_id(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct thread *t = object;
    (void)cx, (void)call;
    json_str(j, t->id);
    return OK;
}

static enum code put_emails(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct thread *t = object;
    (void)call;
    json_array(j);
    for (size_t i = 0; i < t->count; i++)
        json_str(j, jmap_email_id(cx->arena, t->items[i]));
    json_array_end(j);
    return OK;
}

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},
    {STR("emailIds"), true, put_emails},
};

static struct str id_of(struct arena *a, const struct jmap_call *call, uint64_t key)
{
    (void)call;
    return jmap_thread_id(a, key);
}

const struct jmap_type jmap_thread_type = {
    .properties = properties,
    .count = sizeof properties / sizeof *properties,
    .find = find,
    .changed = jmap_thread_changed,
    .id_of = id_of,
};
