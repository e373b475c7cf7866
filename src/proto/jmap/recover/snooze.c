/* Snoozed emails: notes of when they come back (service/snooze). */
#include "service/snooze/snooze.h"
#include "core/objectid/objectid.h"
#include "format/date.h"
#include "proto/jmap/object/object.h"
#include "proto/jmap/recover/recover.h"

enum { DAY_MS = 24 * 3600 * 1000 };

static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    struct snooze *s = ARENA_NEW(cx->arena, struct snooze);
    struct object o;
    if (!jmap_email_of(id, &s->item))
        return fail(cx, E_NOT_FOUND, "no such email");
    TRY(object_get(cx, call->env->core, call->account, OBJECT_SNOOZE,
                   snooze_name(cx->arena, s->item), &o));
    TRY(snooze_read(cx, o.value, s));
    *object = s;
    return OK;
}

static enum code all(struct ctx *cx, struct jmap_call *call, struct str **ids, size_t *count)
{
    return jmap_object_all(cx, call, OBJECT_SNOOZE, ids, count);
}

static enum code changed(struct ctx *cx, struct jmap_call *call, struct jmap_changed *out)
{
    return jmap_object_changed(cx, call, OBJECT_SNOOZE, out);
}

static enum code put_id(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct snooze *s = object;
    (void)call;
    json_str(j, jmap_email_id(cx->arena, s->item));
    return OK;
}

static enum code put_until(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct snooze *s = object;
    (void)call;
    json_str(j, jmap_date(cx->arena, s->until_ms));
    return OK;
}

static enum code put_back(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct snooze *s = object;
    if (s->back)
        json_str(j, objectid_mailbox(cx->arena, call->account, s->back));
    else
        json_null(j);
    return OK;
}

/* What is said over what is there. */
static enum code wish_read(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                           struct snooze *s)
{
    const struct json_tree *until = json_tree_member(x->values, STR("until"));
    const struct json_tree *back = json_tree_member(x->values, STR("moveToMailboxId"));
    struct date d;
    if (until) {
        bool formed = until->text.n && ascii_is_digit(*until->text.p) &&
                      str_ends(until->text, STR("Z")) && date_parse(until->text, &d);
        s->until_ms = formed ? d.utc_ms : 0;
    }
    if (s->until_ms <= cx->now_ms || s->until_ms > cx->now_ms + (int64_t)SNOOZE_DAYS_MAX * DAY_MS)
        TRY(jmap_set_invalid(cx, x, STR("until"), "a time to come, in UTC"));
    if (back && back->kind == TREE_NULL)
        s->back = 0;
    else if (back && (!jmap_mailbox_of(call, back->text, &s->back) ||
                      !jmap_folder(call, s->back, RIGHT_INSERT)))
        TRY(jmap_set_invalid(cx, x, STR("moveToMailboxId"), "no such mailbox"));
    return OK;
}

static enum code create(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    struct snooze s = {0};
    struct item_placed at;
    enum code code = E_NOT_FOUND;
    TRY(wish_read(cx, call, x, &s));
    if (jmap_email_of(json_tree_text(x->values, STR("emailId")), &s.item))
        code = item_locate(cx, call->env->core, call->account, s.item, &at);
    if (code == E_NOT_FOUND || (code == OK && !jmap_folder(call, at.folder, RIGHT_READ)))
        return jmap_set_invalid(cx, x, STR("emailId"), "no such email");
    TRY(code);
    if (x->error)
        return OK;
    TRY(snooze_set(cx, call->env->core, call->account, &s));
    x->id = jmap_email_id(cx->arena, s.item);
    return OK;
}

static enum code update(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    struct snooze s = *(const struct snooze *)x->object;
    TRY(wish_read(cx, call, x, &s));
    return x->error ? OK : snooze_set(cx, call->env->core, call->account, &s);
}

static enum code end_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    return snooze_end(cx, t, *(const item_id *)arg);
}

static enum code destroy(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct snooze *s = x->object;
    item_id item = s->item;
    return jmap_commit(cx, call, end_in, &item);
}

static const struct jmap_settable settable[] = {
    {STR("emailId"), JMAP_ONCE, JMAP_IS_ID},
    {STR("until"), JMAP_ALWAYS, JMAP_IS_TEXT},
    {STR("moveToMailboxId"), JMAP_ALWAYS, JMAP_IS_NULL | JMAP_IS_ID},
};

static const struct jmap_setter setter = {
    .rows = settable,
    .count = sizeof settable / sizeof *settable,
    .prepare = jmap_own_only,
    .create = create,
    .update = update,
    .destroy = destroy,
};

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},
    {STR("emailId"), true, put_id},
    {STR("until"), true, put_until},
    {STR("moveToMailboxId"), true, put_back},
};

const struct jmap_type jmap_snooze_type = {
    .properties = properties,
    .count = sizeof properties / sizeof *properties,
    .find = find,
    .all = all,
    .changed = changed,
    .id_of = jmap_object_id_of,
    .prepare = jmap_own_only,
    .setter = &setter,
};
