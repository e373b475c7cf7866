/* Content-Type and Content-Disposition: tokens and parameters (RFC 2045, 2183, 2231). */
#include "base/buf.h"
#include "format/charset.h"
#include "format/header.h"
#include "format/hex.h"

enum { SECTIONS_MAX = 1000 };

/* One "name*3*=value" as written. */
struct piece {
    struct str name, value;
    uint32_t section;
    bool numbered, extended;
};

struct pieces {
    struct piece *at;
    size_t count, room;
};

static void push(struct arena *a, struct pieces *all, struct piece p)
{
    if (all->count == all->room) {
        size_t room = all->room ? all->room * 2 : 4;
        all->at = arena_grow(a, all->at, all->room * sizeof p, room * sizeof p);
        all->room = room;
    }
    all->at[all->count++] = p;
}

/* s in lower case; s itself when it is already. */
static struct str lower(struct arena *a, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 'A' && s.p[i] <= 'Z')
            return str_lower(a, s);
    return s;
}

/* A switch, as this is asked for every byte: compilers make a bit test of it. */
static bool is_token_char(char c)
{
    switch (c) {
    case '(':
    case ')':
    case '<':
    case '>':
    case '@':
    case ',':
    case ';':
    case ':':
    case '\\':
    case '"':
    case '/':
    case '[':
    case ']':
    case '?':
    case '=':
    case 0x7f:
        return false;
    default:
        return (unsigned char)c > ' ';
    }
}

/* As a token, but all that the wild puts there. */
static bool is_loose_char(char c)
{
    return (unsigned char)c > ' ' && c != ';' && c != '"' && c != '(';
}

static bool is_not_semicolon(char c)
{
    return c != ';';
}

/* A quoted string with its escapes resolved and its folds taken out; the closing quote may miss. */
static struct str quoted(struct arena *a, struct cur *c)
{
    struct str s = str_from(c->rest, 1);
    size_t end = 0, n = 0;
    while (end < s.n && s.p[end] != '"')
        end += s.p[end] == '\\' ? 2 : 1;
    c->rest = str_from(s, end + 1);
    s = str_sub(s, 0, end);
    char *out = arena_alloc(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n)
            i++;
        if (s.p[i] != '\r' && s.p[i] != '\n' && s.p[i] != 0)
            out[n++] = s.p[i];
    }
    return str_of(out, n);
}

/* File names come without quotes and with blanks in them. */
static bool may_hold_blanks(struct str name)
{
    return str_starts(name, STR("name")) || str_starts(name, STR("filename"));
}

static struct str param_value(struct arena *a, struct cur *c, struct str name)
{
    header_skip_cfws(c);
    if (cur_peek(c) == '"')
        return quoted(a, c);
    if (!may_hold_blanks(name))
        return header_unfold(a, cur_while(c, is_loose_char));
    return header_unfold(a, str_trim(cur_while(c, is_not_semicolon)));
}

/* Splits "name*3*" into its parts. */
static void split_name(struct piece *p)
{
    size_t star = str_chr(p->name, '*');
    if (star == SIZE_MAX)
        return;
    struct str rest = str_from(p->name, star + 1);
    p->name = str_sub(p->name, 0, star);
    if (str_ends(rest, STR("*")))
        rest.n--, p->extended = true;
    uint64_t section;
    if (rest.n == 0)
        p->extended = true;
    else if (str_u64(rest, &section) && section < SECTIONS_MAX)
        p->section = (uint32_t)section, p->numbered = true;
}

/* Takes the parameters; what is none is skipped up to the next semicolon. */
static struct pieces take_pieces(struct arena *a, struct cur *c)
{
    struct pieces all = {0};
    while (!cur_end(c) && all.count < HEADER_PARAMS_MAX) {
        header_skip_cfws(c);
        if (cur_char(c, ';'))
            continue;
        struct piece p = {.name = cur_while(c, is_token_char)};
        header_skip_cfws(c);
        if (p.name.n == 0 || !cur_char(c, '=')) {
            cur_while(c, is_not_semicolon);
            continue;
        }
        p.name = lower(a, p.name);
        p.value = param_value(a, c, p.name);
        split_name(&p);
        push(a, &all, p);
    }
    return all;
}

static void percent_decode(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        int high = i + 2 < s.n && s.p[i] == '%' ? hex_digit(s.p[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(s.p[i + 2]) : -1;
        if (low >= 0) {
            buf_byte(out, (char)(high * 16 + low));
            i += 2;
        } else {
            buf_byte(out, s.p[i]);
        }
    }
}

static void percent_encode(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (is_token_char(s.p[i]) && !memchr("*'%", s.p[i], 3))
            buf_byte(out, s.p[i]);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)s.p[i]);
    }
}

/* Takes "charset'language'" off the start of an extended value; false if it is not there. */
static bool split_charset(struct str *value, struct str *charset)
{
    size_t first = str_chr(*value, '\'');
    if (first == SIZE_MAX)
        return false;
    size_t second = str_chr(str_from(*value, first + 1), '\'');
    if (second == SIZE_MAX)
        return false;
    *charset = str_sub(*value, 0, first);
    *value = str_from(*value, first + 1 + second + 1);
    return true;
}

/* The piece with that number of the parameter, or NULL. Number 0 is also "name*" and "name". */
static const struct piece *find_piece(const struct pieces *all, struct str name, uint32_t section)
{
    const struct piece *found = NULL;
    for (size_t i = 0; i < all->count; i++) {
        const struct piece *p = &all->at[i];
        if (!str_eq(p->name, name) || p->section != section || (section && !p->numbered))
            continue;
        /* The extended form wins over a plain one kept for old readers (RFC 2231, 5987). */
        if (!found || (p->extended && !found->extended))
            found = p;
    }
    return found;
}

/* Joins the pieces of one parameter, from the given first one on. */
static void join(struct arena *a, const struct pieces *all, const struct piece *first,
                 struct header_param *out)
{
    struct buf raw = buf_of(a, SIZE_MAX / 2), bytes = buf_of(a, SIZE_MAX / 2);
    struct str charset = {0};
    bool extended = false;
    for (uint32_t section = 0; section <= all->count; section++) {
        const struct piece *p = section ? find_piece(all, first->name, section) : first;
        if (!p)
            break;
        extended |= p->extended;
    }
    for (uint32_t section = 0; section <= all->count; section++) {
        const struct piece *p = section ? find_piece(all, first->name, section) : first;
        if (!p)
            break;
        struct str value = p->value;
        if (p->extended && section == 0)
            split_charset(&value, &charset);
        if (p->extended) {
            buf_add(&raw, p->value);
            percent_decode(&bytes, value);
        } else {
            if (section == 0 && extended)
                buf_add(&raw, STR("''"));
            extended ? percent_encode(&raw, value) : buf_add(&raw, value);
            buf_add(&bytes, value);
        }
    }
    out->raw = buf_str(&raw);
    out->extended = extended;
    out->value =
        extended ? charset_to_utf8(a, charset, buf_str(&bytes)) : header_text(a, buf_str(&bytes));
}

/* A parameter that came in one piece, as most do. */
static void take_single(struct arena *a, const struct piece *p, struct header_param *out)
{
    out->raw = p->value;
    out->value = header_text(a, p->value);
}

static bool has_sections(const struct pieces *all)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->at[i].numbered || all->at[i].extended)
            return true;
    return false;
}

static bool is_done(const struct header_content *out, struct str name)
{
    for (size_t i = 0; i < out->count; i++)
        if (str_eq(out->params[i].name, name))
            return true;
    return false;
}

static void take_params(struct arena *a, struct cur *c, struct header_content *out)
{
    struct pieces all = take_pieces(a, c);
    bool sections = has_sections(&all);
    if (all.count)
        out->params = ARENA_ARRAY(a, all.count, struct header_param);
    for (size_t i = 0; i < all.count; i++) {
        struct piece *p = &all.at[i];
        if (is_done(out, p->name))
            continue;
        struct header_param *param = &out->params[out->count];
        const struct piece *first = sections ? find_piece(&all, p->name, 0) : p;
        if (!first)
            first = p; /* the first piece is lost: what is there, as it is */
        param->name = p->name;
        if (sections)
            join(a, &all, first, param);
        else
            take_single(a, p, param);
        out->count++;
    }
}

/* A token in lower case. */
static struct str token(struct arena *a, struct cur *c)
{
    header_skip_cfws(c);
    struct str t = cur_while(c, is_token_char);
    return lower(a, t);
}

bool header_content_type(struct arena *a, struct str raw, struct header_content *out)
{
    struct cur c = cur_of(raw);
    struct header_content made = {.type = token(a, &c)};
    header_skip_cfws(&c);
    if (made.type.n && cur_char(&c, '/'))
        made.subtype = token(a, &c);
    if (made.subtype.n == 0) {
        *out = (struct header_content){0};
        return false;
    }
    take_params(a, &c, &made);
    *out = made;
    return true;
}

bool header_disposition(struct arena *a, struct str raw, struct header_content *out)
{
    struct cur c = cur_of(raw);
    struct header_content made = {.type = token(a, &c)};
    /* "filename=x" without a type in front of it. */
    if (made.type.n && cur_peek(&c) == '=') {
        c = cur_of(raw);
        made.type = STR("attachment");
    }
    if (made.type.n == 0) {
        *out = (struct header_content){0};
        return false;
    }
    take_params(a, &c, &made);
    *out = made;
    return true;
}

struct str header_param(const struct header_content *content, struct str name)
{
    for (size_t i = 0; i < content->count; i++)
        if (str_eq(content->params[i].name, name))
            return content->params[i].value;
    return (struct str){0};
}
