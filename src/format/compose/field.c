/* Header fields: text, addresses, ids, dates, folded at 76. */
#include "base/cur.h"
#include "format/address.h"
#include "format/compose/compose.h"
#include "format/utf8.h"

enum { LINE = 76 };

static bool is_field_name(char c)
{
    return c > ' ' && c < 0x7f && c != ':';
}

bool compose_name_ok(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!is_field_name(name.p[i]))
            return false;
    return name.n > 0 && name.n <= LINE;
}

/* One that cannot be broken: on this line, or on the next. */
static void put_token(struct buf *out, struct str token, size_t *column)
{
    if (*column + 1 + token.n > LINE && *column > 1) {
        buf_add(out, STR("\r\n "));
        *column = 0;
    } else if (*column > 1) {
        buf_byte(out, ' ');
    }
    buf_add(out, token);
    *column += token.n + 1;
}

static size_t begin(struct buf *out, struct str name)
{
    buf_add(out, name);
    buf_byte(out, ':');
    return name.n + 1;
}

/* All or nothing. */
static bool end(struct buf *out, size_t start, bool good)
{
    if (good)
        buf_add(out, STR("\r\n"));
    else
        out->n = start;
    return good;
}

static struct str without_controls(struct arena *a, struct str text)
{
    struct str clean = utf8_clean(a, text);
    struct buf b = buf_of(a, clean.n + 1);
    for (size_t i = 0; i < clean.n; i++)
        buf_byte(&b, (unsigned char)clean.p[i] < ' ' || clean.p[i] == 0x7f ? ' ' : clean.p[i]);
    return str_trim(buf_str(&b));
}

/* Words that are short enough for a line, one blank between two, and nothing like an encoded one.
 */
static bool is_plain(struct str text)
{
    size_t word = 0;
    for (size_t i = 0; i < text.n; i++) {
        bool blank = text.p[i] == ' ';
        if ((blank && word == 0) || word > LINE)
            return false;
        word = blank ? 0 : word + 1;
    }
    return utf8_is_ascii(text) && str_find(text, STR("=?")) == SIZE_MAX && word <= LINE;
}

static void put_plain(struct buf *out, struct str text, size_t *column)
{
    struct cur c = cur_of(text);
    struct str word;
    while (!cur_end(&c)) {
        if (!cur_until(&c, ' ', &word)) {
            word = c.rest;
            c.rest = (struct str){0};
        }
        put_token(out, word, column);
    }
}

bool compose_text(struct buf *out, struct str name, struct str text)
{
    size_t start = out->n;
    if (!compose_name_ok(name))
        return false;
    size_t column = begin(out, name);
    struct str clean = without_controls(out->arena, text);
    if (is_plain(clean))
        put_plain(out, clean, &column);
    else
        compose_words(out, clean, &column);
    return end(out, start, true);
}

bool compose_raw(struct buf *out, struct str name, struct str raw)
{
    size_t start = out->n, column = begin(out, name);
    bool good = compose_name_ok(name) && utf8_valid(raw);
    for (size_t i = 0; i < raw.n && good; i++) {
        unsigned char c = (unsigned char)raw.p[i];
        bool fold = c == '\r' && i + 2 < raw.n && raw.p[i + 1] == '\n' &&
                    (raw.p[i + 2] == ' ' || raw.p[i + 2] == '\t');
        good = fold ? column > 0 : (c >= ' ' || c == '\t') && c != 0x7f;
        column = fold ? 0 : column + 1;
        good &= column <= COMPOSE_LINE_MAX;
        i += fold; /* its LF */
    }
    if (good)
        buf_add(out, raw);
    return end(out, start, good);
}

bool compose_date(struct buf *out, struct str name, struct date date)
{
    size_t start = out->n;
    (void)begin(out, name);
    buf_byte(out, ' ');
    date_put_rfc5322(out, date);
    return end(out, start, compose_name_ok(name));
}

/* In angle brackets: nothing that ends them, no blanks, no controls. */
static bool fits_brackets(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '<' || s.p[i] == '>' || s.p[i] == 0x7f)
            return false;
    return s.n > 0 && s.n < COMPOSE_LINE_MAX - LINE && utf8_valid(s);
}

static bool put_bracketed(struct buf *out, struct str name, const struct str *list, size_t count,
                          const char *between)
{
    size_t start = out->n, column = begin(out, name);
    bool good = compose_name_ok(name) && count > 0;
    for (size_t i = 0; i < count && good; i++) {
        good = fits_brackets(list[i]);
        put_token(
            out, str_printf(out->arena, "<%.*s>%s", STR_ARG(list[i]), i + 1 < count ? between : ""),
            &column);
    }
    return end(out, start, good);
}

bool compose_ids(struct buf *out, struct str name, const struct str *ids, size_t count)
{
    return put_bracketed(out, name, ids, count, "");
}

bool compose_urls(struct buf *out, struct str name, const struct str *urls, size_t count)
{
    return put_bracketed(out, name, urls, count, ",");
}

static bool is_atom_char(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == ' ' ||
           str_chr(STR("!#$%&'*+-/=?^_`{|}~"), c) != SIZE_MAX;
}

/* "Jane Doe", in quotes where it must be, in words of RFC 2047 where it is not ASCII. */
static void put_phrase(struct buf *out, struct str phrase, size_t *column)
{
    struct str clean = without_controls(out->arena, phrase);
    bool atoms = true;
    for (size_t i = 0; i < clean.n; i++)
        atoms &= is_atom_char(clean.p[i]);
    if (!is_plain(clean) || clean.n > LINE - 10) {
        compose_words(out, clean, column);
    } else if (atoms) {
        put_plain(out, clean, column);
    } else {
        struct buf b = buf_of(out->arena, clean.n * 2 + 2);
        buf_byte(&b, '"');
        for (size_t i = 0; i < clean.n; i++) {
            if (clean.p[i] == '"' || clean.p[i] == '\\')
                buf_byte(&b, '\\');
            buf_byte(&b, clean.p[i]);
        }
        buf_byte(&b, '"');
        put_token(out, buf_str(&b), column);
    }
}

/* A draft may hold what is no address yet; nothing that would be another one, or another field. */
static bool email_ok(struct str email)
{
    if (address_valid(email))
        return true;
    for (size_t i = 0; i < email.n; i++)
        if ((unsigned char)email.p[i] <= ' ' || email.p[i] == 0x7f ||
            str_chr(STR("<>(),;:\\\"[]"), email.p[i]) != SIZE_MAX)
            return false;
    return email.n > 0 && email.n < COMPOSE_LINE_MAX - LINE && utf8_valid(email);
}

static bool put_address(struct buf *out, const struct compose_address *x, const char *after,
                        size_t *column)
{
    bool named = str_trim(x->name).n;
    if (!email_ok(x->email))
        return false;
    if (named)
        put_phrase(out, x->name, column);
    put_token(out, str_printf(out->arena, named ? "<%.*s>%s" : "%.*s%s", STR_ARG(x->email), after),
              column);
    return true;
}

static bool put_group(struct buf *out, const struct compose_group *g, bool last, size_t *column)
{
    bool good = true;
    if (g->named) {
        put_phrase(out, g->name.n ? g->name : STR("group"), column);
        buf_add(out, str_ends(buf_str(out), STR("?=")) ? STR(" :") : STR(":"));
        *column += 2;
    }
    for (size_t i = 0; i < g->count && good; i++) {
        bool end_of_group = i + 1 == g->count;
        const char *after = !end_of_group ? "," : g->named ? "" : last ? "" : ",";
        good = put_address(out, &g->at[i], after, column);
    }
    if (g->named)
        buf_add(out, last ? STR(";") : STR(";,"));
    *column += 2;
    return good;
}

bool compose_addresses(struct buf *out, struct str name, const struct compose_group *groups,
                       size_t count)
{
    size_t start = out->n, column = begin(out, name);
    bool good = compose_name_ok(name), any = false;
    for (size_t i = 0; i < count && good; i++) {
        bool more = false;
        for (size_t k = i + 1; k < count; k++)
            more |= groups[k].named || groups[k].count;
        any |= groups[i].named || groups[i].count;
        good = put_group(out, &groups[i], !more, &column);
    }
    return end(out, start, good && any);
}
