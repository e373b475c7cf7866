/* ShareNotification (RFC 9670 section 3): notes of core/object, written by service/sharing. */
#include "core/objectid/objectid.h"
#include "format/date.h"
#include "proto/jmap/object/list.h"
#include "proto/jmap/object/object.h"
#include "proto/jmap/principal/principal.h"
#include "proto/jmap/share/share.h"

struct shown {
    struct str id;
    struct notice n;
};

static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    struct shown *s = ARENA_NEW(cx->arena, struct shown);
    struct object o;
    TRY(object_get(cx, call->env->core, call->account, OBJECT_NOTICE, id, &o));
    TRY(notice_read(cx, o.value, &s->n));
    s->id = o.name;
    *object = s;
    return OK;
}

static enum code all(struct ctx *cx, struct jmap_call *call, struct str **ids, size_t *count)
{
    return jmap_object_all(cx, call, OBJECT_NOTICE, ids, count);
}

static enum code changed(struct ctx *cx, struct jmap_call *call, struct jmap_changed *out)
{
    return jmap_object_changed(cx, call, OBJECT_NOTICE, out);
}

static enum code put_id(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *s = object;
    (void)cx, (void)call;
    json_str(j, s->id);
    return OK;
}

static enum code put_created(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *s = object;
    (void)call;
    json_str(j, jmap_date(cx->arena, s->n.created_ms));
    return OK;
}

static enum code put_by(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *s = object;
    (void)call;
    json_object(j);
    json_key(j, "name");
    json_str(j, s->n.by_name);
    json_key(j, "email");
    jmap_put_text(j, s->n.by_address);
    json_key(j, "principalId");
    jmap_put_text(j, s->n.by ? jmap_principal_id(cx->arena, s->n.by) : STR(""));
    json_object_end(j);
    return OK;
}

static enum code put_type(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    (void)cx, (void)call, (void)object;
    json_str(j, STR("Mailbox"));
    return OK;
}

static enum code put_account(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *s = object;
    (void)call;
    json_str(j, jmap_account_id(cx->arena, s->n.account));
    return OK;
}

static enum code put_object(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *s = object;
    (void)call;
    json_str(j, objectid_mailbox(cx->arena, s->n.account, s->n.folder));
    return OK;
}

static void put_rights(struct json *j, uint32_t rights)
{
    if (rights)
        jmap_rights_put(j, rights, true);
    else
        json_null(j);
}

static enum code put_old(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *s = object;
    (void)cx, (void)call;
    put_rights(j, s->n.old);
    return OK;
}

static enum code put_new(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *s = object;
    (void)cx, (void)call;
    put_rights(j, s->n.new);
    return OK;
}

static enum code put_name(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *s = object;
    (void)cx, (void)call;
    json_str(j, s->n.name);
    return OK;
}

static enum code destroy(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    return jmap_object_drop(cx, call, OBJECT_NOTICE, x->id);
}

/* Only destroyed by clients: creating and updating is "forbidden". */
static const struct jmap_setter setter = {.prepare = jmap_own_only, .destroy = destroy};

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},
    {STR("created"), true, put_created},
    {STR("changedBy"), true, put_by},
    {STR("objectType"), true, put_type},
    {STR("objectAccountId"), true, put_account},
    {STR("objectId"), true, put_object},
    {STR("oldRights"), true, put_old},
    {STR("newRights"), true, put_new},
    {STR("name"), true, put_name},
};

const struct jmap_type jmap_notification_type = {
    .properties = properties,
    .count = sizeof properties / sizeof *properties,
    .find = find,
    .all = all,
    .changed = changed,
    .id_of = jmap_object_id_of,
    .prepare = jmap_own_only,
    .setter = &setter,
};

/* Oldest first. */
static enum code list_all(struct ctx *cx, struct jmap_call *call, struct jmap_listed **out,
                          size_t *count)
{
    struct objects all_of;
    TRY(object_list(cx, call->env->core, call->account, OBJECT_NOTICE, &all_of));
    struct jmap_listed *list = ARENA_ARRAY(cx->arena, all_of.count + 1, struct jmap_listed);
    for (size_t i = 0; i < all_of.count; i++) {
        struct notice *n = ARENA_NEW(cx->arena, struct notice);
        TRY(notice_read(cx, all_of.at[i].value, n));
        list[i] = (struct jmap_listed){all_of.at[i].name, n};
    }
    *out = list;
    *count = all_of.count;
    return OK;
}

static bool fits_before(const struct jmap_listed *one, const struct json_tree *value)
{
    const struct notice *n = one->thing;
    struct date d;
    return date_parse(value->text, &d) && n->created_ms < d.utc_ms;
}

static bool fits_after(const struct jmap_listed *one, const struct json_tree *value)
{
    const struct notice *n = one->thing;
    struct date d;
    return date_parse(value->text, &d) && n->created_ms >= d.utc_ms;
}

static bool fits_type(const struct jmap_listed *one, const struct json_tree *value)
{
    (void)one;
    return str_eq(value->text, STR("Mailbox"));
}

static bool fits_account(const struct jmap_listed *one, const struct json_tree *value)
{
    const struct notice *n = one->thing;
    account_id account;
    return jmap_account_of(value->text, &account) && account == n->account;
}

static int by_created(const struct jmap_listed *a, const struct jmap_listed *b)
{
    const struct notice *x = a->thing, *y = b->thing;
    return (x->created_ms > y->created_ms) - (x->created_ms < y->created_ms);
}

/* Sections 3.4.1 and 3.4.2. */
static const struct jmap_condition conditions[] = {
    {STR("after"), TREE_STRING, fits_after},
    {STR("before"), TREE_STRING, fits_before},
    {STR("objectType"), TREE_STRING, fits_type},
    {STR("objectAccountId"), TREE_STRING, fits_account},
};
static const struct jmap_order orders[] = {{STR("created"), by_created}};
static const struct jmap_lister lister = {
    .conditions = conditions,
    .condition_count = sizeof conditions / sizeof *conditions,
    .orders = orders,
    .order_count = sizeof orders / sizeof *orders,
    .all = list_all,
    .changed = changed,
    .id_of = jmap_object_id_of,
};

enum code jmap_notification_query(struct ctx *cx, struct jmap_call *call)
{
    return jmap_list_query(cx, call, &lister);
}

enum code jmap_notification_query_changes(struct ctx *cx, struct jmap_call *call)
{
    return jmap_list_query_changes(cx, call, &lister);
}
