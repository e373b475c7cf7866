#include "service/acme/json.h"
#include "base/arena.h"
#include <jansson.h>

static void drop(json_t *j)
{
    json_decref(j);
}
AUTO_OF(json_t *, drop)

static json_t *object_of(struct str text)
{
    json_t *j = json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES, NULL);
    if (j && !json_is_object(j)) {
        json_decref(j);
        return NULL;
    }
    return j;
}

static struct str text_of(struct ctx *cx, const json_t *object, const char *member)
{
    const json_t *j = json_object_get(object, member);
    if (!json_is_string(j))
        return (struct str){0};
    return str_dup(cx->arena, str_of(json_string_value(j), json_string_length(j)));
}

static enum acme_status status_of(struct ctx *cx, const json_t *object)
{
    static const char *const names[] = {
        [ACME_PENDING] = "pending", [ACME_READY] = "ready",     [ACME_PROCESSING] = "processing",
        [ACME_VALID] = "valid",     [ACME_INVALID] = "invalid",
    };
    struct str name = text_of(cx, object, "status");
    for (size_t i = 1; i < sizeof names / sizeof *names; i++)
        if (str_eq(name, str_z(names[i])))
            return (enum acme_status)i;
    return ACME_UNKNOWN; /* deactivated, expired, revoked: not of use either */
}

static struct acme_problem problem_of(struct ctx *cx, const json_t *object)
{
    return (struct acme_problem){text_of(cx, object, "type"), text_of(cx, object, "detail")};
}

struct acme_problem acme_read_problem(struct ctx *cx, struct str json)
{
    json_t *j AUTO(drop) = object_of(json);
    return j ? problem_of(cx, j) : (struct acme_problem){0};
}

struct str acme_read_text(struct ctx *cx, struct str json, const char *member)
{
    json_t *j AUTO(drop) = object_of(json);
    return j ? text_of(cx, j, member) : (struct str){0};
}

enum code acme_read_directory(struct ctx *cx, struct str json, struct acme_directory *out)
{
    json_t *j AUTO(drop) = object_of(json);
    if (!j)
        return fail(cx, E_SYNTAX, "the directory is no JSON object");
    const json_t *meta = json_object_get(j, "meta");
    *out = (struct acme_directory){
        .new_nonce = text_of(cx, j, "newNonce"),
        .new_account = text_of(cx, j, "newAccount"),
        .new_order = text_of(cx, j, "newOrder"),
        .revoke = text_of(cx, j, "revokeCert"),
        .renewal_info = text_of(cx, j, "renewalInfo"),
        .terms = text_of(cx, meta, "termsOfService"),
        .wants_binding = json_is_true(json_object_get(meta, "externalAccountRequired")),
    };
    if (!out->new_nonce.n || !out->new_account.n || !out->new_order.n)
        return fail(cx, E_SYNTAX, "that is no ACME directory");
    return OK;
}

enum code acme_read_order(struct ctx *cx, struct str json, struct acme_order *out)
{
    json_t *j AUTO(drop) = object_of(json);
    if (!j)
        return fail(cx, E_SYNTAX, "an order is no JSON object");
    const json_t *list = json_object_get(j, "authorizations");
    size_t count = json_array_size(list);
    if (count > ACME_NAMES_MAX)
        return fail(cx, E_LIMIT, "an order with %zu authorizations", count);
    out->status = status_of(cx, j);
    out->finalize = text_of(cx, j, "finalize");
    out->certificate = text_of(cx, j, "certificate");
    out->problem = problem_of(cx, json_object_get(j, "error"));
    out->authorization_count = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(list, i);
        if (!json_is_string(one))
            return fail(cx, E_SYNTAX, "an authorization is no URL");
        out->authorizations[out->authorization_count++] =
            str_dup(cx->arena, str_of(json_string_value(one), json_string_length(one)));
    }
    return OK;
}

static struct acme_challenge challenge_of(struct ctx *cx, const json_t *j)
{
    return (struct acme_challenge){
        .type = text_of(cx, j, "type"),
        .url = text_of(cx, j, "url"),
        .token = text_of(cx, j, "token"),
        .status = status_of(cx, j),
        .problem = problem_of(cx, json_object_get(j, "error")),
    };
}

enum code acme_read_authorization(struct ctx *cx, struct str json, struct acme_authorization *out)
{
    json_t *j AUTO(drop) = object_of(json);
    if (!j)
        return fail(cx, E_SYNTAX, "an authorization is no JSON object");
    const json_t *list = json_object_get(j, "challenges");
    size_t count = json_array_size(list);
    out->status = status_of(cx, j);
    out->name = text_of(cx, json_object_get(j, "identifier"), "value");
    out->challenge_count = count < ACME_CHALLENGES_MAX ? count : ACME_CHALLENGES_MAX;
    for (size_t i = 0; i < out->challenge_count; i++)
        out->challenges[i] = challenge_of(cx, json_array_get(list, i));
    return OK;
}

enum code acme_read_window(struct ctx *cx, struct str json, struct str *start, struct str *end)
{
    json_t *j AUTO(drop) = object_of(json);
    const json_t *window = json_object_get(j, "suggestedWindow");
    if (!window)
        return fail(cx, E_SYNTAX, "no suggestedWindow");
    *start = text_of(cx, window, "start");
    *end = text_of(cx, window, "end");
    return OK;
}
