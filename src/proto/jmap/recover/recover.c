/* Deleted emails, for 21 days (core/recover.h). */
#include "proto/jmap/recover/recover.h"
#include "core/audit.h"
#include "core/objectid/objectid.h"
#include "core/recover.h"
#include "format/summary.h"
#include "proto/jmap/object/list.h"
#include "proto/jmap/object/object.h"

enum { DAY_MS = 24 * 3600 * 1000 };

struct deleted {
    struct recoverable is;
    bool row_known;
    struct item_row row;
};

static enum code load(struct ctx *cx, struct jmap_call *call, struct recoverables **out)
{
    struct recoverables *all = call->asked;
    if (!all) {
        all = ARENA_NEW(cx->arena, struct recoverables);
        TRY(recoverable_list(cx, call->env->core, call->account, 0, JMAP_RECOVERABLES_MAX, all));
        call->asked = all;
    }
    *out = all;
    return OK;
}

static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    struct recoverables *all;
    item_id item;
    size_t low = 0, high;
    if (!jmap_email_of(id, &item))
        return fail(cx, E_NOT_FOUND, "no such email");
    TRY(load(cx, call, &all));
    for (high = all->count; low < high;) {
        size_t mid = low + (high - low) / 2;
        if (all->at[mid].id < item)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == all->count || all->at[low].id != item)
        return fail(cx, E_NOT_FOUND, "it was not deleted, or long ago");
    struct deleted *d = ARENA_NEW(cx->arena, struct deleted);
    d->is = all->at[low];
    *object = d;
    return OK;
}

static enum code row_of(struct ctx *cx, struct jmap_call *call, struct deleted *d)
{
    if (!d->row_known)
        TRY(item_get(cx, call->env->core, call->account, d->is.folder, d->is.uid, &d->row));
    d->row_known = true;
    return OK;
}

static enum code put_id(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct deleted *d = object;
    (void)call;
    json_str(j, jmap_email_id(cx->arena, d->is.id));
    return OK;
}

static enum code put_removed(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct deleted *d = object;
    (void)call;
    json_str(j, jmap_date(cx->arena, d->is.removed_ms));
    return OK;
}

static enum code put_until(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct deleted *d = object;
    (void)call;
    if (d->is.held)
        json_null(j);
    else
        json_str(j, jmap_date(cx->arena, d->is.removed_ms + (int64_t)RECOVERABLE_DAYS * DAY_MS));
    return OK;
}

/* Where it was, if that is there still. */
static enum code put_mailbox(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct deleted *d = object;
    if (d->is.origin && jmap_folder(call, d->is.origin, 0))
        json_str(j, objectid_mailbox(cx->arena, call->account, d->is.origin));
    else
        json_null(j);
    return OK;
}

static enum code put_received(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    struct deleted *d = object;
    TRY(row_of(cx, call, d));
    json_str(j, jmap_date(cx->arena, d->row.received_ms));
    return OK;
}

static enum code put_size(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    struct deleted *d = object;
    TRY(row_of(cx, call, d));
    json_u64(j, d->row.size);
    return OK;
}

static enum code put_field(struct ctx *cx, struct jmap_call *call, struct deleted *d,
                           enum summary_field field)
{
    struct str text = {0};
    TRY(row_of(cx, call, d));
    if (d->row.summary.n)
        TRY(summary_get(cx, d->row.summary, field, &text));
    jmap_put_text(&call->out, text);
    return OK;
}

static enum code put_subject(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    (void)j;
    return put_field(cx, call, object, SUMMARY_SUBJECT);
}

static enum code put_preview(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    (void)j;
    return put_field(cx, call, object, SUMMARY_PREVIEW);
}

/* As the Email's: a list of one. */
static enum code put_from(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    json_array(j);
    json_object(j);
    json_key(j, "name");
    TRY(put_field(cx, call, object, SUMMARY_FROM_NAME));
    json_key(j, "email");
    TRY(put_field(cx, call, object, SUMMARY_FROM_ADDRESS));
    json_object_end(j);
    json_array_end(j);
    return OK;
}

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},
    {STR("removedAt"), true, put_removed},
    {STR("recoverableUntil"), true, put_until},
    {STR("mailboxId"), true, put_mailbox},
    {STR("receivedAt"), true, put_received},
    {STR("size"), true, put_size},
    {STR("from"), true, put_from},
    {STR("subject"), true, put_subject},
    {STR("preview"), true, put_preview},
};

const struct jmap_type jmap_recoverable_type = {
    .properties = properties,
    .count = sizeof properties / sizeof *properties,
    .find = find,
    .prepare = jmap_own_only,
};

static enum code list_all(struct ctx *cx, struct jmap_call *call, struct jmap_listed **out,
                          size_t *count)
{
    struct recoverables *all;
    TRY(load(cx, call, &all));
    *out = ARENA_ARRAY(cx->arena, all->count + 1, struct jmap_listed);
    *count = all->count;
    for (size_t i = 0; i < all->count; i++)
        (*out)[i] = (struct jmap_listed){jmap_email_id(cx->arena, all->at[i].id), &all->at[i]};
    return OK;
}

static int by_time(const struct jmap_listed *a, const struct jmap_listed *b)
{
    const struct recoverable *x = a->thing, *y = b->thing;
    return (x->removed_ms > y->removed_ms) - (x->removed_ms < y->removed_ms);
}

static const struct jmap_order orders[] = {{STR("removedAt"), by_time}};
static const struct jmap_lister lister = {
    .orders = orders,
    .order_count = sizeof orders / sizeof *orders,
    .all = list_all,
};

enum code jmap_recoverable_query(struct ctx *cx, struct jmap_call *call)
{
    return jmap_list_query(cx, call, &lister);
}

struct restore {
    item_id item;
    folder_id to;
    struct item_placed placed;
};

static enum code restore_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct restore *r = arg;
    return item_recover(cx, t, r->item, r->to, &r->placed);
}

static const char *restore_error(enum code code)
{
    return code == E_NOT_FOUND || code == E_SYNTAX ? "notFound"
           : code == E_LIMIT                       ? "overQuota"
                                                   : "serverFail";
}

/* Writes those that are back; notes the others. */
static enum code restore_all(struct ctx *cx, struct jmap_call *call, const struct json_tree *ids,
                             folder_id to, struct json *failed)
{
    struct json *j = &call->out;
    size_t done = 0;
    json_key(j, "restored");
    json_object(j);
    for (size_t i = 0; i < ids->count; i++) {
        struct restore r = {.to = to};
        enum code code = E_NOT_FOUND;
        if (jmap_email_of(ids->values[i].text, &r.item))
            code = account_update(cx, call->env->core, call->account, restore_in, &r);
        if (code == OK) {
            jmap_key(j, ids->values[i].text);
            json_str(j, objectid_mailbox(cx->arena, call->account, r.placed.folder));
            done++;
            continue;
        }
        jmap_key(failed, ids->values[i].text);
        json_object(failed);
        json_key(failed, "type");
        json_str(failed, str_z(restore_error(code)));
        json_object_end(failed);
    }
    json_object_end(j);
    if (!done)
        return OK;
    const struct audit_entry entry = {
        .at_ms = cx->now_ms,
        .actor = call->who->who.address,
        .act = STR("mail.restore"),
        .object = call->who->who.address,
        .detail = str_printf(cx->arena, "%zu messages", done),
    };
    return audit_add(cx, call->env->core, &entry);
}

static bool ids_ok(const struct json_tree *ids)
{
    for (size_t i = 0; i < ids->count; i++)
        if (ids->values[i].kind != TREE_STRING)
            return false;
    return true;
}

enum code jmap_recoverable_restore(struct ctx *cx, struct jmap_call *call)
{
    const struct json_tree *ids, *box;
    struct buf text = buf_of(cx->arena, JMAP_REQUEST_MAX);
    struct json failed = json_to(&text);
    folder_id to = 0;
    TRY(jmap_account_open(cx, call));
    if (!call->error)
        TRY(jmap_own_only(cx, call));
    if (call->error)
        return OK;
    if (!jmap_arg(call, STR("ids"), TREE_ARRAY, &ids) || !ids || !ids_ok(ids) ||
        !jmap_arg(call, STR("mailboxId"), TREE_STRING, &box))
        return jmap_refuse(call, "invalidArguments", "ids or mailboxId");
    if (ids->count > JMAP_SET_MAX)
        return jmap_refuse(call, "requestTooLarge", "more than maxObjectsInSet");
    if (box && (!jmap_mailbox_of(call, box->text, &to) || !jmap_folder(call, to, RIGHT_INSERT)))
        return jmap_refuse(call, "invalidArguments", "no such mailbox");
    json_key(&call->out, "accountId");
    json_str(&call->out, jmap_account_id(cx->arena, call->account));
    json_object(&failed);
    TRY(restore_all(cx, call, ids, to, &failed));
    json_object_end(&failed);
    json_key(&call->out, "notRestored");
    buf_add(call->out.out, buf_str(&text));
    call->out.comma = true;
    return OK;
}
