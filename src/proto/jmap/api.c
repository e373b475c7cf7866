/* Requests of the API (RFC 8620 section 3): batches of method calls. */
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metric.h"
#include "proto/jmap/capability.h"
#include "proto/jmap/email/email.h"
#include "proto/jmap/email/make.h"
#include "proto/jmap/mailbox.h"
#include "proto/jmap/mdn/mdn.h"
#include "proto/jmap/principal/principal.h"
#include "proto/jmap/push/push.h"
#include "proto/jmap/quota/quota.h"
#include "proto/jmap/recover/recover.h"
#include "proto/jmap/set/state.h"
#include "proto/jmap/setting/setting.h"
#include "proto/jmap/share/share.h"
#include "proto/jmap/sieve/sieve.h"
#include "proto/jmap/signin/signin.h"
#include "proto/jmap/submission/submission.h"
#include "proto/jmap/transfer/data.h"
#include "service/requests.h"

enum { PROBLEM_MAX = 1024 };

/* The only list: dispatch and docs read it. */
const struct jmap_method jmap_methods[] = {
    {STR("Core/echo"), JMAP_CORE, jmap_echo, NULL},
    {STR("PushSubscription/get"), JMAP_CORE, jmap_subscription_get, NULL},
    {STR("PushSubscription/set"), JMAP_CORE, jmap_subscription_set, NULL},
    {STR("Mailbox/get"), JMAP_MAIL, jmap_get, &jmap_mailbox_type},
    {STR("Mailbox/changes"), JMAP_MAIL, jmap_changes, &jmap_mailbox_type},
    {STR("Mailbox/set"), JMAP_MAIL, jmap_set, &jmap_mailbox_type},
    {STR("Mailbox/query"), JMAP_MAIL, jmap_mailbox_query, NULL},
    {STR("Mailbox/queryChanges"), JMAP_MAIL, jmap_mailbox_query_changes, NULL},
    {STR("Email/get"), JMAP_MAIL, jmap_get, &jmap_email_type},
    {STR("Email/changes"), JMAP_MAIL, jmap_changes, &jmap_email_type},
    {STR("Email/set"), JMAP_MAIL, jmap_set, &jmap_email_type},
    {STR("Email/import"), JMAP_MAIL, jmap_email_import, &jmap_email_type},
    {STR("Email/copy"), JMAP_MAIL, jmap_email_copy, &jmap_email_type},
    {STR("Email/query"), JMAP_MAIL, jmap_email_query, NULL},
    {STR("Email/queryChanges"), JMAP_MAIL, jmap_email_query_changes, NULL},
    {STR("Email/parse"), JMAP_MAIL, jmap_email_parse, &jmap_email_type},
    {STR("SearchSnippet/get"), JMAP_MAIL, jmap_snippet_get, NULL},
    {STR("Thread/get"), JMAP_MAIL, jmap_get, &jmap_thread_type},
    {STR("Thread/changes"), JMAP_MAIL, jmap_changes, &jmap_thread_type},
    {STR("Identity/get"), JMAP_SUBMISSION, jmap_get, &jmap_identity_type},
    {STR("Identity/changes"), JMAP_SUBMISSION, jmap_changes, &jmap_identity_type},
    {STR("Identity/set"), JMAP_SUBMISSION, jmap_set, &jmap_identity_type},
    {STR("EmailSubmission/get"), JMAP_SUBMISSION, jmap_get, &jmap_submission_type},
    {STR("EmailSubmission/changes"), JMAP_SUBMISSION, jmap_changes, &jmap_submission_type},
    {STR("EmailSubmission/query"), JMAP_SUBMISSION, jmap_submission_query, NULL},
    {STR("EmailSubmission/queryChanges"), JMAP_SUBMISSION, jmap_submission_query_changes, NULL},
    {STR("EmailSubmission/set"), JMAP_SUBMISSION, jmap_set, &jmap_submission_type},
    {STR("VacationResponse/get"), JMAP_VACATION, jmap_get, &jmap_vacation_type},
    {STR("VacationResponse/set"), JMAP_VACATION, jmap_set, &jmap_vacation_type},
    {STR("SieveScript/get"), JMAP_SIEVE, jmap_get, &jmap_script_type},
    {STR("SieveScript/set"), JMAP_SIEVE, jmap_set, &jmap_script_type},
    {STR("SieveScript/query"), JMAP_SIEVE, jmap_script_query, NULL},
    {STR("SieveScript/validate"), JMAP_SIEVE, jmap_script_validate, NULL},
    {STR("SignInSession/get"), JMAP_SIGNIN, jmap_get, &jmap_signin_session_type},
    {STR("SignInSession/set"), JMAP_SIGNIN, jmap_set, &jmap_signin_session_type},
    {STR("AppPassword/get"), JMAP_SIGNIN, jmap_get, &jmap_app_password_type},
    {STR("AppPassword/set"), JMAP_SIGNIN, jmap_set, &jmap_app_password_type},
    {STR("Password/change"), JMAP_SIGNIN, jmap_password_change, NULL},
    {STR("OAuthGrant/get"), JMAP_SIGNIN, jmap_get, &jmap_oauth_grant_type},
    {STR("OAuthGrant/set"), JMAP_SIGNIN, jmap_set, &jmap_oauth_grant_type},
    {STR("Totp/get"), JMAP_SIGNIN, jmap_get, &jmap_totp_type},
    {STR("Totp/set"), JMAP_SIGNIN, jmap_set, &jmap_totp_type},
    {STR("RecoveryCodes/renew"), JMAP_SIGNIN, jmap_recovery_renew, NULL},
    {STR("Passkey/get"), JMAP_SIGNIN, jmap_get, &jmap_passkey_type},
    {STR("Passkey/set"), JMAP_SIGNIN, jmap_set, &jmap_passkey_type},
    {STR("Passkey/options"), JMAP_SIGNIN, jmap_passkey_options, NULL},
    {STR("Blob/copy"), JMAP_CORE, jmap_blob_copy, NULL},
    {STR("Blob/upload"), JMAP_BLOB, jmap_blob_upload, &jmap_blob_type},
    {STR("Blob/get"), JMAP_BLOB, jmap_blob_get, NULL},
    {STR("Blob/lookup"), JMAP_BLOB, jmap_blob_lookup, NULL},
    {STR("Quota/get"), JMAP_QUOTA, jmap_quota_get, &jmap_quota_type},
    {STR("Quota/changes"), JMAP_QUOTA, jmap_quota_changes, &jmap_quota_type},
    {STR("Quota/query"), JMAP_QUOTA, jmap_quota_query, &jmap_quota_type},
    {STR("Quota/queryChanges"), JMAP_QUOTA, jmap_quota_query_changes, &jmap_quota_type},
    {STR("MDN/send"), JMAP_MDN, jmap_mdn_send, NULL},
    {STR("MDN/parse"), JMAP_MDN, jmap_mdn_parse, NULL},
    {STR("Setting/get"), JMAP_SETTINGS, jmap_get, &jmap_setting_type},
    {STR("Setting/changes"), JMAP_SETTINGS, jmap_changes, &jmap_setting_type},
    {STR("Setting/set"), JMAP_SETTINGS, jmap_set, &jmap_setting_type},
    {STR("ShareNotification/get"), JMAP_PRINCIPALS, jmap_get, &jmap_notification_type},
    {STR("ShareNotification/changes"), JMAP_PRINCIPALS, jmap_changes, &jmap_notification_type},
    {STR("ShareNotification/set"), JMAP_PRINCIPALS, jmap_set, &jmap_notification_type},
    {STR("ShareNotification/query"), JMAP_PRINCIPALS, jmap_notification_query, NULL},
    {STR("ShareNotification/queryChanges"), JMAP_PRINCIPALS, jmap_notification_query_changes, NULL},
    {STR("Principal/set"), JMAP_PRINCIPALS, jmap_set, &jmap_principal_type},
    {STR("Principal/get"), JMAP_PRINCIPALS, jmap_get, &jmap_principal_type},
    {STR("Principal/changes"), JMAP_PRINCIPALS, jmap_principal_changes, NULL},
    {STR("Principal/query"), JMAP_PRINCIPALS, jmap_principal_query, NULL},
    {STR("Principal/queryChanges"), JMAP_PRINCIPALS, jmap_principal_query_changes, NULL},
    {STR("Recoverable/get"), JMAP_RECOVER, jmap_get, &jmap_recoverable_type},
    {STR("Recoverable/query"), JMAP_RECOVER, jmap_recoverable_query, NULL},
    {STR("Recoverable/restore"), JMAP_RECOVER, jmap_recoverable_restore, NULL},
    {STR("Snooze/get"), JMAP_SNOOZE, jmap_get, &jmap_snooze_type},
    {STR("Snooze/changes"), JMAP_SNOOZE, jmap_changes, &jmap_snooze_type},
    {STR("Snooze/set"), JMAP_SNOOZE, jmap_set, &jmap_snooze_type},
    {{0}, 0, NULL, NULL},
};

static const struct {
    struct str name;
    unsigned bit;
} capabilities[] = {
    {STR("urn:ietf:params:jmap:core"), JMAP_CORE},
    {STR("urn:ietf:params:jmap:mail"), JMAP_MAIL},
    {STR("urn:ietf:params:jmap:websocket"), JMAP_CORE}, /* these have no methods */
    {STR("urn:ietf:params:jmap:webpush-vapid"), JMAP_CORE},
    {STR("https://postroad.org/jmap/picture"), JMAP_CORE},
    {STR("https://postroad.org/jmap/files"), JMAP_CORE},
};

/* RFC 8620 section 3.6.2: what a code that no method has told otherwise means. */
static const char *const errors[CODE_COUNT] = {
    [OK] = "",
    [E_SYNTAX] = "invalidArguments",
    [E_LIMIT] = "requestTooLarge",
    [E_NOT_FOUND] = "serverFail",
    [E_EXISTS] = "serverFail",
    [E_DENIED] = "forbidden",
    [E_CONFLICT] = "serverUnavailable",
    [E_BUSY] = "serverUnavailable",
    [E_IO] = "serverFail",
    [E_CORRUPT] = "serverFail",
    [E_UNSUPPORTED] = "invalidArguments",
};

/* One request while it runs. */
struct batch {
    const struct jmap_env *env;
    const struct http_request *q;
    const struct json_tree *calls, *created;
    unsigned using;
    bool follows; /* the call that runs is what another one meant: it needs no capability */
    struct jmap_result *results;
    size_t done;
    struct rope *out;
    struct jmap_names names;
};

/* RFC 8620 section 3.6.1. limit: its name for the type "limit", or NULL. */
enum code jmap_problem(struct ctx *cx, struct http_response *a, const char *type, const char *limit)
{
    struct buf text = buf_of(cx->arena, PROBLEM_MAX);
    struct json j = json_to(&text);
    json_object(&j);
    json_key(&j, "type");
    json_str(&j, str_printf(cx->arena, "urn:ietf:params:jmap:error:%s", type));
    json_key(&j, "status");
    json_u64(&j, 400);
    if (limit) {
        json_key(&j, "limit");
        json_str(&j, str_z(limit));
    }
    json_object_end(&j);
    buf_add(&text, STR("\r\n"));
    a->status = 400;
    http_answer_text(a, STR("application/problem+json"), buf_str(&text));
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
    return OK;
}

enum code jmap_echo(struct ctx *cx, struct jmap_call *call)
{
    (void)cx;
    for (size_t i = 0; i < call->args->count; i++) {
        jmap_key(&call->out, call->args->names[i]);
        jmap_tree_put(&call->out, &call->args->values[i]);
    }
    return OK;
}

static const struct jmap_method *method_of(const struct batch *b, struct str name)
{
    for (const struct jmap_method *m = jmap_methods; m->name.n; m++)
        if (str_eq(m->name, name) && (b->follows || b->using & m->capability))
            return m;
    return NULL;
}

static enum code run_method(struct ctx *cx, struct batch *b, struct jmap_call *call,
                            const struct json_tree *invocation)
{
    call->method = method_of(b, invocation->values[0].text);
    if (!call->method)
        return jmap_refuse(call, "unknownMethod", NULL);
    enum code code = jmap_resolve(cx, b->results, b->done, &invocation->values[1], &call->args);
    if (code == E_NOT_FOUND)
        return jmap_refuse(call, "invalidResultReference", NULL);
    TRY(code);
    return call->method->run(cx, call);
}

static void log_failure(struct ctx *cx, const struct batch *b, const struct jmap_call *call,
                        enum code code)
{
    struct str method = call->method ? call->method->name : STR("-");
    log_event(b->env->log, LOG_WARN, "jmap.failed", "id=%llu method=%.*s code=%s why=%s",
              (unsigned long long)b->q->peer->id, STR_ARG(method), code_name(code),
              log_quote(cx->arena, str_z(cx->err.what)));
}

/* Returns where the arguments begin. */
static size_t put_error(struct buf *text, const struct jmap_call *call, struct jmap_result *result)
{
    struct json j = json_to(text);
    buf_reset(text);
    result->name = STR("error");
    buf_add(text, STR("[\"error\","));
    size_t start = text->n;
    json_object(&j);
    json_key(&j, "type");
    json_str(&j, str_z(call->error));
    if (call->why) {
        json_key(&j, "description");
        json_str(&j, str_z(call->why));
    }
    json_object_end(&j);
    return start;
}

/* A call that follows from another one, under its id. */
static const struct json_tree *follows(struct ctx *cx, const struct jmap_call *call,
                                       const struct json_tree *invocation)
{
    struct json_tree *values = ARENA_ARRAY(cx->arena, 3, struct json_tree);
    struct json_tree *next = ARENA_NEW(cx->arena, struct json_tree);
    if (call->error || !call->next.n)
        return NULL;
    values[0] = (struct json_tree){.kind = TREE_STRING, .text = call->next};
    values[1] = *call->next_args;
    values[2] = invocation->values[2];
    *next = (struct json_tree){.kind = TREE_ARRAY, .count = 3, .values = values};
    return next;
}

/* Returns the call that follows from it, or NULL. */
static const struct json_tree *run_call(struct ctx *cx, struct batch *b,
                                        const struct json_tree *invocation)
{
    struct jmap_result *result = &b->results[b->done];
    struct buf *text = ARENA_NEW(cx->arena, struct buf);
    struct jmap_call call = {.env = b->env,
                             .who = b->q->who,
                             .peer = b->q->peer,
                             .request = b->q,
                             .using = b->using,
                             .out = json_to(text),
                             .names = &b->names};
    struct json id = json_to(text);
    size_t used = b->out->bytes < JMAP_ANSWER_MAX ? b->out->bytes : JMAP_ANSWER_MAX;
    *text = buf_of(cx->arena, JMAP_ANSWER_MAX - used);
    result->name = invocation->values[0].text;
    result->id = invocation->values[2].text;
    buf_byte(text, '[');
    json_str(&id, result->name);
    buf_byte(text, ',');
    size_t start = text->n;
    json_object(&call.out);
    int64_t start_us = clock_mono_us();
    enum code code = run_method(cx, b, &call, invocation);
    json_object_end(&call.out);
    jmap_call_close(&call);
    if (code != OK && http_status_of(code) >= 500)
        log_failure(cx, b, &call, code);
    if (code != OK || text->overflow)
        code = jmap_refuse(&call, errors[code == OK ? E_LIMIT : code], NULL);
    text->max += PROBLEM_MAX + result->id.n * 6; /* what closes it always fits */
    metric_add(b->env->calls, 1);
    jmap_meter(&call, start_us);
    if (call.error) {
        metric_add(b->env->errors, 1);
        start = put_error(text, &call, result);
    }
    size_t end = text->n;
    buf_byte(text, ',');
    id.comma = false;
    json_str(&id, result->id);
    buf_byte(text, ']');
    result->text = str_sub(buf_str(text), start, end - start);
    if (b->done)
        rope_ref(b->out, STR(","));
    rope_ref(b->out, buf_str(text));
    b->done++;
    return follows(cx, &call, invocation);
}

/* "using": OK; E_SYNTAX: no list of texts; E_NOT_FOUND: one that is not known. */
static enum code read_using(struct ctx *cx, const struct jmap_env *e, const struct json_tree *list,
                            unsigned *out)
{
    unsigned using = 0;
    if (!json_tree_is(list, TREE_ARRAY))
        return fail(cx, E_SYNTAX, "using is no array");
    for (size_t i = 0; i < list->count; i++) {
        if (list->values[i].kind != TREE_STRING)
            return fail(cx, E_SYNTAX, "a capability is no text");
        unsigned bit = jmap_more_bit(e, list->values[i].text);
        for (size_t k = 0; k < sizeof capabilities / sizeof *capabilities; k++)
            if (str_eq(capabilities[k].name, list->values[i].text))
                bit = capabilities[k].bit;
        if (!bit)
            return fail(cx, E_NOT_FOUND, "a capability that is not known");
        using |= bit;
    }
    *out = using;
    return OK;
}

static bool calls_ok(const struct json_tree *calls)
{
    if (!json_tree_is(calls, TREE_ARRAY))
        return false;
    for (size_t i = 0; i < calls->count; i++) {
        const struct json_tree *c = &calls->values[i];
        if (c->kind != TREE_ARRAY || c->count != 3 || c->values[0].kind != TREE_STRING ||
            c->values[1].kind != TREE_OBJECT || c->values[2].kind != TREE_STRING)
            return false;
    }
    return true;
}

static bool created_ok(const struct json_tree *created)
{
    if (!created)
        return true;
    if (created->kind != TREE_OBJECT || created->count > JMAP_CREATED_IDS_MAX)
        return false;
    for (size_t i = 0; i < created->count; i++)
        if (created->values[i].kind != TREE_STRING)
            return false;
    return true;
}

static void names_read(struct ctx *cx, struct batch *b)
{
    struct jmap_call call = {.names = &b->names};
    for (size_t i = 0; b->created && i < b->created->count; i++)
        jmap_created_add(cx, &call, b->created->names[i], b->created->values[i].text);
}

static void names_put(const struct batch *b, struct json *j)
{
    json_key(j, "createdIds");
    json_object(j);
    for (const struct jmap_name *n = b->names.first; n; n = n->next) {
        jmap_key(j, n->name);
        json_str(j, n->id);
    }
    json_object_end(j);
}

static enum code run_batch(struct ctx *cx, struct batch *b, struct http_response *a)
{
    struct buf end = buf_of(cx->arena, JMAP_REQUEST_MAX);
    struct json j = json_to(&end);
    struct str state;
    TRY(jmap_session_state(cx, b->env, b->q->who, &state));
    struct map *names AUTO(map_close) = map_open();
    b->names.known = names;
    b->out = &a->body;
    names_read(cx, b);
    b->results = ARENA_ARRAY(cx->arena, 2 * b->calls->count + 1, struct jmap_result);
    rope_ref(b->out, STR("{\"methodResponses\":["));
    for (size_t i = 0; i < b->calls->count; i++)
        for (const struct json_tree *c = &b->calls->values[i]; c;) {
            b->follows = c != &b->calls->values[i];
            c = run_call(cx, b, c);
        }
    buf_add(&end, STR("],"));
    if (b->created)
        names_put(b, &j);
    json_key(&j, "sessionState");
    json_str(&j, state);
    buf_add(&end, STR("}\r\n"));
    rope_ref(b->out, buf_str(&end));
    a->type = STR("application/json");
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
    return OK;
}

static bool is_json(const struct http_request *q)
{
    struct str type;
    if (!http_field_of(q, STR("Content-Type"), &type))
        return false;
    return str_ieq(str_trim(str_sub(type, 0, str_chr(type, ';'))), STR("application/json"));
}

bool jmap_request_read(struct ctx *cx, struct str text, const struct json_tree **root,
                       struct http_response *a)
{
    if (!jmap_values_ok(text))
        (void)jmap_problem(cx, a, "limit", "maxSizeRequest");
    else if (json_tree_read(cx, text, root) != OK)
        (void)jmap_problem(cx, a, "notJSON", NULL);
    else
        return true;
    return false;
}

enum code jmap_request_run(struct ctx *cx, const struct jmap_env *e, const struct http_request *q,
                           const struct json_tree *root, struct http_response *a)
{
    struct batch b = {.env = e, .q = q};
    enum code code = read_using(cx, e, json_tree_member(root, STR("using")), &b.using);
    b.calls = json_tree_member(root, STR("methodCalls"));
    b.created = json_tree_member(root, STR("createdIds"));
    if (code == E_SYNTAX || !calls_ok(b.calls) || !created_ok(b.created))
        return jmap_problem(cx, a, "notRequest", NULL);
    if (code != OK)
        return jmap_problem(cx, a, "unknownCapability", NULL);
    if (b.calls->count > JMAP_CALLS_MAX)
        return jmap_problem(cx, a, "limit", "maxCallsInRequest");
    return run_batch(cx, &b, a);
}

/* Looked at before anything is done, so that all of it can be run again in the slow lane. */
static bool wants_slow(const struct json_tree *root)
{
    const struct json_tree *calls = json_tree_member(root, STR("methodCalls"));
    return calls_ok(calls) && jmap_password_among(calls);
}

static enum code take(struct ctx *cx, const struct jmap_env *e, const struct http_request *q,
                      struct http_response *a)
{
    const struct json_tree *root;
    if (!is_json(q))
        return jmap_problem(cx, a, "notJSON", NULL);
    if (!jmap_request_read(cx, q->body, &root, a))
        return OK;
    a->again = !cx->slow && wants_slow(root);
    return a->again ? OK : jmap_request_run(cx, e, q, root, a);
}

enum code jmap_api(struct ctx *cx, void *self, const struct http_request *q,
                   struct http_response *a)
{
    const struct jmap_env *e = self;
    if (requests_begin(cx, e->requests, q->who->who.id) != OK)
        return jmap_problem(cx, a, "limit", "maxConcurrentRequests");
    enum code code = take(cx, e, q, a);
    requests_end(e->requests, q->who->who.id);
    return code;
}
