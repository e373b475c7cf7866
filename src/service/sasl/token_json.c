/* What is in a token, read by Jansson. */
#include "base/arena.h"
#include "service/sasl/token.h"
#include <jansson.h>

static void drop(json_t *j)
{
    json_decref(j);
}
AUTO_OF(json_t *, drop)

static json_t *object_of(struct str text)
{
    json_t *j = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    if (j && !json_is_object(j)) {
        json_decref(j);
        return NULL;
    }
    return j;
}

static struct str string_of(struct ctx *cx, const json_t *j)
{
    if (!json_is_string(j))
        return (struct str){0};
    return str_dup(cx->arena, str_of(json_string_value(j), json_string_length(j)));
}

enum code token_header(struct ctx *cx, struct str json, struct str *algorithm)
{
    json_t *j AUTO(drop) = object_of(json);
    if (!j || json_object_get(j, "crit")) /* RFC 7515 section 4.1.11: we understand none */
        return fail(cx, E_SYNTAX, "token: header");
    *algorithm = string_of(cx, json_object_get(j, "alg"));
    return OK;
}

static bool is_among(const json_t *audience, struct str wanted)
{
    const json_t *one;
    size_t i;
    if (json_is_string(audience))
        return str_eq(str_of(json_string_value(audience), json_string_length(audience)), wanted);
    json_array_foreach(audience, i, one)
    {
        if (json_is_string(one) &&
            str_eq(str_of(json_string_value(one), json_string_length(one)), wanted))
            return true;
    }
    return false;
}

/* RFC 7519 section 2: seconds, perhaps with a fraction. */
static bool date_of(const json_t *j, int64_t *out)
{
    if (!json_is_number(j))
        return false;
    double value = json_number_value(j);
    if (!(value >= 0 && value < 1e15))
        return false;
    *out = (int64_t)value;
    return true;
}

enum code token_claims(struct ctx *cx, struct str json, const struct token_config *config,
                       struct token_claims *out)
{
    json_t *j AUTO(drop) = object_of(json);
    struct token_claims c = {0};
    if (!j)
        return fail(cx, E_SYNTAX, "token: claims");
    c.issuer = string_of(cx, json_object_get(j, "iss"));
    c.login = string_of(cx, json_object_get(j, str_zdup(cx->arena, config->claim)));
    c.for_us = is_among(json_object_get(j, "aud"), config->audience);
    c.has_expiry = date_of(json_object_get(j, "exp"), &c.expires_s);
    if (json_object_get(j, "nbf") && !date_of(json_object_get(j, "nbf"), &c.not_before_s))
        return fail(cx, E_SYNTAX, "token: nbf");
    *out = c;
    return OK;
}
