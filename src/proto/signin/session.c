/* POST /auth/session signs in, GET tells who one is, DELETE signs out. */
#include "base/log.h"
#include "base/metric.h"
#include "format/date.h"
#include "format/json/tree.h"
#include "proto/http/cookie.h"
#include "proto/signin/signin.h"
#include "service/auth.h"
#include "service/signin/sessions.h"
#include "service/signin/signin.h"

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

/* What the page asks with. */
struct wish {
    struct str username, password;
    bool remember;
};

static bool is_json(const struct http_request *q)
{
    struct str type;
    if (!http_field_of(q, STR("Content-Type"), &type))
        return false;
    return str_ieq(str_trim(str_sub(type, 0, str_chr(type, ';'))), STR("application/json"));
}

/* A form of another site can send no JSON (Fetch standard, CORS-safelisted request-header). */
static enum code wish_read(struct ctx *cx, const struct http_request *q, struct wish *out)
{
    const struct json_tree *root;
    if (!is_json(q))
        return fail(cx, E_SYNTAX, "sign-in: Content-Type is not application/json");
    TRY(json_tree_read(cx, q->body, &root));
    out->username = json_tree_text(root, STR("username"));
    out->password = json_tree_text(root, STR("password"));
    out->remember = json_tree_true(root, STR("remember"));
    if (!out->username.n || out->username.n > SIGNIN_TEXT_MAX || !out->password.n ||
        out->password.n > SIGNIN_TEXT_MAX)
        return fail(cx, E_SYNTAX, "sign-in: username and password are wanted");
    return OK;
}

static void refuse(struct ctx *cx, const struct signin_env *e, struct http_response *a,
                   const struct auth_result *who, enum code code)
{
    http_login_fault(cx, a, who, code);
    if (a->again)
        return;
    metric_add(e->refused, 1);
    if (a->status == 401)
        http_answer_field(a, STR("WWW-Authenticate"), STR("Session realm=\"mail\""));
}

static enum code sign_in(struct ctx *cx, const struct signin_env *e, const struct http_request *q,
                         struct http_response *a)
{
    struct signin_outcome out = {0};
    struct wish wish = {0};
    struct session x;
    struct session_start start = {.peer = q->peer};
    struct str token;
    const char *foreign = http_foreign(cx, q);
    if (foreign) {
        metric_add(e->foreign, 1);
        http_answer_fault(cx, a, 403, foreign);
        return OK;
    }
    TRY(wish_read(cx, q, &wish));
    const struct signin_claim claim = {q->peer, wish.username, wish.password};
    enum code code = signin_try(cx, e->auth, &claim, &out);
    if (code != OK) {
        refuse(cx, e, a, &out.who, code);
        return OK;
    }
    (void)http_field_of(q, STR("User-Agent"), &start.agent);
    start.how = out.how;
    TRY(sessions_begin(cx, e->sessions, &out.who, start, &token, &x));
    metric_add(e->ok, 1);
    uint32_t life_s = (uint32_t)((x.expires_ms - x.created_ms) / 1000);
    http_cookie_put(cx, a, token, wish.remember ? life_s : 0);
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
    {0},
};
