#include "base/buf.h"
#include "format/utf8.h"
#include "service/sieve/script/syntax.h"

#include <stdarg.h>
#include <stdio.h>

void sieve_report_at(struct sieve_report *report, struct sieve_spot spot, const char *format, ...)
{
    struct sieve_problems *to = report->to;
    if (to->count == SIEVE_PROBLEMS_MAX)
        return;
    char line[300];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    struct sieve_problem *p = &to->at[to->count++];
    p->line = spot.line;
    p->column = spot.column;
    p->text = utf8_clean(report->arena, str_dup(report->arena, str_z(line)));
}

struct sieve_lexer sieve_lexer_of(struct arena *a, struct str text, struct sieve_report *report)
{
    return (struct sieve_lexer){
        .arena = a, .report = report, .at = cur_of(text), .size = text.n, .line = 1};
}

static size_t offset(const struct sieve_lexer *l)
{
    return l->size - l->at.rest.n;
}

static struct sieve_spot here(const struct sieve_lexer *l)
{
    return (struct sieve_spot){l->line, (uint32_t)(offset(l) - l->line_start) + 1};
}

/* Counts the lines in what was taken, which ends where the cursor stands. */
static void count_lines(struct sieve_lexer *l, struct str taken)
{
    size_t end = offset(l), at = end - taken.n;
    for (size_t i; (i = str_chr(taken, '\n')) != SIZE_MAX;) {
        l->line++;
        at += i + 1;
        l->line_start = at;
        taken = str_from(taken, i + 1);
    }
}

static bool bracket_comment(struct sieve_lexer *l)
{
    struct sieve_spot start = here(l);
    size_t end = str_find(str_from(l->at.rest, 2), STR("*/"));
    if (end == SIZE_MAX) {
        sieve_report_at(l->report, start, "this comment has no end: \"*/\" is missing");
        return false;
    }
    struct str taken;
    must(cur_bytes(&l->at, end + 4, &taken));
    count_lines(l, taken);
    return true;
}

/* Blanks, line ends and comments (RFC 5228 section 2.3). */
static bool skip_blanks(struct sieve_lexer *l)
{
    for (;;) {
        struct str blanks = cur_while(&l->at, ascii_is_space);
        count_lines(l, blanks);
        if (cur_peek(&l->at) == '#') {
            size_t end = str_chr(l->at.rest, '\n');
            struct str comment;
            must(cur_bytes(&l->at, end == SIZE_MAX ? l->at.rest.n : end, &comment));
        } else if (str_starts(l->at.rest, STR("/*"))) {
            if (!bracket_comment(l))
                return false;
        } else {
            return true;
        }
    }
}

static bool is_word_start(char c)
{
    return ascii_is_alpha(c) || c == '_';
}

static bool is_word(char c)
{
    return is_word_start(c) || ascii_is_digit(c);
}

static bool number(struct sieve_lexer *l, struct sieve_token *out)
{
    out->kind = SIEVE_TOKEN_NUMBER;
    unsigned shift = 0;
    bool fits = cur_u64(&l->at, &out->number);
    if (cur_word(&l->at, STR("K")))
        shift = 10;
    else if (cur_word(&l->at, STR("M")))
        shift = 20;
    else if (cur_word(&l->at, STR("G")))
        shift = 30;
    if (!fits || out->number > ((uint64_t)INT64_MAX >> shift)) {
        sieve_report_at(l->report, out->spot, "this number is too large");
        return false;
    }
    out->number <<= shift;
    if (cur_peek(&l->at) >= 0 && is_word((char)cur_peek(&l->at))) {
        sieve_report_at(l->report, here(l),
                        "a number may end with K, M or G, and with nothing else");
        return false;
    }
    return true;
}

static bool quoted(struct sieve_lexer *l, struct sieve_token *out)
{
    out->kind = SIEVE_TOKEN_STRING;
    struct str all = l->at.rest;
    must(cur_char(&l->at, '"'));
    struct buf b = buf_of(l->arena, all.n);
    char c;
    while (cur_byte(&l->at, &c)) {
        if (c == '"') {
            out->text = buf_str(&b);
            count_lines(l, str_sub(all, 0, all.n - l->at.rest.n));
            return true;
        }
        if (c == '\\' && !cur_byte(&l->at, &c))
            break;
        buf_byte(&b, c);
    }
    sieve_report_at(l->report, out->spot, "this string has no end: a quotation mark is missing");
    return false;
}

/* "text:" to a line with nothing but a dot (RFC 5228 section 2.4.2). */
static bool multi_line(struct sieve_lexer *l, struct sieve_token *out)
{
    out->kind = SIEVE_TOKEN_STRING;
    struct str all = l->at.rest, line;
    cur_blanks(&l->at);
    if (cur_peek(&l->at) == '#' && cur_line(&l->at, &line)) {
        line = (struct str){0};
    } else if (!cur_line(&l->at, &line) || line.n) {
        sieve_report_at(l->report, out->spot, "behind \"text:\" the line must end");
        return false;
    }
    struct buf b = buf_of(l->arena, all.n + 2);
    while (l->at.rest.n) {
        struct str rest = l->at.rest;
        if (!cur_line(&l->at, &line))
            must(cur_bytes(&l->at, l->at.rest.n, &line));
        if (str_eq(line, STR("."))) {
            out->text = buf_str(&b);
            count_lines(l, str_sub(all, 0, all.n - l->at.rest.n));
            return true;
        }
        size_t dot = str_starts(line, STR("..")) ? 1 : 0;
        buf_add(&b, str_sub(rest, dot, rest.n - l->at.rest.n - dot));
    }
    sieve_report_at(l->report, out->spot,
                    "this text has no end: a line with nothing but a dot is missing");
    return false;
}

static bool word(struct sieve_lexer *l, struct sieve_token *out)
{
    out->text = cur_while(&l->at, is_word);
    out->kind = SIEVE_TOKEN_WORD;
    if (str_ieq(out->text, STR("text")) && cur_char(&l->at, ':'))
        return multi_line(l, out);
    return true;
}

static bool tag(struct sieve_lexer *l, struct sieve_token *out)
{
    must(cur_char(&l->at, ':'));
    int c = cur_peek(&l->at);
    if (c < 0 || !is_word_start((char)c)) {
        sieve_report_at(l->report, out->spot, "a name must follow the colon");
        return false;
    }
    out->kind = SIEVE_TOKEN_TAG;
    out->text = cur_while(&l->at, is_word);
    return true;
}

bool sieve_lex(struct sieve_lexer *l, struct sieve_token *out)
{
    *out = (struct sieve_token){0};
    if (!skip_blanks(l))
        return false;
    out->spot = here(l);
    int c = cur_peek(&l->at);
    if (c < 0)
        return true;
    if (is_word_start((char)c))
        return word(l, out);
    if (ascii_is_digit((char)c))
        return number(l, out);
    if (c == '"')
        return quoted(l, out);
    if (c == ':')
        return tag(l, out);
    if (str_chr(STR("[](){},;"), (char)c) != SIZE_MAX) {
        out->kind = SIEVE_TOKEN_MARK;
        return cur_byte(&l->at, &out->mark);
    }
    if (c > ' ' && c < 0x7f)
        sieve_report_at(l->report, out->spot, "\"%c\" has no meaning here", c);
    else
        sieve_report_at(l->report, out->spot, "the byte 0x%02x has no meaning here", (unsigned)c);
    return false;
}
