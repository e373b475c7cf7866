#include "service/sasl/token.h"
#include "base/arena.h"
#include "base/cur.h"
#include "format/base64.h"

struct tokens {
    const struct token_config *config;
    struct token_key *keys[TOKEN_KEYS_MAX];
    size_t count;
};

enum code tokens_open(struct ctx *cx, const struct token_config *config, struct tokens **out)
{
    struct tokens *t = calloc(1, sizeof *t);
    must(t);
    t->config = config;
    for (size_t i = 0; i < config->key_count; i++) {
        enum code code = token_key_read(cx, config->key_files[i], &t->keys[i]);
        if (code != OK) {
            tokens_close(t);
            return code;
        }
        t->count++;
    }
    *out = t;
    return OK;
}

void tokens_close(struct tokens *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->count; i++)
        token_key_free(t->keys[i]);
    free(t);
}

const struct token_config *tokens_config(const struct tokens *t)
{
    return t->config;
}

/* RFC 7515 section 2: base64url without padding. */
static enum code decode(struct ctx *cx, struct str text, struct str *out)
{
    static const struct str padding[] = {STR(""), STR(""), STR("=="), STR("=")};
    struct str padded[] = {text, padding[text.n % 4]};
    struct str all = str_join(cx->arena, padded, 2);
    char *to = arena_alloc(cx->arena, all.n + 1);
    for (size_t i = 0; i < all.n; i++) {
        char c = all.p[i];
        if (c == '+' || c == '/' || (c == '=' && i < text.n))
            return fail(cx, E_SYNTAX, "token: not base64url");
        to[i] = c;
        if (c == '-')
            to[i] = '+';
        if (c == '_')
            to[i] = '/';
    }
    return base64_decode_strict(cx, str_of(to, all.n), out);
}

static bool is_signed(const struct tokens *t, struct str algorithm, struct str text,
                      struct str signature)
{
    for (size_t i = 0; i < t->count; i++)
        if (token_key_verify(t->keys[i], algorithm, text, signature))
            return true;
    return false;
}

static const char *fault_of(const struct tokens *t, const struct token_claims *c, int64_t now_ms)
{
    int64_t now_s = now_ms / 1000;
    if (!str_eq(c->issuer, t->config->issuer))
        return "issuer";
    if (!c->for_us)
        return "audience";
    if (!c->has_expiry || c->expires_s <= now_s - TOKEN_LEEWAY_S)
        return "expired";
    if (c->not_before_s > now_s + TOKEN_LEEWAY_S)
        return "not yet valid";
    return c->login.n ? NULL : "no login";
}

/* 0: so far ahead that it is for ever. */
static int64_t until_of(const struct token_claims *c)
{
    return c->expires_s > INT64_MAX / 2000 ? 0 : (c->expires_s + TOKEN_LEEWAY_S) * 1000;
}

static enum code check(struct ctx *cx, const struct tokens *t, struct str token, struct str *login,
                       int64_t *until_ms)
{
    struct cur c = cur_of(token);
    struct str head, body, header, payload, signature, algorithm;
    if (!cur_until(&c, '.', &head) || !cur_until(&c, '.', &body))
        return fail(cx, E_SYNTAX, "token: not three parts");
    TRY(decode(cx, head, &header));
    TRY(decode(cx, body, &payload));
    TRY(decode(cx, c.rest, &signature));
    TRY(token_header(cx, header, &algorithm));
    struct str text = str_sub(token, 0, head.n + 1 + body.n);
    if (!is_signed(t, algorithm, text, signature))
        return fail(cx, E_DENIED, "token: no key of ours has signed it");
    struct token_claims claims;
    TRY(token_claims(cx, payload, t->config, &claims));
    const char *fault = fault_of(t, &claims, cx->now_ms);
    if (fault)
        return fail(cx, E_DENIED, "token: %s", fault);
    *login = claims.login;
    *until_ms = until_of(&claims);
    return OK;
}

enum code token_check(struct ctx *cx, const struct tokens *t, struct str token, struct str *login,
                      int64_t *until_ms)
{
    enum code code = check(cx, t, token, login, until_ms);
    return code == OK ? OK : fail(cx, E_DENIED, "token: not good");
}
