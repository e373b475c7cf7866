#include "proto/smtp/path.h"
#include "base/arena.h"
#include "base/buf.h"
#include "format/address.h"
#include "format/hex.h"
#include "format/utf8.h"
#include "proto/smtp/session.h"

static bool is_keyword_char(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-';
}

static bool is_value_char(char c)
{
    unsigned char u = (unsigned char)c;
    return u > 32 && u != '=' && u != 127;
}

/* A-d-l ":" of the obsolete source route, which is to be ignored (RFC 5321 appendix C). */
static bool route_skip(struct cur *c)
{
    struct cur at = *c;
    do {
        if (!cur_char(&at, '@'))
            return false;
        struct cur before = at;
        while (cur_peek(&at) >= 0 && !strchr(",:@<> \"", cur_peek(&at)))
            at.rest = str_from(at.rest, 1);
        if (at.rest.n == before.rest.n)
            return false;
    } while (cur_char(&at, ','));
    if (!cur_char(&at, ':'))
        return false;
    *c = at;
    return true;
}

/* Bytes up to the ">" that ends the path: one inside a quoted local part does not. */
static bool mailbox_until_end(struct cur *c, struct str *out)
{
    struct str s = c->rest;
    size_t i = 0;
    if (i < s.n && s.p[i] == '"') {
        for (i++; i < s.n && s.p[i] != '"'; i++)
            if (s.p[i] == '\\')
                i++;
        i++;
    }
    while (i < s.n && s.p[i] != '>')
        i++;
    if (i >= s.n)
        return false;
    *out = str_sub(s, 0, i);
    c->rest = str_from(s, i + 1);
    return true;
}

static bool is_postmaster(struct str mailbox)
{
    return str_ieq(mailbox, STR("postmaster"));
}

enum code smtp_path_take(struct ctx *cx, struct cur *c, enum path_kind kind, struct str *out)
{
    struct cur at = *c;
    struct str mailbox;
    cur_blanks(&at);
    if (!cur_char(&at, '<'))
        return fail(cx, E_SYNTAX, "path: no <");
    bool routed = cur_peek(&at) == '@';
    if (routed && !route_skip(&at))
        return fail(cx, E_SYNTAX, "path: bad source route");
    if (!mailbox_until_end(&at, &mailbox))
        return fail(cx, E_SYNTAX, "path: no >");
    bool bare = (kind == PATH_REVERSE && mailbox.n == 0 && !routed) ||
                (kind == PATH_FORWARD && is_postmaster(mailbox) && !routed);
    if (!bare && !address_valid(mailbox))
        return fail(cx, E_SYNTAX, "path: no mailbox");
    *c = at;
    *out = mailbox;
    return OK;
}

enum code smtp_param_take(struct ctx *cx, struct cur *c, struct smtp_param *out)
{
    struct cur at = *c;
    struct smtp_param p = {0};
    bool apart = cur_char(&at, ' ');
    cur_blanks(&at);
    if (!cur_end(&at)) {
        if (!apart)
            return fail(cx, E_SYNTAX, "parameter: no space before it");
        p.name = cur_while(&at, is_keyword_char);
        if (p.name.n == 0 || *p.name.p == '-')
            return fail(cx, E_SYNTAX, "parameter: no keyword");
        if (cur_char(&at, '=')) {
            p.value = cur_while(&at, is_value_char);
            if (p.value.n == 0)
                return fail(cx, E_SYNTAX, "parameter: no value");
        }
        if (!cur_end(&at) && cur_peek(&at) != ' ')
            return fail(cx, E_SYNTAX, "parameter: bad character");
    }
    *c = at;
    *out = p;
    return OK;
}

/* "+" and two upper-case digits, of which the cursor has the digits. */
static bool xtext_hex(struct cur *c, char *out)
{
    struct str two;
    if (!cur_bytes(c, 2, &two))
        return false;
    int high = hex_digit(two.p[0]), low = hex_digit(two.p[1]);
    if (high < 0 || low < 0)
        return false;
    *out = (char)(high * 16 + low);
    return true;
}

enum code smtp_xtext(struct ctx *cx, struct str in, bool utf8, struct str *out)
{
    struct buf b = buf_of(cx->arena, in.n + 1);
    struct cur c = cur_of(in);
    char x;
    while (cur_byte(&c, &x)) {
        unsigned char u = (unsigned char)x;
        if (u <= 32 || x == '=' || u == 127 || (u > 127 && !utf8))
            return fail(cx, E_SYNTAX, "xtext: bad character");
        if (x == '+' && !xtext_hex(&c, &x))
            return fail(cx, E_SYNTAX, "xtext: bad +HH");
        buf_byte(&b, x);
    }
    struct str s = buf_str(&b);
    if (!utf8_valid(s))
        return fail(cx, E_SYNTAX, "xtext: bad UTF-8");
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 32 || s.p[i] == 127)
            return fail(cx, E_SYNTAX, "xtext: control character");
    *out = s;
    return OK;
}

enum code smtp_notify(struct ctx *cx, struct str in, uint32_t *out)
{
    static const struct {
        struct str name;
        uint32_t bit;
    } words[] = {
        {STR("NEVER"), NOTIFY_NEVER},
        {STR("SUCCESS"), NOTIFY_SUCCESS},
        {STR("FAILURE"), NOTIFY_FAILURE},
        {STR("DELAY"), NOTIFY_DELAY},
    };
    struct cur c = cur_of(in);
    uint32_t bits = 0;
    do {
        struct str word = cur_while(&c, ascii_is_alpha);
        uint32_t bit = 0;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (str_ieq(word, words[i].name))
                bit = words[i].bit;
        if (!bit || bits & bit)
            return fail(cx, E_SYNTAX, "NOTIFY: unknown or repeated word");
        bits |= bit;
    } while (cur_char(&c, ','));
    if (!cur_end(&c) || (bits & NOTIFY_NEVER && bits != NOTIFY_NEVER))
        return fail(cx, E_SYNTAX, "NOTIFY: NEVER stands alone");
    *out = bits;
    return OK;
}

static bool is_atom_char(char c)
{
    return is_value_char(c) && !strchr("()<>@,;:\\\".[]+", c);
}

enum code smtp_orcpt(struct ctx *cx, struct str in, bool utf8, struct str *out)
{
    struct cur c = cur_of(in);
    struct str address;
    if (in.n > SMTP_ORCPT_MAX)
        return fail(cx, E_LIMIT, "ORCPT: more than %d bytes", SMTP_ORCPT_MAX);
    struct str type = cur_while(&c, is_atom_char);
    if (type.n == 0 || !utf8_is_ascii(type) || !cur_char(&c, ';') || cur_end(&c))
        return fail(cx, E_SYNTAX, "ORCPT: no type;address");
    TRY(smtp_xtext(cx, c.rest, utf8, &address));
    *out = str_join(cx->arena, (struct str[]){type, STR(";"), address}, 3);
    return OK;
}

bool smtp_helo_valid(struct str name)
{
    if (name.n == 0 || name.n > SMTP_HELO_MAX)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        unsigned char u = (unsigned char)name.p[i];
        if (u <= 32 || u >= 127 || strchr("()<>,;@\\\"", u))
            return false;
    }
    return true;
}
