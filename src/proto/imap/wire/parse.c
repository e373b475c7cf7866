#include "proto/imap/wire/parse.h"
#include "base/buf.h"
#include "core/item.h"
#include "format/date.h"
#include "proto/imap/session.h"

bool imap_sp(struct cur *c)
{
    return cur_char(c, ' ');
}

bool imap_is_atom_char(char c)
{
    switch (c) {
    case '(':
    case ')':
    case '{':
    case '%':
    case '*':
    case '"':
    case '\\':
    case ']':
        return false;
    default:
        return c > ' ' && c < 0x7f;
    }
}

static bool is_astring_char(char c)
{
    return c == ']' || imap_is_atom_char(c);
}

static bool is_tag_char(char c)
{
    return c != '+' && is_astring_char(c);
}

static bool is_pattern_char(char c)
{
    return c == '%' || c == '*' || is_astring_char(c);
}

static bool taken(struct cur *c, bool (*is)(char), struct str *out)
{
    struct cur ahead = *c;
    struct str word = cur_while(&ahead, is);
    if (!word.n)
        return false;
    *c = ahead;
    *out = word;
    return true;
}

bool imap_atom(struct cur *c, struct str *out)
{
    return taken(c, imap_is_atom_char, out);
}

bool imap_tag(struct cur *c, struct str *out)
{
    struct cur ahead = *c;
    if (!taken(&ahead, is_tag_char, out) || out->n > IMAP_TAG_MAX)
        return false;
    *c = ahead;
    return true;
}

/* The bytes between the quotes with backslashes taken off. */
static struct str unescaped(struct arena *a, struct str raw)
{
    struct buf b = buf_of(a, raw.n);
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] == '\\')
            i++;
        buf_byte(&b, raw.p[i]);
    }
    return buf_str(&b);
}

static bool quoted(struct arena *a, struct cur *c, struct str *out)
{
    struct cur ahead = *c;
    if (!cur_char(&ahead, '"'))
        return false;
    struct str rest = ahead.rest;
    bool escapes = false;
    size_t n = 0;
    for (; n < rest.n && rest.p[n] != '"'; n++) {
        if (rest.p[n] == '\r' || rest.p[n] == '\n' || rest.p[n] == '\0')
            return false;
        if (rest.p[n] != '\\')
            continue;
        escapes = true;
        n++;
        if (n == rest.n || (rest.p[n] != '"' && rest.p[n] != '\\'))
            return false;
    }
    if (n >= rest.n)
        return false;
    struct str raw = str_sub(rest, 0, n);
    c->rest = str_from(rest, n + 1);
    *out = escapes ? unescaped(a, raw) : raw;
    return true;
}

bool imap_literal(struct cur *c, struct str *out)
{
    struct cur ahead = *c;
    uint64_t n;
    (void)cur_char(&ahead, '~');
    if (!cur_char(&ahead, '{') || !cur_u64(&ahead, &n))
        return false;
    (void)cur_char(&ahead, '+');
    if (!cur_char(&ahead, '}'))
        return false;
    (void)cur_char(&ahead, '\r');
    if (!cur_char(&ahead, '\n') || n > SIZE_MAX || !cur_bytes(&ahead, (size_t)n, out))
        return false;
    *c = ahead;
    return true;
}

bool imap_string(struct arena *a, struct cur *c, struct str *out)
{
    return quoted(a, c, out) || (cur_peek(c) == '{' && imap_literal(c, out));
}

bool imap_nstring(struct arena *a, struct cur *c, struct str *out)
{
    struct cur ahead = *c;
    if (cur_word(&ahead, STR("NIL")) &&
        (cur_end(&ahead) || !is_astring_char((char)cur_peek(&ahead)))) {
        *c = ahead;
        *out = (struct str){0};
        return true;
    }
    return imap_string(a, c, out);
}

bool imap_astring(struct arena *a, struct cur *c, struct str *out)
{
    return taken(c, is_astring_char, out) || imap_string(a, c, out);
}

bool imap_pattern(struct arena *a, struct cur *c, struct str *out)
{
    return taken(c, is_pattern_char, out) || imap_string(a, c, out);
}

bool imap_flag(struct cur *c, struct str *out)
{
    struct cur ahead = *c;
    bool system = cur_char(&ahead, '\\');
    struct str name;
    if (system && cur_char(&ahead, '*'))
        name = STR("*");
    else if (!imap_atom(&ahead, &name))
        return false;
    *out = system ? str_of(name.p - 1, name.n + 1) : name;
    if (system && str_eq(name, STR("*")))
        *out = STR("\\*");
    *c = ahead;
    return true;
}

bool imap_date(struct cur *c, int64_t *out)
{
    struct cur ahead = *c;
    struct str text;
    if (cur_char(&ahead, '"')) {
        if (!cur_until(&ahead, '"', &text))
            return false;
    } else if (!imap_atom(&ahead, &text)) {
        return false;
    }
    if (!date_parse_imap_day(text, out))
        return false;
    *c = ahead;
    return true;
}

bool imap_modseq(struct cur *c, uint64_t *out)
{
    struct cur ahead = *c;
    if (!cur_u64(&ahead, out) || *out > INT64_MAX)
        return false;
    *c = ahead;
    return true;
}

static const struct {
    struct str name;
    uint32_t bit;
} system_flags[] = {
    {STR("\\Seen"), FLAG_SEEN},       {STR("\\Answered"), FLAG_ANSWERED},
    {STR("\\Flagged"), FLAG_FLAGGED}, {STR("\\Deleted"), FLAG_DELETED},
    {STR("\\Draft"), FLAG_DRAFT},
};

uint32_t imap_flag_bit(struct str name)
{
    for (size_t i = 0; i < sizeof system_flags / sizeof *system_flags; i++)
        if (str_ieq(name, system_flags[i].name))
            return system_flags[i].bit;
    return 0;
}

static enum code flag_add(struct ctx *cx, struct str name, struct imap_flags *out)
{
    uint32_t bit = imap_flag_bit(name);
    out->flags |= bit;
    if (bit)
        return OK;
    if (str_ieq(name, STR("\\Recent"))) {
        out->recent = true;
        return OK;
    }
    if (name.p[0] == '\\')
        return fail(cx, E_SYNTAX, "no such system flag");
    if (name.n > ITEM_KEYWORD_MAX || out->keyword_count == IMAP_KEYWORDS_MAX)
        return fail(cx, E_LIMIT, "too many keywords or too long ones");
    for (size_t i = 0; i < out->keyword_count; i++)
        if (str_ieq(out->keywords[i], name))
            return OK;
    if (!out->keywords)
        out->keywords = ARENA_ARRAY(cx->arena, IMAP_KEYWORDS_MAX, struct str);
    out->keywords[out->keyword_count++] = name;
    return OK;
}

enum code imap_flag_list(struct ctx *cx, struct cur *c, bool bare_ok, struct imap_flags *out)
{
    struct cur ahead = *c;
    struct imap_flags flags = {0};
    bool brackets = cur_char(&ahead, '(');
    if (!brackets && !bare_ok)
        return fail(cx, E_SYNTAX, "flags in brackets expected");
    if (!brackets || cur_peek(&ahead) != ')') {
        do {
            struct str name;
            if (!imap_flag(&ahead, &name))
                return fail(cx, E_SYNTAX, "flag expected");
            TRY(flag_add(cx, name, &flags));
        } while (imap_sp(&ahead));
    }
    if (brackets && !cur_char(&ahead, ')'))
        return fail(cx, E_SYNTAX, "closing bracket expected after flags");
    *c = ahead;
    *out = flags;
    return OK;
}
