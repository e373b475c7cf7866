#include "base/arena.h"
#include "service/sieve/script/syntax.h"
#include "service/sieve/script/word.h"

/* The grammar of RFC 5228 section 8.2, which needs no command's name: what a name means, and
   which arguments it takes, is check.c's. */

struct parser {
    struct arena *arena;
    struct sieve_lexer lexer;
    struct sieve_token token; /* the next one */
    size_t nodes;
};

static bool advance(struct parser *p)
{
    return sieve_lex(&p->lexer, &p->token);
}

static bool at_mark(const struct parser *p, char mark)
{
    return p->token.kind == SIEVE_TOKEN_MARK && p->token.mark == mark;
}

/* What was met, for a problem's text. */
static const char *met(struct parser *p)
{
    const struct sieve_token *t = &p->token;
    switch (t->kind) {
    case SIEVE_TOKEN_END:
        return "the end of the script";
    case SIEVE_TOKEN_WORD:
        return str_zdup(p->arena, str_printf(p->arena, "\"%.*s\"", STR_ARG(t->text)));
    case SIEVE_TOKEN_TAG:
        return str_zdup(p->arena, str_printf(p->arena, "\":%.*s\"", STR_ARG(t->text)));
    case SIEVE_TOKEN_NUMBER:
        return "a number";
    case SIEVE_TOKEN_STRING:
        return "a string";
    case SIEVE_TOKEN_MARK:
        return str_zdup(p->arena, str_printf(p->arena, "\"%c\"", t->mark));
    }
    return "";
}

static bool expected(struct parser *p, const char *what)
{
    sieve_report_at(p->lexer.report, p->token.spot, "%s was expected here, not %s", what, met(p));
    return false;
}

static bool limit(struct parser *p, const char *what, int most)
{
    p->lexer.report->limit = true;
    sieve_report_at(p->lexer.report, p->token.spot, "%s: no more than %d", what, most);
    return false;
}

/* Room for one more at the end of an array that doubles. */
static void *room(struct arena *a, void *array, size_t count, size_t size)
{
    if (count & (count - 1))
        return array;
    return arena_grow(a, array, count * size, (count ? 2 * count : 1) * size);
}

static void add_string(struct parser *p, struct sieve_arg *arg)
{
    arg->strings = room(p->arena, arg->strings, arg->count, sizeof *arg->strings);
    arg->strings[arg->count++] = p->token.text;
}

static bool string_list(struct parser *p, struct sieve_arg *arg)
{
    arg->kind = SIEVE_ARG_STRINGS;
    arg->list = true;
    if (!advance(p))
        return false;
    if (at_mark(p, ']'))
        return advance(p); /* no list of RFC 5228; check.c says so where it matters */
    for (;;) {
        if (p->token.kind != SIEVE_TOKEN_STRING)
            return expected(p, "a string");
        add_string(p, arg);
        if (!advance(p))
            return false;
        if (at_mark(p, ']'))
            return advance(p);
        if (!at_mark(p, ','))
            return expected(p, "\",\" or \"]\"");
        if (!advance(p))
            return false;
    }
}

/* One argument, if one comes: *none tells that none does. */
static bool argument(struct parser *p, struct sieve_arg *arg, bool *none)
{
    *arg = (struct sieve_arg){.spot = p->token.spot};
    *none = false;
    switch (p->token.kind) {
    case SIEVE_TOKEN_TAG:
        arg->tag = p->token.text;
        return advance(p);
    case SIEVE_TOKEN_NUMBER:
        arg->kind = SIEVE_ARG_NUMBER;
        arg->number = p->token.number;
        return advance(p);
    case SIEVE_TOKEN_STRING:
        arg->kind = SIEVE_ARG_STRINGS;
        add_string(p, arg);
        return advance(p);
    case SIEVE_TOKEN_MARK:
        if (p->token.mark == '[')
            return string_list(p, arg);
        break;
    case SIEVE_TOKEN_END:
    case SIEVE_TOKEN_WORD:
        break;
    }
    *none = true;
    return true;
}

static bool new_node(struct parser *p, struct sieve_node **out)
{
    if (++p->nodes > SIEVE_NODES_MAX)
        return limit(p, "commands and tests in a script", SIEVE_NODES_MAX);
    *out = ARENA_NEW(p->arena, struct sieve_node);
    (*out)->name = p->token.text;
    (*out)->spot = p->token.spot;
    return advance(p);
}

static bool tests(struct parser *p, struct sieve_node *of, int depth);

/* What stands between a command's or a test's name and its end. */
static bool arguments(struct parser *p, struct sieve_node *node, int depth)
{
    struct sieve_arg arg;
    for (bool none;;) {
        if (!argument(p, &arg, &none))
            return false;
        if (none)
            break;
        node->args = room(p->arena, node->args, node->arg_count, sizeof *node->args);
        node->args[node->arg_count++] = arg;
    }
    return tests(p, node, depth);
}

static bool test(struct parser *p, struct sieve_node **out, int depth)
{
    if (p->token.kind != SIEVE_TOKEN_WORD)
        return expected(p, "a test");
    return new_node(p, out) && arguments(p, *out, depth);
}

/* A command that stands where a test could: what was meant is a semicolon, which is told better
   than "this is no test". */
static bool is_next_command(const struct parser *p, const struct sieve_node *of)
{
    const struct sieve_word *word = sieve_command_find(of->name);
    word = word ? word : sieve_test_find(of->name);
    bool wants_tests = word && (str_chr(str_z(word->takes), 't') != SIZE_MAX ||
                                str_chr(str_z(word->takes), 'T') != SIZE_MAX);
    return !wants_tests && p->token.kind == SIEVE_TOKEN_WORD && sieve_command_find(p->token.text) &&
           !sieve_test_find(p->token.text);
}

static bool tests(struct parser *p, struct sieve_node *of, int depth)
{
    if (is_next_command(p, of))
        return true;
    if (p->token.kind != SIEVE_TOKEN_WORD && !at_mark(p, '('))
        return true;
    if (depth == SIEVE_DEPTH_MAX)
        return limit(p, "blocks and tests in each other", SIEVE_DEPTH_MAX);
    struct sieve_node **end = &of->tests;
    if (!at_mark(p, '('))
        return test(p, end, depth + 1);
    of->test_list = true;
    do {
        if (!advance(p) || !test(p, end, depth + 1))
            return false;
        end = &(*end)->next;
    } while (at_mark(p, ','));
    return at_mark(p, ')') ? advance(p) : expected(p, "\",\" or \")\"");
}

static bool commands(struct parser *p, struct sieve_node **out, int depth);

static bool command(struct parser *p, struct sieve_node **out, int depth)
{
    if (p->token.kind != SIEVE_TOKEN_WORD)
        return expected(p, "a command");
    if (!new_node(p, out) || !arguments(p, *out, depth))
        return false;
    if (at_mark(p, ';'))
        return advance(p);
    if (!at_mark(p, '{'))
        return expected(p, (*out)->tests ? "\"{\"" : "\";\"");
    if (depth == SIEVE_DEPTH_MAX)
        return limit(p, "blocks and tests in each other", SIEVE_DEPTH_MAX);
    (*out)->has_block = true;
    if (!advance(p) || !commands(p, &(*out)->block, depth + 1))
        return false;
    return at_mark(p, '}') ? advance(p) : expected(p, "a command or \"}\"");
}

static bool commands(struct parser *p, struct sieve_node **out, int depth)
{
    while (p->token.kind != SIEVE_TOKEN_END && !at_mark(p, '}')) {
        if (!command(p, out, depth))
            return false;
        out = &(*out)->next;
    }
    return true;
}

bool sieve_parse(struct arena *a, struct str text, struct sieve_report *report,
                 struct sieve_node **out)
{
    struct parser p = {.arena = a, .lexer = sieve_lexer_of(a, text, report)};
    struct sieve_node *first = NULL;
    if (!advance(&p) || !commands(&p, &first, 0))
        return false;
    if (p.token.kind != SIEVE_TOKEN_END)
        return expected(&p, "a command");
    *out = first;
    return true;
}
