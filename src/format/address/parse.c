/* Address lists: a reader that takes what is meant rather than what is allowed. */
#include "base/buf.h"
#include "base/cur.h"
#include "format/address.h"
#include "format/charset.h"
#include "format/header.h"
#include "format/utf8.h"

enum { ROUTE_MAX = 1024 };

struct parser {
    struct arena *arena;
    struct cur c;
    struct address_list out;
    size_t room;
    bool in_group;
};

/* One address as it comes together. Words gather in run (no gap between them); a gap moves them to
   phrase, unless the next thing is a dot or an at sign. */
struct element {
    struct buf phrase, run;
    struct str comment, route, local, domain;
    bool has_at, has_angle;
    bool dotted; /* the last word was a dot with a gap in front: what comes belongs to it */
};

/* A switch, as this is asked for every byte: compilers make a bit test of it. */
static bool is_atom_char(char c)
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
    case '"':
    case 0x7f:
        return false;
    default:
        return (unsigned char)c > ' ';
    }
}

static bool is_domain_char(char c)
{
    return is_atom_char(c) && c != '[';
}

static bool is_not_bracket(char c)
{
    return c != ']' && c != '>';
}

static void push(struct parser *p, struct address x)
{
    if (p->out.count == ADDRESS_LIST_MAX) {
        p->out.cut = true;
        return;
    }
    if (p->out.count == p->room) {
        size_t room = p->room ? p->room * 2 : 2;
        p->out.at = arena_grow(p->arena, p->out.at, p->room * sizeof x, room * sizeof x);
        p->room = room;
    }
    p->out.at[p->out.count++] = x;
}

/* The text of a comment, which c stands on; nested ones keep their parentheses. */
static struct str take_comment(struct parser *p)
{
    struct str before = p->c.rest;
    struct cur c = p->c;
    size_t depth = 0;
    struct buf out = buf_of(p->arena, before.n);
    char byte;
    while (cur_byte(&c, &byte)) {
        if (byte == '\\' && cur_byte(&c, &byte)) {
            buf_byte(&out, byte);
            continue;
        }
        if (byte == ')' && --depth == 0)
            break;
        if (depth)
            buf_byte(&out, byte);
        if (byte == '(')
            depth++;
    }
    p->c = c;
    return str_trim(buf_str(&out));
}

/* Skips blanks and comments; returns whether there were any, and notes the last comment. */
static bool skip_gap(struct parser *p, struct str *comment)
{
    bool any = false;
    for (;; any = true) {
        int next = cur_peek(&p->c);
        if (next == '(')
            *comment = take_comment(p);
        else if (next >= 0 && (next <= ' ' || next == 0x7f))
            p->c.rest = str_from(p->c.rest, 1);
        else
            return any;
    }
}

/* Appends the content of a quoted string, escapes resolved; the closing quote may miss. */
static void take_quoted(struct parser *p, struct buf *out)
{
    char byte;
    p->c.rest = str_from(p->c.rest, 1);
    while (cur_byte(&p->c, &byte) && byte != '"') {
        if (byte == '\\' && !cur_byte(&p->c, &byte))
            break;
        if (byte != '\r' && byte != '\n' && byte != 0)
            buf_byte(out, byte);
    }
}

/* Takes an encoded word whole: the wild puts commas and brackets into it. */
static bool take_encoded_word(struct parser *p, struct buf *out)
{
    struct str window = str_sub(p->c.rest, 0, 1024);
    if (!str_starts(window, STR("=?")))
        return false;
    size_t charset = str_chr(str_from(window, 2), '?');
    if (charset == SIZE_MAX || str_sub(window, 2 + charset + 2, 1).n == 0 ||
        window.p[2 + charset + 2] != '?')
        return false;
    size_t text = 2 + charset + 3;
    size_t end = str_find(str_from(window, text), STR("?="));
    size_t blank = str_chr(window, ' ');
    if (end == SIZE_MAX || blank < text + end)
        return false;
    struct str word;
    if (!cur_bytes(&p->c, text + end + 2, &word))
        return false;
    buf_add(out, word);
    return true;
}

/* Takes one atom or quoted string; false before anything else. */
static bool take_word(struct parser *p, struct buf *out)
{
    if (cur_peek(&p->c) == '"') {
        take_quoted(p, out);
        return true;
    }
    if (take_encoded_word(p, out))
        return true;
    struct str atom = cur_while(&p->c, is_atom_char);
    buf_add(out, atom);
    return atom.n != 0;
}

/* Moves run to phrase, a blank between them. */
static void end_run(struct element *e)
{
    if (e->run.n == 0)
        return;
    if (e->phrase.n)
        buf_byte(&e->phrase, ' ');
    buf_add(&e->phrase, buf_str(&e->run));
    buf_reset(&e->run);
}

/* A domain or an address literal, blanks around dots taken out. */
static struct str take_domain(struct parser *p, struct str *comment)
{
    struct buf out = buf_of(p->arena, p->c.rest.n + 1);
    for (;;) {
        struct cur before = p->c;
        bool gap = skip_gap(p, comment);
        int next = cur_peek(&p->c);
        bool dotted = next == '.' || (out.n && out.p[out.n - 1] == '.');
        if (out.n && gap && !dotted) {
            p->c = next == '<' || next == ',' || next < 0 ? p->c : before;
            break;
        }
        if (next == '[') {
            buf_add(&out, cur_while(&p->c, is_not_bracket));
            if (cur_char(&p->c, ']'))
                buf_byte(&out, ']');
            continue;
        }
        struct str piece = cur_while(&p->c, is_domain_char);
        if (piece.n == 0)
            break;
        buf_add(&out, piece);
    }
    return buf_str(&out);
}

/* A copy of what a buf holds, which is used again. */
static struct str keep(struct parser *p, const struct buf *b)
{
    return b->n ? str_dup(p->arena, buf_str(b)) : (struct str){0};
}

/* "@a,@b:" in front of an address in angle brackets. */
static struct str take_route(struct parser *p)
{
    struct str route = {0}, upto = str_sub(p->c.rest, 0, ROUTE_MAX);
    size_t colon = str_chr(upto, ':'), angle = str_chr(upto, '>');
    if (cur_peek(&p->c) == '@' && colon < angle && cur_bytes(&p->c, colon, &route))
        cur_char(&p->c, ':');
    return str_trim(route);
}

/* What stands in angle brackets, c behind the first. */
static void take_angle(struct parser *p, struct element *e)
{
    struct str ignored = {0};
    while (cur_char(&p->c, '<') || skip_gap(p, &ignored))
        ;
    e->route = take_route(p);
    e->has_angle = true;
    e->has_at = false;
    buf_reset(&e->run);
    for (;;) {
        bool gap = skip_gap(p, &ignored);
        int next = cur_peek(&p->c);
        if (next < 0 || next == '>' || next == '<')
            break;
        if (gap && e->run.n && !e->has_at && next != '.' && next != '@' &&
            e->run.p[e->run.n - 1] != '.')
            buf_byte(&e->run, ' '); /* "<Jo Doe/Office@Domain>": names of other mail systems */
        if (next == '@') {
            cur_char(&p->c, '@');
            if (e->has_at) { /* "a@b@c": the last one counts */
                buf_byte(&e->run, '@');
                buf_add(&e->run, e->domain);
            }
            e->domain = take_domain(p, &ignored);
            e->has_at = true;
        } else if ((next == ',' || next == ';') && e->has_at) {
            break;
        } else if (!take_word(p, &e->run)) {
            p->c.rest = str_from(p->c.rest, 1);
        }
    }
    cur_char(&p->c, '>');
    e->local = keep(p, &e->run);
    buf_reset(&e->run);
}

static void emit(struct parser *p, struct element *e)
{
    if (e->has_at && !e->has_angle) {
        e->local = keep(p, &e->run);
        buf_reset(&e->run);
    }
    end_run(e);
    struct address x = {.kind = ADDRESS_MAILBOX,
                        .route = e->route,
                        .local = e->local,
                        .domain = e->domain,
                        .name = keep(p, &e->phrase)};
    if (!e->has_angle && !e->has_at) {
        if (x.name.n == 0)
            return;
        x.local = x.name; /* a word alone: a local user, or garbage */
        x.name = (struct str){0};
    }
    if (x.name.n == 0)
        x.name = e->comment;
    x.name = header_unfold(p->arena, x.name);
    push(p, x);
}

/* "@" after a word: the run is the local part, the phrase before it a name. */
static void take_bare_domain(struct parser *p, struct element *e)
{
    cur_char(&p->c, '@');
    if (e->has_at) {
        buf_byte(&e->run, '@');
        buf_add(&e->run, e->domain);
    }
    e->domain = take_domain(p, &e->comment);
    e->has_at = true;
    /* "a@b <a@b>": it was a name after all. */
    struct cur before = p->c;
    skip_gap(p, &e->comment);
    if (cur_peek(&p->c) == '<') {
        buf_byte(&e->run, '@');
        buf_add(&e->run, e->domain);
        end_run(e);
        return;
    }
    if (cur_peek(&p->c) >= 0)
        p->c = before;
}

/* Words until something that ends or decides the element. Returns what comes next, or -1. */
static int take_words(struct parser *p, struct element *e)
{
    for (;;) {
        bool gap = skip_gap(p, &e->comment);
        int next = cur_peek(&p->c);
        if (gap && next != '.' && next != '@' && !e->dotted)
            end_run(e);
        if (next < 0 || next == ',' || next == ';' || next == ':' || next == '<' || next == '@')
            return next;
        e->dotted = gap && next == '.';
        if (!take_word(p, &e->run))
            p->c.rest = str_from(p->c.rest, 1); /* a stray ")" or ">" */
    }
}

static void start_group(struct parser *p, struct element *e)
{
    cur_char(&p->c, ':');
    end_run(e);
    struct address x = {.kind = ADDRESS_GROUP_START, .name = keep(p, &e->phrase)};
    x.name = header_unfold(p->arena, x.name);
    p->in_group = true;
    push(p, x);
}

static void end_group(struct parser *p)
{
    if (p->in_group)
        push(p, (struct address){.kind = ADDRESS_GROUP_END});
    p->in_group = false;
}

/* One address, or a group's start. */
static void take_element(struct parser *p)
{
    struct element e = {.phrase = buf_of(p->arena, SIZE_MAX / 2),
                        .run = buf_of(p->arena, SIZE_MAX / 2)};
    for (;;) {
        int next = take_words(p, &e);
        if (next == '<') {
            take_angle(p, &e);
            skip_gap(p, &e.comment);
            break;
        }
        if (next == '@') {
            take_bare_domain(p, &e);
            if (cur_peek(&p->c) != '<' && cur_peek(&p->c) != '@')
                break;
        } else if (next == ':' && !p->in_group) {
            start_group(p, &e);
            return;
        } else if (next == ':') {
            p->c.rest = str_from(p->c.rest, 1);
        } else {
            break;
        }
    }
    emit(p, &e);
}

struct address_list address_parse(struct arena *a, struct str raw)
{
    struct parser p = {.arena = a, .c = cur_of(raw)};
    struct str ignored = {0};
    for (;;) {
        skip_gap(&p, &ignored);
        int next = cur_peek(&p.c);
        if (next < 0 || p.out.cut)
            break;
        if (next == ';') {
            cur_char(&p.c, ';');
            end_group(&p);
        } else if (next == ',') {
            cur_char(&p.c, ',');
        } else {
            take_element(&p);
        }
    }
    end_group(&p);
    return p.out;
}

struct str address_name(struct arena *a, const struct address *x)
{
    return header_text(a, x->name);
}

static bool needs_quotes(struct str local)
{
    if (local.n == 0 || local.p[0] == '.' || local.p[local.n - 1] == '.')
        return true;
    for (size_t i = 0; i < local.n; i++)
        if (!is_atom_char(local.p[i]) || memchr("[]\\", local.p[i], 3) ||
            (local.p[i] == '.' && local.p[i - 1] == '.'))
            return true;
    return false;
}

struct str address_spec(struct arena *a, const struct address *x)
{
    struct buf out = buf_of(a, SIZE_MAX / 2);
    struct str local = charset_to_utf8(a, STR(""), x->local);
    if (x->kind != ADDRESS_MAILBOX || (local.n == 0 && x->domain.n == 0))
        return (struct str){0};
    bool quotes = needs_quotes(local);
    if (quotes)
        buf_byte(&out, '"');
    for (size_t i = 0; i < local.n; i++) {
        if (quotes && (local.p[i] == '"' || local.p[i] == '\\'))
            buf_byte(&out, '\\');
        buf_byte(&out, local.p[i]);
    }
    if (quotes)
        buf_byte(&out, '"');
    if (x->domain.n) {
        buf_byte(&out, '@');
        buf_add(&out, charset_to_utf8(a, STR(""), x->domain));
    }
    return buf_str(&out);
}
