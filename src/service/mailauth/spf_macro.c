/* Macros of SPF (RFC 7208 section 7). */
#include "base/buf.h"
#include "base/cur.h"
#include "service/mailauth/spf.h"

enum { EXPANDED_MAX = 4096, PIECES_MAX = 256 };

struct macro {
    char letter;   /* lower case */
    bool escape;   /* the letter was upper case: as in a URL */
    uint32_t keep; /* so many pieces from the right; 0: all */
    bool reverse;
    struct str delimiters; /* "." when none are given */
};

static bool is_digit(char c)
{
    return ascii_is_digit(c);
}

static bool is_delimiter(char c)
{
    return str_chr(STR(".-+,/_="), c) != SIZE_MAX;
}

/* After "%{", with the brace that ends it. */
static bool macro_take(struct cur *c, bool explaining, struct macro *out)
{
    struct macro m = {.delimiters = STR(".")};
    char letter;
    if (!cur_byte(c, &letter))
        return false;
    m.letter = ascii_lower(letter);
    m.escape = m.letter != letter;
    if (str_chr(explaining ? STR("slodiphvcrt") : STR("slodiphv"), m.letter) == SIZE_MAX)
        return false;
    if (is_digit((char)cur_peek(c)) && (!cur_u32(c, &m.keep) || m.keep == 0))
        return false;
    m.reverse = cur_word(c, STR("r"));
    struct str delimiters = cur_while(c, is_delimiter);
    if (delimiters.n)
        m.delimiters = delimiters;
    *out = m;
    return cur_char(c, '}');
}

static struct str local_part(struct str address)
{
    size_t at = str_rchr(address, '@');
    return at == SIZE_MAX ? address : str_sub(address, 0, at);
}

static struct str domain_part(struct str address)
{
    size_t at = str_rchr(address, '@');
    return at == SIZE_MAX ? address : str_from(address, at + 1);
}

/* %{i}: IPv6 as nibbles with dots between. */
static struct str dotted(struct arena *a, struct ip ip)
{
    if (!ip.v6)
        return ip_text(a, ip);
    struct buf b = buf_of(a, 64);
    for (size_t i = 0; i < sizeof ip.at; i++)
        buf_printf(&b, "%s%X.%X", i ? "." : "", (unsigned)ip.at[i] >> 4, ip.at[i] & 15U);
    return buf_str(&b);
}

static struct str value_of(struct arena *a, const struct spf_macros *m, char letter)
{
    switch (letter) {
    case 's':
        return m->sender;
    case 'l':
        return local_part(m->sender);
    case 'o':
        return domain_part(m->sender);
    case 'd':
        return m->domain;
    case 'i':
        return dotted(a, m->question->client);
    case 'p':
        return m->validated.n ? m->validated : STR("unknown");
    case 'v':
        return m->question->client.v6 ? STR("ip6") : STR("in-addr");
    case 'h':
        return m->question->helo;
    case 'c':
        return ip_text(a, m->question->client);
    case 'r':
        return m->question->receiver.n ? m->question->receiver : STR("unknown");
    default:
        return str_printf(a, "%lld", (long long)(m->now_ms / 1000));
    }
}

/* Cuts at the delimiters, turns round, keeps the right ones, joins by dots. */
static struct str transformed(struct arena *a, const struct macro *m, struct str value)
{
    struct str pieces[PIECES_MAX];
    size_t count = 0, start = 0;
    for (size_t i = 0; i <= value.n && count < PIECES_MAX; i++) {
        if (i < value.n && str_chr(m->delimiters, value.p[i]) == SIZE_MAX)
            continue;
        pieces[count++] = str_sub(value, start, i - start);
        start = i + 1;
    }
    size_t kept = m->keep && m->keep < count ? m->keep : count;
    struct buf b = buf_of(a, EXPANDED_MAX);
    for (size_t i = 0; i < kept; i++) {
        size_t at = count - kept + i;
        buf_add(&b, i ? STR(".") : STR(""));
        buf_add(&b, pieces[m->reverse ? count - 1 - at : at]);
    }
    return buf_str(&b);
}

static void escaped(struct buf *b, struct str value)
{
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (ascii_is_alpha(c) || ascii_is_digit(c) || str_chr(STR("-._~"), c) != SIZE_MAX)
            buf_byte(b, c);
        else
            buf_printf(b, "%%%02X", (unsigned char)c);
    }
}

static void macro_put(struct arena *a, struct buf *b, const struct spf_macros *m,
                      const struct macro *macro)
{
    struct str value = transformed(a, macro, value_of(a, m, macro->letter));
    if (macro->escape)
        escaped(b, value);
    else
        buf_add(b, value);
}

/* After "%". */
static bool percent(struct arena *a, struct buf *b, const struct spf_macros *m, struct cur *c)
{
    struct macro macro;
    if (cur_char(c, '%'))
        buf_byte(b, '%');
    else if (cur_char(c, '_'))
        buf_byte(b, ' ');
    else if (cur_char(c, '-'))
        buf_add(b, STR("%20"));
    else if (!cur_char(c, '{') || !macro_take(c, m->explaining, &macro))
        return false;
    else
        macro_put(a, b, m, &macro);
    return true;
}

enum code spf_expand(struct ctx *cx, const struct spf_macros *m, struct str text, struct str *out)
{
    struct buf b = buf_of(cx->arena, EXPANDED_MAX);
    struct cur c = cur_of(text);
    char x;
    while (cur_byte(&c, &x)) {
        bool blank = x == ' ' && m->explaining;
        if (x == '%') {
            if (!percent(cx->arena, &b, m, &c))
                return fail(cx, E_SYNTAX, "SPF: a macro that is none");
        } else if ((x < 0x21 && !blank) || x > 0x7e) {
            return fail(cx, E_SYNTAX, "SPF: a character that may not be in a macro-string");
        } else {
            buf_byte(&b, x);
        }
    }
    if (b.overflow)
        return fail(cx, E_LIMIT, "SPF: an expansion above %d bytes", EXPANDED_MAX);
    *out = buf_str(&b);
    return OK;
}

bool spf_wants_validated(struct str text)
{
    return str_ifind(text, STR("%{p")) != SIZE_MAX;
}
