/* GET /auth/proof tells whether one has shown a moment ago who one is, and with what one may; POST
   shows it again. What changes how one signs in asks for it. */
#include "base/arena.h"
#include "proto/http/cookie.h"
#include "proto/signin/inner.h"
#include "service/signin/sessions.h"

static enum code tell(struct ctx *cx, const struct signin_env *e, const struct http_request *q,
                      struct http_response *a)
{
    struct buf text = buf_of(cx->arena, SIGNIN_ANSWER_MAX);
    struct json j = json_to(&text);
    unsigned methods;
    TRY(second_methods(cx, e->core, q->who->who.id, &methods));
    json_object(&j);
    json_key(&j, "fresh");
    json_bool(&j, signin_proof_is_fresh(q->session, cx->now_ms));
    json_key(&j, "methods");
    signin_methods_put(&j, methods);
    if (methods & SECOND_PASSKEY) {
        json_key(&j, "publicKey");
        TRY(signin_options_put(cx, e, q, q->who->who.id, &j));
    }
    json_object_end(&j);
    return signin_answer(cx, a, &text);
}

enum code signin_proof(struct ctx *cx, void *self, const struct http_request *q,
                       struct http_response *a)
{
    const struct signin_env *e = self;
    const struct json_tree *root;
    struct signin_claim claim;
    struct signin_outcome out = {0};
    if (!q->session) {
        http_answer_fault(cx, a, 403, "there is no session");
        return OK;
    }
    if (q->method != HTTP_POST)
        return tell(cx, e, q, a);
    TRY(signin_body(cx, e, q, a, &root));
    if (!root)
        return OK;
    TRY(signin_claim_read(cx, q, root, &claim));
    claim.login = q->who->who.address;
    enum code code = signin_prove(cx, e->auth, &claim, &out);
    if (code != OK) {
        http_login_fault(cx, a, &out.who, code);
        if (a->status == 401) /* it is the proof that is wrong, not the session */
            http_answer_field(a, STR("WWW-Authenticate"), STR("Session realm=\"mail\""));
        return OK;
    }
    code = sessions_proved(cx, e->sessions, q->session);
    if (code != E_NOT_FOUND)
        TRY(code);
    a->status = 204;
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
    return OK;
}
