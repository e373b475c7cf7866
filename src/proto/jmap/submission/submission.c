/* EmailSubmission (RFC 8621 section 7): mail is sent the way that SMTP's submission goes. */
#include "proto/jmap/submission/submission.h"
#include "core/objectid/thread.h"
#include "format/date.h"
#include "proto/jmap/object/list.h"
#include "proto/jmap/object/object.h"
#include "proto/jmap/submission/envelope.h"
#include "service/transport/queue/cancel.h"

struct submitted {
    struct jmap_object object;
    int64_t send_at_ms;
    bool progress_known, in_queue;
    struct queue_progresses progress;
};

static const struct str pending = STR("pending"), final = STR("final"), canceled = STR("canceled");

void jmap_submission_capability(struct json *j)
{
    static const char *const extensions[] = {"FUTURERELEASE", "DSN", "MT-PRIORITY", "REQUIRETLS",
                                             "SMTPUTF8"};
    json_object(j);
    json_key(j, "maxDelayedSend");
    json_u64(j, SUBMISSION_DELAY_MAX_S);
    json_key(j, "submissionExtensions");
    json_object(j);
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
        json_key(j, extensions[i]);
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

/* The queue decides: a message that it gave back is canceled, also when the row could not be
   written any more. */
static enum code status(struct ctx *cx, struct jmap_call *call, struct submitted *s,
                        struct str *out)
{
    *out = json_tree_text(s->object.values, STR("undoStatus"));
    if (!str_eq(*out, pending))
        return OK;
    TRY(progress(cx, call, s));
    if (s->progress.taken_back)
        *out = canceled;
    else if (s->send_at_ms <= cx->now_ms)
        *out = final;
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

static void put_one_status(struct json *j, struct str reply, const char *delivered)
{
    json_object(j);
    json_key(j, "smtpReply");
    json_str(j, reply);
    json_key(j, "delivered");
    json_str(j, str_z(delivered));
    json_key(j, "displayed");
    json_str(j, STR("unknown"));
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

static void put_recipient(struct json *j, const struct submitted *s, struct str address)
{
    static const char *const words[] = {
        [PROGRESS_WAITING] = "queued", [PROGRESS_DELIVERED] = "yes", [PROGRESS_FAILED] = "no"};
    if (is_here(s, address)) {
        put_one_status(j, STR("250 2.1.5 Delivered"), "yes");
        return;
    }
    for (size_t i = 0; i < s->progress.count; i++) {
        const struct queue_progress *p = &s->progress.at[i];
        if (!str_ieq(p->address, address))
            continue;
        bool replied = p->reply.n && ascii_is_digit(p->reply.p[0]);
        struct str none =
            p->state == PROGRESS_FAILED ? STR("550 5.0.0 Not delivered") : STR("250 2.0.0 Ok");
        put_one_status(j, replied ? p->reply : none, words[p->state]);
        return;
    }
    put_one_status(j, STR("250 2.0.0 Ok"), "unknown");
}

static enum code put_status(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    struct submitted *s = object;
    const struct json_tree *envelope = json_tree_member(s->object.values, STR("envelope"));
    const struct json_tree *to = json_tree_member(envelope, STR("rcptTo"));
    TRY(progress(cx, call, s));
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

static enum code put_none(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    (void)cx, (void)call, (void)object;
    json_array(j);
    json_array_end(j);
    return OK;
}

/* The message to be sent, and its thread. */
struct source {
    struct str bytes, thread;
};

static enum code source_find(struct ctx *cx, struct jmap_call *call, struct str id,
                             struct source *out)
{
    struct item_placed at;
    struct item_row row;
    struct rope rope = rope_of(cx->arena);
    item_id item;
    if (!jmap_email_of(id, &item))
        return fail(cx, E_NOT_FOUND, "no such email");
    TRY(item_locate(cx, call->env->core, call->account, item, &at));
    if (!jmap_folder(call, at.folder, RIGHT_READ))
        return fail(cx, E_NOT_FOUND, "no such email");
    TRY(item_get(cx, call->env->core, call->account, at.folder, at.uid, &row));
    enum code code =
        item_bytes(cx, call->env->core, &row, row.trace.n, row.size - row.trace.n, &rope);
    out->bytes = rope_flatten(&rope, cx->arena);
    rope_drop(&rope);
    out->thread = jmap_thread_id(cx->arena, row.thread ? row.thread : thread_alone(row.id));
    return code;
}

static enum code faulty(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                        const struct submission *s)
{
    static const char *const errors[] = {
        [SUBMISSION_TAKEN] = "",
        [SUBMISSION_FROM_ENVELOPE] = "forbiddenMailFrom",
        [SUBMISSION_FROM_HEADER] = "forbiddenFrom",
        [SUBMISSION_FORBIDDEN] = "forbiddenToSend",
        [SUBMISSION_INVALID] = "invalidEmail",
        [SUBMISSION_TOO_LARGE] = "tooLarge",
        [SUBMISSION_TOO_MANY] = "tooManyRecipients",
        [SUBMISSION_NOBODY] = "noRecipients",
        [SUBMISSION_RECIPIENTS] = "invalidRecipients",
        [SUBMISSION_LIMIT] = "rateLimit",
    };
    struct buf b = buf_of(cx->arena, JMAP_REQUEST_MAX);
    struct json j = json_to(&b);
    if (s->fault == SUBMISSION_TOO_LARGE) {
        json_key(&j, "maxSize");
        json_u64(&j, call->env->submission->message_bytes);
    } else if (s->fault == SUBMISSION_TOO_MANY) {
        json_key(&j, "maxRecipients");
        json_u64(&j, call->env->submission->recipients);
    } else if (s->fault == SUBMISSION_RECIPIENTS) {
        json_key(&j, "invalidRecipients");
        json_array(&j);
        for (size_t i = 0; i < s->bad_count; i++)
            json_str(&j, s->bad[i]);
        json_array_end(&j);
    }
    x->more = buf_str(&b);
    return jmap_set_refuse(x, errors[s->fault], s->why);
}

static struct json_tree here_tree(struct ctx *cx, const struct submission *s)
{
    struct json_tree *list = ARENA_ARRAY(cx->arena, s->count + 1, struct json_tree);
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->to[i].here)
            list[n++] = jmap_text_tree(s->to[i].address);
    return (struct json_tree){.kind = TREE_ARRAY, .count = n, .values = list};
}

/* It is sent: what cannot be noted of it now is logged, and told to nobody as a failure. */
static enum code note(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                      const struct submission *s, struct str thread)
{
    bool later = s->release_ms > cx->now_ms;
    const struct json_tree here = here_tree(cx, s), id = jmap_text_tree(s->id),
                           undo = jmap_text_tree(later ? pending : final),
                           of = jmap_text_tree(thread),
                           at = jmap_text_tree(
                               jmap_date(cx->arena, later ? s->release_ms : cx->now_ms));
    const struct json_tree *given = json_tree_member(x->values, STR("envelope"));
    const struct json_tree *all = jmap_object_with(cx, NULL, x);
    all = jmap_tree_with(cx, all, STR("envelope"), jmap_envelope_tree(cx, given, s));
    all = jmap_tree_with(cx, all, STR("threadId"), &of);
    all = jmap_tree_with(cx, all, STR("sendAt"), &at);
    all = jmap_tree_with(cx, all, STR("undoStatus"), &undo);
    all = jmap_tree_with(cx, all, STR("deliveryId"), &id);
    all = jmap_tree_with(cx, all, STR("here"), &here);
    return jmap_object_save(cx, call, OBJECT_SUBMISSION, x, all);
}

static enum code create(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct submission_env *e = call->env->submission;
    struct source source = {0};
    struct submission s = {.peer = call->peer, .who = &call->who->who, .protocol = STR("HTTPS")};
    enum code code =
        jmap_identity_sender(cx, call, json_tree_text(x->values, STR("identityId")), &s.sender);
    if (code == E_NOT_FOUND)
        return jmap_set_invalid(cx, x, STR("identityId"), "no such identity");
    TRY(code);
    code = source_find(cx, call, json_tree_text(x->values, STR("emailId")), &source);
    if (code == E_NOT_FOUND)
        return jmap_set_invalid(cx, x, STR("emailId"), "no such email");
    TRY(code);
    TRY(jmap_envelope_take(cx, x, json_tree_member(x->values, STR("envelope")), source.bytes,
                           e->recipients, &s));
    if (x->error)
        return OK;
    s.message = source.bytes;
    TRY(submission_send(cx, e, &s));
    if (s.fault)
        return faulty(cx, call, x, &s);
    return note(cx, call, x, &s, source.thread);
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
    if (!str_eq(now, pending) || !q)
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
    return jmap_object_drop(cx, call, OBJECT_SUBMISSION, x->id);
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
    .create = create,
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
    {STR("dsnBlobIds"), true, put_none},
    {STR("mdnBlobIds"), true, put_none},
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
