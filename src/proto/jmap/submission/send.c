/* EmailSubmission/set that creates (RFC 8621 section 7.5): room for the row, then the mail, then
   the row. */
#include "base/log.h"
#include "core/object/sent.h"
#include "core/objectid/thread.h"
#include "format/date.h"
#include "format/header.h"
#include "proto/jmap/object/object.h"
#include "proto/jmap/submission/envelope.h"
#include "proto/jmap/submission/submission.h"
#include "service/submission/release.h"
#include <stdlib.h>

enum {
    ROOM_ROWS = 100,     /* that go when there are too many */
    ROW_OWN_BYTES = 512, /* of a row: what is in it once it is sent, at most */
};

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

struct ends {
    struct str *names;
    size_t count;
};

static enum code rows_end(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct ends *e = arg;
    for (size_t i = 0; i < e->count; i++) {
        enum code code = object_remove(cx, t, OBJECT_SUBMISSION, e->names[i]);
        if (code != OK && code != E_NOT_FOUND)
            return code;
        TRY(sent_end(cx, t, e->names[i]));
    }
    return OK;
}

enum code jmap_submission_end(struct ctx *cx, struct jmap_call *call, struct str id)
{
    struct ends one = {.names = &id, .count = 1};
    return jmap_commit(cx, call, rows_end, &one);
}

static int by_age(const void *a, const void *b)
{
    const struct object *x = a, *y = b;
    return (x->created_modseq > y->created_modseq) - (x->created_modseq < y->created_modseq);
}

/* What is kept of it. */
static const struct json_tree *row_of(struct ctx *cx, const struct jmap_set_one *x,
                                      const struct submission *s, struct str thread)
{
    bool later = s->release_ms > cx->now_ms;
    const struct json_tree here = here_tree(cx, s), id = jmap_text_tree(s->id),
                           undo = jmap_text_tree(later ? STR("pending") : STR("final")),
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
    return jmap_tree_with(cx, all, STR("here"), &here);
}

/* Rows that tell of nothing to come go, the oldest first. */
static enum code room_make(struct ctx *cx, struct jmap_call *call)
{
    struct objects all;
    struct ends ends = {.names = ARENA_ARRAY(cx->arena, ROOM_ROWS, struct str)};
    TRY(object_list(cx, call->env->core, call->account, OBJECT_SUBMISSION, &all));
    qsort(all.at, all.count, sizeof *all.at, by_age);
    for (size_t i = 0; i < all.count && ends.count < ROOM_ROWS; i++) {
        const struct json_tree *values;
        struct date at;
        TRY(json_tree_read(cx, all.at[i].value, &values));
        bool waits = date_parse(json_tree_text(values, STR("sendAt")), &at) &&
                     at.utc_ms > cx->now_ms &&
                     str_eq(json_tree_text(values, STR("undoStatus")), STR("pending"));
        if (!waits)
            ends.names[ends.count++] = all.at[i].name;
    }
    return ends.count ? jmap_commit(cx, call, rows_end, &ends) : OK;
}

/* Before it is sent: there is room for its row, so that no mail goes of which its sender hears that
   it failed. */
static enum code room_check(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                            const struct submission *s)
{
    uint32_t count, most = jmap_object_most(OBJECT_SUBMISSION);
    struct submission all_here = *s;
    all_here.to = ARENA_ARRAY(cx->arena, s->count + 1, struct submission_to);
    for (size_t i = 0; i < s->count; i++) {
        all_here.to[i] = s->to[i];
        all_here.to[i].here = true;
    }
    const struct json_tree *largest = row_of(cx, x, &all_here, (struct str){0});
    if (jmap_object_text(cx, largest).n + ROW_OWN_BYTES > object_bytes_max(OBJECT_SUBMISSION)) {
        all_here.fault = SUBMISSION_TOO_MANY;
        all_here.why = "its addresses are too long together";
        return faulty(cx, call, x, &all_here);
    }
    TRY(object_count(cx, call->env->core, call->account, OBJECT_SUBMISSION, &count));
    if (count >= most)
        TRY(room_make(cx, call));
    TRY(object_count(cx, call->env->core, call->account, OBJECT_SUBMISSION, &count));
    return count < most ? OK : jmap_set_refuse(x, "overQuota", "too many wait for their time");
}

struct keep {
    struct object object;
    struct sent_names names;
    char name[32];
};

/* Room was made before: as long as not more than ROOM_ROWS are under way at a time, no limit is in
   the way now. */
static enum code keep_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct keep *k = arg;
    snprintf(k->name, sizeof k->name, "S%llx", (unsigned long long)object_number(t));
    k->object.name = str_z(k->name);
    TRY(object_put(cx, t, OBJECT_SUBMISSION, &k->object,
                   jmap_object_most(OBJECT_SUBMISSION) + ROOM_ROWS, NULL));
    return sent_names_put(cx, t, k->object.name, &k->names);
}

static struct str message_id_of(struct ctx *cx, struct str message)
{
    struct header_field f;
    bool found = header_find(message, STR("Message-ID"), &f);
    return found ? str_trim(header_unfold(cx->arena, f.value)) : (struct str){0};
}

/* When it goes is noted as well: then it moves to Sent. */
static enum code hold(struct ctx *cx, struct jmap_call *call, const struct jmap_set_one *x,
                      const struct submission *s)
{
    struct held h = {.account = call->account, .delivery_id = s->id, .release_ms = s->release_ms};
    if (s->release_ms <= cx->now_ms ||
        !jmap_email_of(json_tree_text(x->values, STR("emailId")), &h.item))
        return OK;
    return submission_hold(cx, call->env->core, &h);
}

/* It is sent: what cannot be noted of it now is logged, and told to nobody as a failure. */
static enum code note(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                      const struct submission *s, struct str thread)
{
    struct keep keep = {.object.value = jmap_object_text(cx, row_of(cx, x, s, thread)),
                        .names = {s->id, message_id_of(cx, s->message)}};
    enum code code = jmap_commit(cx, call, keep_in, &keep);
    x->id = code == OK ? str_dup(cx->arena, keep.object.name)
                       : str_printf(cx->arena, "S%.*s", STR_ARG(s->id));
    if (code == OK)
        code = hold(cx, call, x, s);
    if (code == OK)
        return OK;
    log_event(call->env->log, LOG_ERROR, "submission.unnoted", "id=%.*s code=%s why=%s",
              STR_ARG(s->id), code_name(code), log_quote(cx->arena, str_z(cx->err.what)));
    return OK;
}

enum code jmap_submission_create(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
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
    TRY(room_check(cx, call, x, &s));
    if (x->error)
        return OK;
    s.message = source.bytes;
    TRY(submission_send(cx, e, &s));
    if (s.fault)
        return faulty(cx, call, x, &s);
    return note(cx, call, x, &s, source.thread);
}
