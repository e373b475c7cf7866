/* POST /auth/session signs in, GET tells who one is, DELETE signs out. */
#include "base/arena.h"
#include "base/metric.h"
#include "format/date.h"
#include "proto/http/cookie.h"
#include "proto/signin/inner.h"
#include "service/signin/sessions.h"

enum { ANSWER_MAX = 4096 };

static struct metric *counter(struct metrics *m, const char *labels)
{
    return metric_of(m, METRIC_COUNTER, "postroad_signin_total", labels,
                     "Attempts to sign in at the page, by their end.");
}

void signin_env_open(struct signin_env *e)
{
    e->ok = counter(e->metrics, "result=\"ok\"");
    e->refused = counter(e->metrics, "result=\"refused\"");
    e->foreign = counter(e->metrics, "result=\"foreign\"");
    e->factor = counter(e->metrics, "result=\"second-factor\"");
    e->often = counter(e->metrics, "result=\"often\"");
}

static struct str time_text(struct arena *arena, int64_t ms)
{
    struct buf b = buf_of(arena, 64);
    date_put_rfc3339(&b, (struct date){.utc_ms = ms});
    return buf_str(&b);
}

static void answer(struct ctx *cx, struct http_response *a, const struct principal *who,
                   const struct session *x)
{
    struct buf text = buf_of(cx->arena, ANSWER_MAX);
    struct json j = json_to(&text);
    json_object(&j);
    json_key(&j, "username");
    json_str(&j, who->address);
    json_key(&j, "name");
    json_str(&j, who->display);
    json_key(&j, "session");
    if (x) {
        json_object(&j);
        json_key(&j, "id");
        json_str(&j, str_printf(cx->arena, "%016llx", (unsigned long long)x->id));
        json_key(&j, "how");
        json_str(&j, str_z(session_how_name(x->how)));
        json_key(&j, "created");
        json_str(&j, time_text(cx->arena, x->created_ms));
        json_key(&j, "expires");
        json_str(&j, time_text(cx->arena, x->expires_ms));
        json_object_end(&j);
    } else {
        json_null(&j);
    }
    json_object_end(&j);
    buf_add(&text, STR("\r\n"));
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
    http_answer_text(a, STR("application/json"), buf_str(&text));
}

/* The password is right: what else is asked for. */
static enum code ask_for_more(struct ctx *cx, const struct signin_env *e,
                              const struct http_request *q, const struct signin_outcome *out,
                              struct http_response *a)
{
    struct buf text = buf_of(cx->arena, SIGNIN_ANSWER_MAX);
    struct json j = json_to(&text);
    metric_add(e->factor, 1);
    json_object(&j);
    json_key(&j, "type");
    json_str(&j, STR("urn:postroad:problem:second-factor"));
    json_key(&j, "title");
    json_str(&j, STR("A second factor is asked for"));
    json_key(&j, "status");
    json_u64(&j, 401);
    json_key(&j, "methods");
    signin_methods_put(&j, out->wanted);
    if (out->wanted & SECOND_PASSKEY) {
        json_key(&j, "publicKey");
        TRY(signin_options_put(cx, e, q, out->who.who.id, &j));
    }
    json_object_end(&j);
    TRY(signin_answer(cx, a, &text));
    a->type = STR("application/problem+json");
    a->status = 401;
    http_answer_field(a, STR("WWW-Authenticate"), STR("Session realm=\"mail\""));
    return OK;
}

static enum code refuse(struct ctx *cx, const struct signin_env *e, const struct http_request *q,
                        const struct signin_outcome *out, enum code code, struct http_response *a)
{
    if (code == E_CONFLICT)
        return ask_for_more(cx, e, q, out, a);
    http_login_fault(cx, a, &out->who, code);
    if (a->status == 401)
        http_answer_field(a, STR("WWW-Authenticate"), STR("Session realm=\"mail\""));
    return OK;
}

/* A refusal is counted, and told to the audit log. */
static void note_refusal(struct ctx *cx, const struct signin_env *e,
                         const struct signin_claim *claim, const struct http_response *a)
{
    if (a->again || (a->status != 401 && a->status != 429))
        return;
    metric_add(e->refused, 1);
    sessions_refused(cx, e->sessions, claim->peer, claim->login);
}

/* By a passkey alone its person has to be verified. */
static enum code claim_check(struct ctx *cx, struct signin_claim *claim)
{
    bool alone = claim->passkey && !claim->login.n;
    if (!alone && (!claim->login.n || !claim->password.n))
        return fail(cx, E_SYNTAX, "sign-in: username and password, or a passkey, are wanted");
    if (alone) {
        struct passkey_show *show = ARENA_NEW(cx->arena, struct passkey_show);
        *show = *claim->passkey;
        show->site.verified = true;
        claim->passkey = show;
    }
    return OK;
}

static enum code sign_in(struct ctx *cx, const struct signin_env *e, const struct http_request *q,
                         struct http_response *a)
{
    struct signin_outcome out = {0};
    struct signin_claim claim;
    const struct json_tree *root;
    struct session x;
    struct session_start start = {.peer = q->peer};
    struct str token;
    TRY(signin_body(cx, e, q, a, &root));
    if (!root)
        return OK;
    TRY(signin_claim_read(cx, q, root, &claim));
    TRY(claim_check(cx, &claim));
    enum code code = signin_try(cx, e->auth, &claim, &out);
    if (code != OK) {
        TRY(refuse(cx, e, q, &out, code, a));
        if (code != E_CONFLICT)
            note_refusal(cx, e, &claim, a);
        return OK;
    }
    (void)http_field_of(q, STR("User-Agent"), &start.agent);
    start.how = out.how;
    TRY(sessions_begin(cx, e->sessions, &out.who, start, &token, &x));
    metric_add(e->ok, 1);
    uint32_t life_s = (uint32_t)((x.expires_ms - x.created_ms) / 1000);
    http_cookie_put(cx, a, token, json_tree_true(root, STR("remember")) ? life_s : 0);
    answer(cx, a, &out.who.who, &x);
    return OK;
}

static enum code sign_out(struct ctx *cx, const struct signin_env *e, const struct http_request *q,
                          struct http_response *a)
{
    const struct session_end by = {.actor = q->who->who.address, .why = "sign-out"};
    if (q->session) {
        enum code code = sessions_end(cx, e->sessions, &q->who->who, q->session->id, by);
        if (code != E_NOT_FOUND)
            TRY(code);
    }
    a->status = 204;
    http_cookie_clear(a);
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
    return OK;
}

enum code signin_session(struct ctx *cx, void *self, const struct http_request *q,
                         struct http_response *a)
{
    const struct signin_env *e = self;
    if (q->method == HTTP_POST)
        return sign_in(cx, e, q, a);
    if (q->method == HTTP_DELETE)
        return sign_out(cx, e, q, a);
    answer(cx, a, &q->who->who, q->session);
    return OK;
}

const struct http_route signin_routes[] = {
    {"auth-session", STR("/auth/session"), HTTP_GET | HTTP_POST | HTTP_DELETE, HTTP_BY_TLS,
     HTTP_SIGN_IN, SIGNIN_BODY_MAX, signin_session},
    {"auth-passkey", STR("/auth/passkey"), HTTP_POST, HTTP_BY_TLS, HTTP_ANYBODY, SIGNIN_BODY_MAX,
     signin_passkey},
    {"auth-proof", STR("/auth/proof"), HTTP_GET | HTTP_POST, HTTP_BY_TLS, HTTP_LOGIN,
     SIGNIN_BODY_MAX, signin_proof},
    {0},
};
