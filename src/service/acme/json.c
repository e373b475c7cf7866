#include "service/acme/json.h"
#include "format/json/tree.h"

/* NULL: no object. */
static const struct json_tree *object_of(struct ctx *cx, struct str text)
{
    const struct json_tree *j = NULL;
    return json_tree_read(cx, text, &j) == OK && j->kind == TREE_OBJECT ? j : NULL;
}

static enum acme_status status_of(const struct json_tree *object)
{
    static const char *const names[] = {
        [ACME_PENDING] = "pending", [ACME_READY] = "ready",     [ACME_PROCESSING] = "processing",
        [ACME_VALID] = "valid",     [ACME_INVALID] = "invalid",
    };
    struct str name = json_tree_text(object, STR("status"));
    for (size_t i = 1; i < sizeof names / sizeof *names; i++)
        if (str_eq(name, str_z(names[i])))
            return (enum acme_status)i;
    return ACME_UNKNOWN; /* deactivated, expired, revoked: not of use either */
}

static struct acme_problem problem_of(const struct json_tree *object)
{
    return (struct acme_problem){json_tree_text(object, STR("type")),
                                 json_tree_text(object, STR("detail"))};
}

struct acme_problem acme_read_problem(struct ctx *cx, struct str json)
{
    const struct json_tree *j = object_of(cx, json);
    return j ? problem_of(j) : (struct acme_problem){0};
}

struct str acme_read_text(struct ctx *cx, struct str json, const char *member)
{
    const struct json_tree *j = object_of(cx, json);
    return j ? json_tree_text(j, str_z(member)) : (struct str){0};
}

enum code acme_read_directory(struct ctx *cx, struct str json, struct acme_directory *out)
{
    const struct json_tree *j = object_of(cx, json);
    if (!j)
        return fail(cx, E_SYNTAX, "the directory is no JSON object");
    const struct json_tree *meta = json_tree_member(j, STR("meta"));
    *out = (struct acme_directory){
        .new_nonce = json_tree_text(j, STR("newNonce")),
        .new_account = json_tree_text(j, STR("newAccount")),
        .new_order = json_tree_text(j, STR("newOrder")),
        .revoke = json_tree_text(j, STR("revokeCert")),
        .renewal_info = json_tree_text(j, STR("renewalInfo")),
        .terms = json_tree_text(meta, STR("termsOfService")),
        .wants_binding = json_tree_true(meta, STR("externalAccountRequired")),
    };
    if (!out->new_nonce.n || !out->new_account.n || !out->new_order.n)
        return fail(cx, E_SYNTAX, "that is no ACME directory");
    return OK;
}

enum code acme_read_order(struct ctx *cx, struct str json, struct acme_order *out)
{
    const struct json_tree *j = object_of(cx, json);
    if (!j)
        return fail(cx, E_SYNTAX, "an order is no JSON object");
    const struct json_tree *list = json_tree_member(j, STR("authorizations"));
    size_t count = json_tree_is(list, TREE_ARRAY) ? list->count : 0;
    if (count > ACME_NAMES_MAX)
        return fail(cx, E_LIMIT, "an order with %zu authorizations", count);
    out->status = status_of(j);
    out->finalize = json_tree_text(j, STR("finalize"));
    out->certificate = json_tree_text(j, STR("certificate"));
    out->problem = problem_of(json_tree_member(j, STR("error")));
    out->authorization_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct json_tree *one = &list->values[i];
        if (one->kind != TREE_STRING)
            return fail(cx, E_SYNTAX, "an authorization is no URL");
        out->authorizations[out->authorization_count++] = one->text;
    }
    return OK;
}

static struct acme_challenge challenge_of(const struct json_tree *j)
{
    return (struct acme_challenge){
        .type = json_tree_text(j, STR("type")),
        .url = json_tree_text(j, STR("url")),
        .token = json_tree_text(j, STR("token")),
        .status = status_of(j),
        .problem = problem_of(json_tree_member(j, STR("error"))),
    };
}

enum code acme_read_authorization(struct ctx *cx, struct str json, struct acme_authorization *out)
{
    const struct json_tree *j = object_of(cx, json);
    if (!j)
        return fail(cx, E_SYNTAX, "an authorization is no JSON object");
    const struct json_tree *list = json_tree_member(j, STR("challenges"));
    size_t count = json_tree_is(list, TREE_ARRAY) ? list->count : 0;
    out->status = status_of(j);
    out->name = json_tree_text(json_tree_member(j, STR("identifier")), STR("value"));
    out->challenge_count = count < ACME_CHALLENGES_MAX ? count : ACME_CHALLENGES_MAX;
    for (size_t i = 0; i < out->challenge_count; i++)
        out->challenges[i] = challenge_of(&list->values[i]);
    return OK;
}

enum code acme_read_window(struct ctx *cx, struct str json, struct str *start, struct str *end)
{
    const struct json_tree *j = object_of(cx, json);
    const struct json_tree *window = json_tree_member(j, STR("suggestedWindow"));
    if (!window)
        return fail(cx, E_SYNTAX, "no suggestedWindow");
    *start = json_tree_text(window, STR("start"));
    *end = json_tree_text(window, STR("end"));
    return OK;
}
