/* What a browser's authenticator is asked with. */
#include "base/arena.h"
#include "format/base64.h"
#include "proto/http/cookie.h"
#include "proto/signin/inner.h"

enum code signin_answer(struct ctx *cx, struct http_response *a, struct buf *b)
{
    buf_add(b, STR("\r\n"));
    if (b->overflow)
        return fail(cx, E_LIMIT, "sign-in: the answer is too long");
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
    http_answer_text(a, STR("application/json"), buf_str(b));
    return OK;
}

void signin_methods_put(struct json *j, unsigned methods)
{
    json_array(j);
    if (methods & SECOND_TOTP)
        json_str(j, STR("totp"));
    if (methods & SECOND_PASSKEY)
        json_str(j, STR("passkey"));
    if (methods & SECOND_RECOVERY)
        json_str(j, STR("recovery"));
    json_array_end(j);
}

static enum code allowed_put(struct ctx *cx, const struct signin_env *e, principal_id who,
                             struct str host, struct json *j)
{
    struct passkey_row *list;
    size_t count;
    TRY(passkey_row_list(cx, e->core, who, &list, &count));
    json_key(j, "allowCredentials");
    json_array(j);
    for (size_t i = 0; i < count; i++) {
        if (!str_eq(list[i].host, host))
            continue;
        json_object(j);
        json_key(j, "type");
        json_str(j, STR("public-key"));
        json_key(j, "id");
        json_str(j, base64url_encode(cx->arena, list[i].credential));
        json_object_end(j);
    }
    json_array_end(j);
    return OK;
}

enum code signin_options_put(struct ctx *cx, const struct signin_env *e,
                             const struct http_request *q, principal_id who, struct json *j)
{
    struct str challenge, host = str_lower(cx->arena, q->host);
    TRY(passkeys_challenge(cx, e->core, who ? CHALLENGE_SECOND : CHALLENGE_ALONE, who, &challenge));
    json_object(j);
    json_key(j, "challenge");
    json_str(j, challenge);
    json_key(j, "rpId");
    json_str(j, host);
    json_key(j, "timeout");
    json_u64(j, CHALLENGE_MS);
    json_key(j, "userVerification");
    json_str(j, who ? STR("preferred") : STR("required"));
    if (who)
        TRY(allowed_put(cx, e, who, host, j));
    json_object_end(j);
    return OK;
}

enum code signin_passkey(struct ctx *cx, void *self, const struct http_request *q,
                         struct http_response *a)
{
    const struct signin_env *e = self;
    const struct json_tree *root;
    struct buf text = buf_of(cx->arena, SIGNIN_ANSWER_MAX);
    struct json j = json_to(&text);
    TRY(signin_body(cx, e, q, a, &root));
    if (!root)
        return OK;
    json_object(&j);
    json_key(&j, "publicKey");
    TRY(signin_options_put(cx, e, q, 0, &j));
    json_object_end(&j);
    return signin_answer(cx, a, &text);
}
