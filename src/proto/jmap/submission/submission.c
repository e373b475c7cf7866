/* EmailSubmission (RFC 8621 section 7): mail is sent the way that SMTP's submission goes. */
#include "proto/jmap/submission/submission.h"
#include "core/object/sent.h"
#include "format/date.h"
#include "proto/jmap/blob.h"
#include "proto/jmap/object/list.h"
#include "proto/jmap/object/object.h"
#include "service/submission/submission.h"
#include "service/transport/queue/cancel.h"

struct submitted {
    struct jmap_object object;
    int64_t send_at_ms;
    bool progress_known, in_queue, news_known;
    struct queue_progresses progress;
    struct sent_news *news; /* reports that came back */
    size_t news_count;
};

static const struct str canceled = STR("canceled");

/* As in SMTP's EHLO (RFC 4865 section 4): the longest interval, and when that ends. */
static void put_future_release(struct ctx *cx, struct json *j)
{
    char seconds[32];
    snprintf(seconds, sizeof seconds, "%d", SUBMISSION_DELAY_MAX_S);
    json_array(j);
    json_str(j, str_z(seconds));
    json_str(j, jmap_date(cx->arena, cx->now_ms + (int64_t)SUBMISSION_DELAY_MAX_S * 1000));
    json_array_end(j);
}

void jmap_submission_capability(struct ctx *cx, struct json *j)
{
    static const char *const plain[] = {"DSN", "MT-PRIORITY", "REQUIRETLS", "SMTPUTF8"};
    json_object(j);
    json_key(j, "maxDelayedSend");
    json_u64(j, SUBMISSION_DELAY_MAX_S);
    json_key(j, "submissionExtensions");
    json_object(j);
    json_key(j, "FUTURERELEASE");
    put_future_release(cx, j);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        json_key(j, plain[i]);
        json_array(j);
        json_array_end(j);
    }
    json_object_end(j);
    json_object_end(j);
}

static struct submitted *submitted_of(struct ctx *cx, struct str id, const struct json_tree *values)
{
    struct submitted *s = ARENA_NEW(cx->arena, struct submitted);
    struct date d;
    s->object = (struct jmap_object){.id = id, .values = values};
    if (date_parse(json_tree_text(values, STR("sendAt")), &d))
        s->send_at_ms = d.utc_ms;
    return s;
}

static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    struct jmap_object o;
    TRY(jmap_object_find(cx, call, OBJECT_SUBMISSION, id, &o));
    *object = submitted_of(cx, o.id, o.values);
    return OK;
}

static enum code all(struct ctx *cx, struct jmap_call *call, struct str **ids, size_t *count)
{
    return jmap_object_all(cx, call, OBJECT_SUBMISSION, ids, count);
}

static enum code changed(struct ctx *cx, struct jmap_call *call, struct jmap_changed *out)
{
    return jmap_object_changed(cx, call, OBJECT_SUBMISSION, out);
}

/* What the queue knows of it, asked once. */
static enum code progress(struct ctx *cx, struct jmap_call *call, struct submitted *s)
{
    struct queue *q = call->env->submission ? call->env->submission->queue : NULL;
    struct str id = json_tree_text(s->object.values, STR("deliveryId"));
    if (s->progress_known || !q)
        return OK;
    enum code code = queue_progress(cx, q, id, &s->progress);
    if (code != OK && code != E_NOT_FOUND)
        return code;
    s->in_queue = code == OK;
    s->progress_known = true;
    return OK;
}

/* What came back, asked once. */
static enum code news(struct ctx *cx, struct jmap_call *call, struct submitted *s)
{
    if (s->news_known)
        return OK;
    s->news_known = true;
    return sent_news_get(cx, call->env->core, call->account, s->object.id, &s->news,
                         &s->news_count);
}

/* The queue decides: a message that it gave back is canceled, also when the row could not be
   written any more. */
static enum code status(struct ctx *cx, struct jmap_call *call, struct submitted *s,
                        struct str *out)
{
    *out = json_tree_text(s->object.values, STR("undoStatus"));
    if (!str_eq(*out, STR("pending")))
        return OK;
    TRY(progress(cx, call, s));
    if (s->progress.taken_back)
        *out = canceled;
    else if (s->send_at_ms <= cx->now_ms)
        *out = STR("final");
    return OK;
}

/* Members that are shown as they are kept. */
#define KEPT(function, name)                                                                       \
    static enum code function(struct ctx *cx, struct jmap_call *call, void *object,                \
                              struct json *j)                                                      \
    {                                                                                              \
        const struct submitted *s = object;                                                        \
        (void)cx, (void)call;                                                                      \
        jmap_object_put(j, s->object.values, STR(name));                                           \
        return OK;                                                                                 \
    }
KEPT(put_identity, "identityId")
KEPT(put_email, "emailId")
KEPT(put_thread, "threadId")
KEPT(put_envelope, "envelope")
KEPT(put_send_at, "sendAt")

static enum code put_id(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct submitted *s = object;
    (void)cx, (void)call;
    json_str(j, s->object.id);
    return OK;
}

static enum code put_undo(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    struct str now;
    TRY(status(cx, call, object, &now));
    json_str(j, now);
    return OK;
}

/* How it went for one recipient, as far as is known here. */
struct fate {
    struct str reply;
    const char *delivered;
    bool displayed;
};

static void put_fate(struct json *j, const struct fate *f)
{
    json_object(j);
    json_key(j, "smtpReply");
    json_str(j, f->reply);
    json_key(j, "delivered");
    json_str(j, str_z(f->delivered));
    json_key(j, "displayed");
    json_str(j, f->displayed ? STR("yes") : STR("unknown"));
    json_object_end(j);
}

static bool is_here(const struct submitted *s, struct str address)
{
    const struct json_tree *here = json_tree_member(s->object.values, STR("here"));
    for (size_t i = 0; here && i < here->count; i++)
        if (str_ieq(here->values[i].text, address))
            return true;
    return false;
}

/* What the queue says; its "relayed" is not "delivered" yet, but nobody will tell more of it. */
static struct fate fate_of(const struct submitted *s, struct str address)
{
    static const char *const words[] = {
        [PROGRESS_WAITING] = "queued", [PROGRESS_DELIVERED] = "yes", [PROGRESS_FAILED] = "no"};
    if (is_here(s, address))
        return (struct fate){STR("250 2.1.5 Delivered"), "yes", false};
    for (size_t i = 0; i < s->progress.count; i++) {
        const struct queue_progress *p = &s->progress.at[i];
        if (!str_ieq(p->address, address))
            continue;
        bool replied = p->reply.n && ascii_is_digit(p->reply.p[0]);
        struct str none =
            p->state == PROGRESS_FAILED ? STR("550 5.0.0 Not delivered") : STR("250 2.0.0 Ok");
        return (struct fate){replied ? p->reply : none, words[p->state], false};
    }
    return (struct fate){STR("250 2.0.0 Ok"), "unknown", false};
}

/* A report knows more than the queue, which saw no further than the next host. */
static void put_recipient(struct json *j, const struct submitted *s, struct str address)
{
    struct fate f = fate_of(s, address);
    bool away = !is_here(s, address);
    for (size_t i = 0; i < s->news_count; i++) {
        const struct sent_news *n = &s->news[i];
        if (!str_ieq(n->address, address))
            continue;
        f.displayed |= n->displayed;
        if (!away || n->kind != SENT_DSN || n->delivered == SENT_UNKNOWN)
            continue;
        f.delivered = n->delivered == SENT_YES ? "yes" : "no";
        if (n->reply.n && ascii_is_digit(n->reply.p[0]))
            f.reply = n->reply;
    }
    put_fate(j, &f);
}

static enum code put_status(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    struct submitted *s = object;
    const struct json_tree *envelope = json_tree_member(s->object.values, STR("envelope"));
    const struct json_tree *to = json_tree_member(envelope, STR("rcptTo"));
    TRY(progress(cx, call, s));
    TRY(news(cx, call, s));
    json_object(j);
    for (size_t i = 0; to && i < to->count; i++) {
        struct str address = json_tree_text(&to->values[i], STR("email"));
        bool again = false;
        for (size_t k = 0; k < i && !again; k++)
            again = str_ieq(address, json_tree_text(&to->values[k], STR("email")));
        if (again)
            continue;
        jmap_key(j, address);
        put_recipient(j, s, address);
    }
    json_object_end(j);
    return OK;
}

/* The reports, each once, as they came. */
static enum code put_reports(struct ctx *cx, struct jmap_call *call, struct submitted *s,
                             enum sent_news_kind kind, struct json *j)
{
    item_id last = 0;
    TRY(news(cx, call, s));
    json_array(j);
    for (size_t i = 0; i < s->news_count; i++) {
        if (s->news[i].kind == kind && s->news[i].item != last)
            json_str(j, jmap_blob_id(cx->arena, s->news[i].item, JMAP_BLOB_WHOLE));
        last = s->news[i].item;
    }
    json_array_end(j);
    return OK;
}

static enum code put_dsns(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    return put_reports(cx, call, object, SENT_DSN, j);
}

static enum code put_mdns(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    return put_reports(cx, call, object, SENT_MDN, j);
}

/* Nothing but "canceled" can be asked for (section 7.5). */
static enum code update(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    struct submitted *s = x->object;
    struct str wanted = json_tree_text(x->values, STR("undoStatus")), now;
    struct queue *q = call->env->submission->queue;
    struct str *email = ARENA_NEW(cx->arena, struct str);
    *email = json_tree_text(s->object.values, STR("emailId"));
    x->own = email;
    TRY(status(cx, call, s, &now));
    if (!wanted.n || str_eq(wanted, now))
        return OK;
    if (!str_eq(wanted, canceled))
        return jmap_set_invalid(cx, x, STR("undoStatus"), "it can be canceled, and no more");
    if (!str_eq(now, STR("pending")) || !q)
        return jmap_set_refuse(x, "cannotUnsend", NULL);
    enum code code =
        queue_cancel(cx, q, json_tree_text(s->object.values, STR("deliveryId")), call->who->who.id);
    if (code == E_CONFLICT || code == E_NOT_FOUND)
        return jmap_set_refuse(x, "cannotUnsend", NULL);
    TRY(code);
    return jmap_object_save(cx, call, OBJECT_SUBMISSION, x,
                            jmap_object_with(cx, s->object.values, x));
}

static enum code destroy(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct submitted *s = x->object;
    struct str *email = ARENA_NEW(cx->arena, struct str);
    *email = json_tree_text(s->object.values, STR("emailId"));
    x->own = email;
    return jmap_submission_end(cx, call, x->id);
}

static const struct jmap_settable settable[] = {
    {STR("identityId"), JMAP_ONCE, JMAP_IS_ID},
    {STR("emailId"), JMAP_ONCE, JMAP_IS_ID},
    {STR("envelope"), JMAP_ONCE, JMAP_IS_NULL | JMAP_IS_OBJECT},
    {STR("undoStatus"), JMAP_ALWAYS, JMAP_IS_TEXT},
};

static const struct jmap_setter setter = {
    .rows = settable,
    .count = sizeof settable / sizeof *settable,
    .prepare = jmap_submission_prepare,
    .create = jmap_submission_create,
    .update = update,
    .destroy = destroy,
    .finish = jmap_submission_follow,
};

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},
    {STR("identityId"), true, put_identity},
    {STR("emailId"), true, put_email},
    {STR("threadId"), true, put_thread},
    {STR("envelope"), true, put_envelope},
    {STR("sendAt"), true, put_send_at},
    {STR("undoStatus"), true, put_undo},
    {STR("deliveryStatus"), true, put_status},
    {STR("dsnBlobIds"), true, put_dsns},
    {STR("mdnBlobIds"), true, put_mdns},
};

const struct jmap_type jmap_submission_type = {
    .properties = properties,
    .count = sizeof properties / sizeof *properties,
    .find = find,
    .all = all,
    .changed = changed,
    .id_of = jmap_object_id_of,
    .prepare = jmap_own_only,
    .setter = &setter,
};

/* Of the query: each row with its status of now. */
struct listed {
    const struct json_tree *values;
    struct str undo;
    int64_t send_at_ms;
};

static enum code list_all(struct ctx *cx, struct jmap_call *call, struct jmap_listed **out,
                          size_t *count)
{
    struct objects rows;
    TRY(object_list(cx, call->env->core, call->account, OBJECT_SUBMISSION, &rows));
    *out = ARENA_ARRAY(cx->arena, rows.count + 1, struct jmap_listed);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++) {
        struct listed *l = ARENA_NEW(cx->arena, struct listed);
        TRY(json_tree_read(cx, rows.at[i].value, &l->values));
        struct submitted *s = submitted_of(cx, rows.at[i].name, l->values);
        TRY(status(cx, call, s, &l->undo));
        l->send_at_ms = s->send_at_ms;
        (*out)[i] = (struct jmap_listed){rows.at[i].name, l};
    }
    return OK;
}

static bool is_among(const struct jmap_listed *one, struct str member, const struct json_tree *list)
{
    const struct listed *l = one->thing;
    struct str value = json_tree_text(l->values, member);
    for (size_t i = 0; i < list->count; i++)
        if (list->values[i].kind == TREE_STRING && str_eq(list->values[i].text, value))
            return true;
    return false;
}

static bool fits_identity(const struct jmap_listed *one, const struct json_tree *value)
{
    return is_among(one, STR("identityId"), value);
}

static bool fits_email(const struct jmap_listed *one, const struct json_tree *value)
{
    return is_among(one, STR("emailId"), value);
}

static bool fits_thread(const struct jmap_listed *one, const struct json_tree *value)
{
    return is_among(one, STR("threadId"), value);
}

static bool fits_undo(const struct jmap_listed *one, const struct json_tree *value)
{
    const struct listed *l = one->thing;
    return str_eq(l->undo, value->text);
}

static bool fits_before(const struct jmap_listed *one, const struct json_tree *value)
{
    const struct listed *l = one->thing;
    struct date d;
    return date_parse(value->text, &d) && l->send_at_ms < d.utc_ms;
}

static bool fits_after(const struct jmap_listed *one, const struct json_tree *value)
{
    const struct listed *l = one->thing;
    struct date d;
    return date_parse(value->text, &d) && l->send_at_ms >= d.utc_ms;
}

static int by_member(const struct jmap_listed *a, const struct jmap_listed *b, struct str member)
{
    const struct listed *x = a->thing, *y = b->thing;
    return str_cmp(json_tree_text(x->values, member), json_tree_text(y->values, member));
}

static int by_email(const struct jmap_listed *a, const struct jmap_listed *b)
{
    return by_member(a, b, STR("emailId"));
}

static int by_thread(const struct jmap_listed *a, const struct jmap_listed *b)
{
    return by_member(a, b, STR("threadId"));
}

static int by_time(const struct jmap_listed *a, const struct jmap_listed *b)
{
    const struct listed *x = a->thing, *y = b->thing;
    return (x->send_at_ms > y->send_at_ms) - (x->send_at_ms < y->send_at_ms);
}

static const struct jmap_condition conditions[] = {
    {STR("identityIds"), TREE_ARRAY, fits_identity}, {STR("emailIds"), TREE_ARRAY, fits_email},
    {STR("threadIds"), TREE_ARRAY, fits_thread},     {STR("undoStatus"), TREE_STRING, fits_undo},
    {STR("before"), TREE_STRING, fits_before},       {STR("after"), TREE_STRING, fits_after},
};
static const struct jmap_order orders[] = {
    {STR("emailId"), by_email},
    {STR("threadId"), by_thread},
    {STR("sentAt"), by_time},
    {STR("sendAt"), by_time},
};
static const struct jmap_lister lister = {
    .conditions = conditions,
    .condition_count = sizeof conditions / sizeof *conditions,
    .orders = orders,
    .order_count = sizeof orders / sizeof *orders,
    .all = list_all,
    .changed = changed,
    .id_of = jmap_object_id_of,
};

enum code jmap_submission_query(struct ctx *cx, struct jmap_call *call)
{
    return jmap_list_query(cx, call, &lister);
}

enum code jmap_submission_query_changes(struct ctx *cx, struct jmap_call *call)
{
    return jmap_list_query_changes(cx, call, &lister);
}
