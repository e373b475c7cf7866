/* Passkey: made with what a browser answers to Passkey/options. */
#include "base/buf.h"
#include "format/base64.h"
#include "proto/http/cookie.h"
#include "proto/jmap/signin/signin.h"
#include "service/signin/passkeys.h"
#include "service/signin/webauthn/key.h"

static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    struct passkey_row *list;
    size_t count;
    uint64_t number;
    if (!jmap_signin_id_read(id, 'K', &number))
        return fail(cx, E_NOT_FOUND, "no passkey");
    TRY(passkey_row_list(cx, call->env->core, call->who->who.id, &list, &count));
    for (size_t i = 0; i < count; i++)
        if (list[i].id == number) {
            *object = &list[i];
            return OK;
        }
    return fail(cx, E_NOT_FOUND, "no passkey");
}

static enum code all(struct ctx *cx, struct jmap_call *call, struct str **ids, size_t *count)
{
    struct passkey_row *list;
    size_t n;
    TRY(passkey_row_list(cx, call->env->core, call->who->who.id, &list, &n));
    *ids = ARENA_ARRAY(cx->arena, n + 1, struct str);
    for (size_t i = 0; i < n; i++)
        (*ids)[i] = jmap_signin_id(cx->arena, 'K', list[i].id);
    *count = n;
    return OK;
}

static enum code put_id(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct passkey_row *r = object;
    (void)call;
    json_str(j, jmap_signin_id(cx->arena, 'K', r->id));
    return OK;
}

static enum code put_name(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct passkey_row *r = object;
    (void)cx, (void)call;
    json_str(j, r->name);
    return OK;
}

static enum code put_host(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct passkey_row *r = object;
    (void)cx, (void)call;
    json_str(j, r->host);
    return OK;
}

static enum code put_created(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct passkey_row *r = object;
    (void)call;
    jmap_signin_put_date(cx, j, r->created_ms);
    return OK;
}

static enum code put_used(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct passkey_row *r = object;
    (void)call;
    jmap_signin_put_date(cx, j, r->used_ms);
    return OK;
}

/* It is written, never read. */
static enum code put_response(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    (void)cx, (void)call, (void)object;
    json_null(j);
    return OK;
}

static struct str bytes_of(struct ctx *cx, const struct json_tree *object, struct str name,
                           size_t max)
{
    struct str text = json_tree_text(object, name);
    return text.n ? base64_decode(cx->arena, text, max + 1) : (struct str){0};
}

static enum code create(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct json_tree *response = json_tree_member(x->values, STR("response"));
    struct passkey_claim claim = {
        .site = {http_own_origin(cx, call->request), str_lower(cx->arena, call->request->host),
                 false},
        .client = bytes_of(cx, response, STR("clientDataJSON"), WEBAUTHN_CLIENT_MAX),
        .object = bytes_of(cx, response, STR("attestationObject"), WEBAUTHN_DATA_MAX),
    };
    struct passkey_row made;
    TRY(jmap_signin_name(cx, x, PASSKEY_NAME_MAX, &claim.name));
    if (x->error)
        return OK;
    enum code code = passkeys_add(cx, call->env->core, &call->who->who, &claim, &made);
    if (code == E_LIMIT)
        return jmap_set_refuse(x, "overQuota", "too many passkeys");
    if (code == E_EXISTS)
        return jmap_set_refuse(x, "alreadyExists", "that authenticator is known");
    if (code == E_SYNTAX || code == E_DENIED || code == E_UNSUPPORTED)
        return jmap_set_invalid(cx, x, STR("response"), "not what was asked for");
    TRY(code);
    x->id = jmap_signin_id(cx->arena, 'K', made.id);
    return OK;
}

static enum code update(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    struct passkey_row r = *(const struct passkey_row *)x->object;
    TRY(jmap_signin_name(cx, x, PASSKEY_NAME_MAX, &r.name));
    return x->error ? OK : passkey_row_rename(cx, call->env->core, &r);
}

static enum code destroy(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct passkey_row *r = x->object;
    const struct principal *who = &call->who->who;
    return passkeys_end(cx, call->env->core, who, who->address, r->id);
}

static enum code put_user(struct ctx *cx, struct jmap_call *call, struct json *j)
{
    const struct principal *who = &call->who->who;
    struct str handle;
    TRY(passkeys_handle(cx, call->env->core, who->id, &handle));
    json_key(j, "user");
    json_object(j);
    json_key(j, "id");
    json_str(j, handle);
    json_key(j, "name");
    json_str(j, who->address);
    json_key(j, "displayName");
    json_str(j, who->display.n ? who->display : who->address);
    json_object_end(j);
    return OK;
}

static void put_algorithms(struct json *j)
{
    json_key(j, "pubKeyCredParams");
    json_array(j);
    for (size_t i = 0; webauthn_algorithms[i]; i++) {
        json_object(j);
        json_key(j, "type");
        json_str(j, STR("public-key"));
        json_key(j, "alg");
        json_i64(j, webauthn_algorithms[i]);
        json_object_end(j);
    }
    json_array_end(j);
}

/* Those that are there need not be made again. */
static enum code put_known(struct ctx *cx, struct jmap_call *call, struct json *j)
{
    struct passkey_row *list;
    size_t count;
    TRY(passkey_row_list(cx, call->env->core, call->who->who.id, &list, &count));
    json_key(j, "excludeCredentials");
    json_array(j);
    for (size_t i = 0; i < count; i++) {
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

static enum code put_options(struct ctx *cx, struct jmap_call *call, struct json *j)
{
    struct str host = str_lower(cx->arena, call->request->host), challenge;
    TRY(passkeys_challenge(cx, call->env->core, CHALLENGE_REGISTER, call->who->who.id, &challenge));
    json_key(j, "challenge");
    json_str(j, challenge);
    json_key(j, "rp");
    json_object(j);
    json_key(j, "id");
    json_str(j, host);
    json_key(j, "name");
    json_str(j, host);
    json_object_end(j);
    TRY(put_user(cx, call, j));
    put_algorithms(j);
    TRY(put_known(cx, call, j));
    json_key(j, "timeout");
    json_u64(j, CHALLENGE_MS);
    json_key(j, "attestation");
    json_str(j, STR("none"));
    json_key(j, "authenticatorSelection");
    json_object(j);
    json_key(j, "residentKey");
    json_str(j, STR("preferred"));
    json_key(j, "userVerification");
    json_str(j, STR("preferred"));
    json_object_end(j);
    return OK;
}

/* Passkey/options: {"publicKey": PublicKeyCredentialCreationOptionsJSON} (WebAuthn level 3 section
   5.1.8). */
enum code jmap_passkey_options(struct ctx *cx, struct jmap_call *call)
{
    TRY(jmap_account_open(cx, call));
    if (!call->error)
        TRY(jmap_signin_change(cx, call));
    if (call->error)
        return OK;
    json_key(&call->out, "accountId");
    json_str(&call->out, jmap_account_id(cx->arena, call->account));
    json_key(&call->out, "publicKey");
    json_object(&call->out);
    TRY(put_options(cx, call, &call->out));
    json_object_end(&call->out);
    return OK;
}

/* All that is shown of them. */
static enum code state(struct ctx *cx, struct jmap_call *call, struct str *out)
{
    struct buf b = buf_of(cx->arena, JMAP_REQUEST_MAX);
    struct passkey_row *list;
    size_t count;
    TRY(passkey_row_list(cx, call->env->core, call->who->who.id, &list, &count));
    for (size_t i = 0; i < count; i++) {
        buf_le64(&b, (uint64_t)list[i].id);
        buf_le64(&b, (uint64_t)list[i].used_ms);
        buf_le_str(&b, list[i].name);
    }
    *out = jmap_signin_state(cx->arena, &b);
    return OK;
}

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},       {STR("name"), true, put_name},
    {STR("host"), true, put_host},   {STR("createdAt"), true, put_created},
    {STR("usedAt"), true, put_used}, {STR("response"), false, put_response},
};

static const struct jmap_settable settable[] = {
    {STR("name"), JMAP_ALWAYS, JMAP_IS_TEXT},
    {STR("response"), JMAP_ONCE, JMAP_IS_OBJECT},
};

static const struct jmap_setter setter = {
    .rows = settable,
    .count = sizeof settable / sizeof *settable,
    .prepare = jmap_signin_change,
    .create = create,
    .update = update,
    .destroy = destroy,
};

const struct jmap_type jmap_passkey_type = {
    .properties = properties,
    .count = sizeof properties / sizeof *properties,
    .find = find,
    .all = all,
    .prepare = jmap_signin_look,
    .state = state,
    .elsewhere = true,
    .setter = &setter,
};
