/* What is in a token. */
#include "base/arena.h"
#include "format/json/tree.h"
#include "service/sasl/token.h"

static enum code object_of(struct ctx *cx, struct str text, const struct json_tree **out)
{
    const struct json_tree *j = NULL;
    if (json_tree_read(cx, text, &j) != OK || j->kind != TREE_OBJECT)
        return fail(cx, E_SYNTAX, "token: no JSON object");
    *out = j;
    return OK;
}

enum code token_header(struct ctx *cx, struct str json, struct str *algorithm)
{
    const struct json_tree *j = NULL;
    TRY(object_of(cx, json, &j));
    if (json_tree_member(j, STR("crit"))) /* RFC 7515 section 4.1.11: we understand none */
        return fail(cx, E_SYNTAX, "token: header");
    *algorithm = json_tree_text(j, STR("alg"));
    return OK;
}

static bool is_among(const struct json_tree *audience, struct str wanted)
{
    if (json_tree_is(audience, TREE_STRING))
        return str_eq(audience->text, wanted);
    if (!json_tree_is(audience, TREE_ARRAY))
        return false;
    for (size_t i = 0; i < audience->count; i++)
        if (json_tree_is(&audience->values[i], TREE_STRING) &&
            str_eq(audience->values[i].text, wanted))
            return true;
    return false;
}

/* RFC 7519 section 2: seconds, perhaps with a fraction. */
static bool date_of(const struct json_tree *j, int64_t *out)
{
    if (!json_tree_is(j, TREE_INTEGER) && !json_tree_is(j, TREE_REAL))
        return false;
    if (!(j->real >= 0 && j->real < 1e15))
        return false;
    *out = (int64_t)j->real;
    return true;
}

enum code token_claims(struct ctx *cx, struct str json, const struct token_config *config,
                       struct token_claims *out)
{
    const struct json_tree *j = NULL, *not_before;
    struct token_claims c = {0};
    TRY(object_of(cx, json, &j));
    c.issuer = json_tree_text(j, STR("iss"));
    c.login = json_tree_text(j, config->claim);
    c.for_us = is_among(json_tree_member(j, STR("aud")), config->audience);
    c.has_expiry = date_of(json_tree_member(j, STR("exp")), &c.expires_s);
    not_before = json_tree_member(j, STR("nbf"));
    if (not_before && !date_of(not_before, &c.not_before_s))
        return fail(cx, E_SYNTAX, "token: nbf");
    *out = c;
    return OK;
}
