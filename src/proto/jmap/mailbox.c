/* Mailboxes (RFC 8621 section 2). */
#include "proto/jmap/mailbox.h"
#include "core/objectid/objectid.h"
#include "core/share/subscription.h"
#include "proto/jmap/changes.h"
#include "proto/jmap/query/counts.h"
#include "proto/jmap/share/share.h"

/* One that is being shown. */
struct mailbox {
    const struct folder_facts *facts;
};

static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    folder_id folder;
    const struct folder_facts *f = NULL;
    if (jmap_mailbox_of(call, id, &folder))
        f = jmap_folder(call, folder, 0);
    if (!f)
        return fail(cx, E_NOT_FOUND, "no such mailbox");
    struct mailbox *box = ARENA_NEW(cx->arena, struct mailbox);
    box->facts = f;
    *object = box;
    return OK;
}

static enum code all(struct ctx *cx, struct jmap_call *call, struct str **ids, size_t *count)
{
    size_t folders = account_folder_count(call->folders), n = 0;
    struct str *list = ARENA_ARRAY(cx->arena, folders + 1, struct str);
    for (size_t i = 0; i < folders; i++) {
        folder_id id = account_folder(call->folders, i)->id;
        if (jmap_folder(call, id, 0))
            list[n++] = objectid_mailbox(cx->arena, call->account, id);
    }
    *ids = list;
    *count = n;
    return OK;
}

static enum code put_id(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct mailbox *box = object;
    json_str(j, objectid_mailbox(cx->arena, call->account, box->facts->id));
    return OK;
}

static enum code put_name(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct mailbox *box = object;
    (void)cx, (void)call;
    json_str(j, box->facts->name);
    return OK;
}

/* A parent that may not be seen is none. */
static enum code put_parent(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct mailbox *box = object;
    folder_id parent = box->facts->parent;
    if (parent && jmap_folder(call, parent, 0))
        json_str(j, objectid_mailbox(cx->arena, call->account, parent));
    else
        json_null(j);
    return OK;
}

static enum code put_role(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct mailbox *box = object;
    struct str role = role_row(box->facts->role)->jmap_role;
    (void)cx, (void)call;
    if (role.n)
        json_str(j, role);
    else
        json_null(j);
    return OK;
}

const struct folder_facts *jmap_mailbox_facts(const void *object)
{
    const struct mailbox *box = object;
    return box->facts;
}

uint32_t jmap_mailbox_order(const struct folder_facts *f)
{
    if (f->order)
        return f->order - 1;
    return f->role ? (uint32_t)f->role : (uint32_t)ROLE_COUNT;
}

static enum code put_order(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct mailbox *box = object;
    (void)cx, (void)call;
    json_u64(j, jmap_mailbox_order(box->facts));
    return OK;
}

static enum code put_total(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct mailbox *box = object;
    struct jmap_count count;
    TRY(jmap_count_of(cx, call, box->facts->id, &count));
    json_u64(j, count.emails);
    return OK;
}

static enum code put_unread(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct mailbox *box = object;
    struct jmap_count count;
    TRY(jmap_count_of(cx, call, box->facts->id, &count));
    json_u64(j, count.unread);
    return OK;
}

static enum code put_threads(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct mailbox *box = object;
    struct jmap_count count;
    TRY(jmap_count_of(cx, call, box->facts->id, &count));
    json_u64(j, count.threads);
    return OK;
}

static enum code put_unread_threads(struct ctx *cx, struct jmap_call *call, void *object,
                                    struct json *j)
{
    const struct mailbox *box = object;
    struct jmap_count count;
    TRY(jmap_count_of(cx, call, box->facts->id, &count));
    json_u64(j, count.unread_threads);
    return OK;
}

/* RFC 8621 section 2: each of them from rights of RFC 4314. */
static enum code put_rights(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct mailbox *box = object;
    (void)cx;
    jmap_rights_put(j, jmap_rights(call, box->facts->id), call->using & JMAP_PRINCIPALS);
    return OK;
}

enum code jmap_mailbox_subscribed(struct ctx *cx, struct jmap_call *call,
                                  const struct folder_facts *f, bool *out)
{
    struct ctx longer = *cx;
    enum code code = OK;
    bool on = call->own && f->subscribed;
    longer.arena = call->arena;
    if (!call->own && !call->subscriptions)
        code = subscription_list(&longer, call->env->core, call->who->who.id, &call->subscriptions,
                                 &call->subscription_count);
    cx->err = longer.err;
    TRY(code);
    for (size_t i = 0; call->subscriptions && i < call->subscription_count; i++)
        on |= call->subscriptions[i].account == call->account &&
              call->subscriptions[i].folder == f->id;
    *out = on;
    return OK;
}

static enum code put_subscribed(struct ctx *cx, struct jmap_call *call, void *object,
                                struct json *j)
{
    const struct mailbox *box = object;
    bool on;
    TRY(jmap_mailbox_subscribed(cx, call, box->facts, &on));
    json_bool(j, on);
    return OK;
}

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},
    {STR("name"), true, put_name},
    {STR("parentId"), true, put_parent},
    {STR("role"), true, put_role},
    {STR("sortOrder"), true, put_order},
    {STR("totalEmails"), true, put_total},
    {STR("unreadEmails"), true, put_unread},
    {STR("totalThreads"), true, put_threads},
    {STR("unreadThreads"), true, put_unread_threads},
    {STR("myRights"), true, put_rights},
    {STR("isSubscribed"), true, put_subscribed},
    {STR("shareWith"), false, jmap_put_share_with},
};

static struct str id_of(struct arena *a, const struct jmap_call *call, uint64_t key)
{
    return objectid_mailbox(a, call->account, (folder_id)key);
}

const struct jmap_type jmap_mailbox_type = {
    .properties = properties,
    .count = sizeof properties / sizeof *properties,
    .find = find,
    .all = all,
    .changed = jmap_mailbox_changed,
    .id_of = id_of,
    .prepare = jmap_share_asked,
    .setter = &jmap_mailbox_setter,
};
