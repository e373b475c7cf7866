#include "base/arena.h"
#include "format/utf8.h"
#include "service/sieve.h"
#include "service/sieve/outcome.h"
#include "service/sieve/program.h"
#include "service/sieve/run/pattern.h"
#include "service/sieve/script/check.h"

static struct sieve_program *program_open(void)
{
    struct arena *arena = arena_open();
    struct sieve_program *p = ARENA_NEW(arena, struct sieve_program);
    atomic_init(&p->owners, 1);
    p->arena = arena;
    return p;
}

struct sieve_program *sieve_program_ref(struct sieve_program *p)
{
    atomic_fetch_add(&p->owners, 1);
    return p;
}

void sieve_program_unref(struct sieve_program *p)
{
    if (!p || atomic_fetch_sub(&p->owners, 1) != 1)
        return;
    sieve_pattern_free(p->patterns);
    arena_close(p->arena);
}

bool sieve_program_requires(const struct sieve_program *p, struct str extension)
{
    return (p->required & sieve_extension_bit(extension)) != 0;
}

/* Where a byte of the text lies. */
static struct sieve_spot spot_of(struct str text, size_t at)
{
    struct sieve_spot spot = {1, 1};
    for (size_t i = 0; i < at; i++) {
        spot.column++;
        if (text.p[i] == '\n')
            spot = (struct sieve_spot){spot.line + 1, 1};
    }
    return spot;
}

/* What holds for all of the text: its size, and UTF-8 without NUL (RFC 5228 section 2.1). */
static bool text_right(struct str text, struct sieve_report *report)
{
    if (text.n > SIEVE_SCRIPT_MAX) {
        report->limit = true;
        sieve_report_at(report, (struct sieve_spot){1, 1}, "a script has no more than %d bytes",
                        SIEVE_SCRIPT_MAX);
        return false;
    }
    size_t nul = str_chr(text, '\0');
    if (nul != SIZE_MAX) {
        sieve_report_at(report, spot_of(text, nul), "a NUL byte may not be in a script");
        return false;
    }
    struct cur c = cur_of(text);
    for (uint32_t code; utf8_next(&c, &code);)
        ;
    if (cur_end(&c))
        return true;
    sieve_report_at(report, spot_of(text, text.n - c.rest.n), "this is not UTF-8");
    return false;
}

static void sort_problems(struct sieve_problems *problems)
{
    for (size_t i = 1; i < problems->count; i++)
        for (size_t j = i; j && problems->at[j].line < problems->at[j - 1].line; j--) {
            struct sieve_problem swap = problems->at[j];
            problems->at[j] = problems->at[j - 1];
            problems->at[j - 1] = swap;
        }
}

enum code sieve_compile(struct ctx *cx, struct str text, const struct sieve_options *options,
                        struct sieve_program **out, struct sieve_problems *problems)
{
    static const struct sieve_options all = {0};
    options = options ? options : &all;
    *problems = (struct sieve_problems){0};
    struct sieve_report report = {.arena = cx->arena, .to = problems};
    struct sieve_program *p AUTO(sieve_program_unref) = program_open();
    p->refused = options->refused;
    p->redirects_max = options->redirects_max ? options->redirects_max : SIEVE_REDIRECTS_MAX;
    struct sieve_node *first = NULL;
    if (text_right(text, &report) &&
        sieve_parse(p->arena, str_dup(p->arena, text), &report, &first)) {
        struct sieve_check k = {
            .arena = p->arena, .report = &report, .program = p, .refused = options->refused};
        sieve_check_block(&k, first);
        p->required = k.required;
    }
    sort_problems(problems);
    if (report.limit)
        return fail(cx, E_LIMIT, "sieve: a script over a limit");
    if (problems->count)
        return fail(cx, E_SYNTAX, "sieve: a script with %zu problems", problems->count);
    p->first = first;
    *out = p;
    p = NULL;
    return OK;
}
