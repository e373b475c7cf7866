/* What is shown, as JSON: names, passwords, codes, and passkeys as browsers write them
   (AuthenticationResponseJSON, WebAuthn level 3 section 5.1). */
#include "base/arena.h"
#include "base/metric.h"
#include "format/base64.h"
#include "proto/http/cookie.h"
#include "proto/signin/inner.h"
#include "service/signin/rate.h"

static bool is_json(const struct http_request *q)
{
    struct str type;
    if (!http_field_of(q, STR("Content-Type"), &type))
        return false;
    return str_ieq(str_trim(str_sub(type, 0, str_chr(type, ';'))), STR("application/json"));
}

/* A form of another site can send no JSON (Fetch standard, CORS-safelisted request-header). */
enum code signin_body(struct ctx *cx, const struct signin_env *e, const struct http_request *q,
                      struct http_response *a, const struct json_tree **root)
{
    const char *foreign = http_foreign(cx, q);
    *root = NULL;
    if (foreign) {
        metric_add(e->foreign, 1);
        http_answer_fault(cx, a, 403, foreign);
        return OK;
    }
    if (!cx->slow && !rate_take(e->rate, q->peer->address, cx->now_ms)) {
        metric_add(e->often, 1);
        http_answer_fault(cx, a, 429, "too many requests, try again in a minute");
        return OK;
    }
    if (!is_json(q))
        return fail(cx, E_SYNTAX, "sign-in: Content-Type is not application/json");
    TRY(json_tree_read(cx, q->body, root));
    return (*root)->kind == TREE_OBJECT ? OK : fail(cx, E_SYNTAX, "sign-in: no object");
}

struct str signin_bytes(struct ctx *cx, const struct json_tree *object, struct str name, size_t max)
{
    struct str text = json_tree_text(object, name);
    return text.n ? base64_decode(cx->arena, text, max + 1) : (struct str){0};
}

struct webauthn_site signin_site(struct ctx *cx, const struct http_request *q, bool verified)
{
    return (struct webauthn_site){.origin = http_own_origin(cx, q),
                                  .host = str_lower(cx->arena, q->host),
                                  .verified = verified};
}

static enum code passkey_read(struct ctx *cx, const struct http_request *q,
                              const struct json_tree *object, struct passkey_show *out)
{
    const struct json_tree *response = json_tree_member(object, STR("response"));
    struct passkey_show show = {
        .credential = signin_bytes(cx, object, STR("rawId"), PASSKEY_CREDENTIAL_MAX),
        .handle = json_tree_text(response, STR("userHandle")),
        .proof = {.client = signin_bytes(cx, response, STR("clientDataJSON"), WEBAUTHN_CLIENT_MAX),
                  .data = signin_bytes(cx, response, STR("authenticatorData"), WEBAUTHN_DATA_MAX),
                  .signature =
                      signin_bytes(cx, response, STR("signature"), WEBAUTHN_SIGNATURE_MAX)},
    };
    if (!show.credential.n || show.credential.n > PASSKEY_CREDENTIAL_MAX || !show.proof.client.n ||
        !show.proof.data.n || !show.proof.signature.n)
        return fail(cx, E_SYNTAX, "sign-in: the passkey is not whole");
    show.site = signin_site(cx, q, false);
    *out = show;
    return OK;
}

enum code signin_claim_read(struct ctx *cx, const struct http_request *q,
                            const struct json_tree *root, struct signin_claim *out)
{
    const struct json_tree *passkey = json_tree_member(root, STR("passkey"));
    struct passkey_show *show = ARENA_NEW(cx->arena, struct passkey_show);
    struct signin_claim claim = {.peer = q->peer,
                                 .login = json_tree_text(root, STR("username")),
                                 .password = json_tree_text(root, STR("password")),
                                 .code = json_tree_text(root, STR("code"))};
    if (claim.login.n > SIGNIN_TEXT_MAX || claim.password.n > SIGNIN_TEXT_MAX ||
        claim.code.n > SIGNIN_TEXT_MAX)
        return fail(cx, E_SYNTAX, "sign-in: a text is too long");
    if (json_tree_is(passkey, TREE_OBJECT)) {
        TRY(passkey_read(cx, q, passkey, show));
        claim.passkey = show;
    }
    *out = claim;
    return OK;
}
