#include "service/oauth/scope.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"

/* By the index of their bit. */
static const struct str names[SCOPES] = {
    {"openid", 6}, {"profile", 7}, {"email", 5}, {"offline_access", 14}, {"imap", 4},
    {"pop", 3},    {"smtp", 4},    {"jmap", 4},  {"sieve", 5},           {"dav", 3},
};

static const struct {
    struct str role;
    uint32_t scope;
} roles[] = {
    {{"imap", 4}, SCOPE_IMAP},         {{"imaps", 5}, SCOPE_IMAP},
    {{"pop3", 4}, SCOPE_POP},          {{"pop3s", 5}, SCOPE_POP},
    {{"mx", 2}, SCOPE_SMTP},           {{"submission", 10}, SCOPE_SMTP},
    {{"submissions", 11}, SCOPE_SMTP}, {{"managesieve", 11}, SCOPE_SIEVE},
    {{"http", 4}, SCOPE_JMAP},         {{"https", 5}, SCOPE_JMAP},
};

struct str scope_name(size_t index)
{
    return index < SCOPES ? names[index] : (struct str){0};
}

uint32_t scope_of_role(struct str role)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (str_eq(roles[i].role, role))
            return roles[i].scope;
    return 0;
}

/* RFC 6749 appendix A.4. */
static bool is_scope_char(char c)
{
    return c > ' ' && c < 127 && c != '"' && c != '\\';
}

static uint32_t bit_of(struct str word)
{
    for (size_t i = 0; i < SCOPES; i++)
        if (str_eq(names[i], word))
            return UINT32_C(1) << i;
    return 0;
}

enum code scope_parse(struct ctx *cx, struct str text, uint32_t *out)
{
    struct cur c = cur_of(text);
    uint32_t all = 0;
    if (text.n > SCOPE_TEXT_MAX)
        return fail(cx, E_LIMIT, "scope: over %d bytes", SCOPE_TEXT_MAX);
    while (!cur_end(&c)) {
        all |= bit_of(cur_while(&c, is_scope_char));
        if (!cur_end(&c) && !cur_char(&c, ' '))
            return fail(cx, E_SYNTAX, "scope: a character that cannot be");
    }
    *out = all;
    return OK;
}

struct str scope_text(struct arena *a, uint32_t scopes)
{
    struct buf b = buf_of(a, SCOPE_TEXT_MAX);
    for (size_t i = 0; i < SCOPES; i++) {
        if (!(scopes >> i & 1))
            continue;
        if (b.n)
            buf_byte(&b, ' ');
        buf_add(&b, names[i]);
    }
    return buf_str(&b);
}
