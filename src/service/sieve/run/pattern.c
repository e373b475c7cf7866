#define PCRE2_CODE_UNIT_WIDTH 8
#include "service/sieve/run/pattern.h"

#include "base/arena.h"

#include <pcre2.h>

static pcre2_code *compile(struct str text, uint32_t options, int *error, size_t *offset)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    must(context);
    pcre2_set_parens_nest_limit(context, SIEVE_PATTERN_PARENS_MAX);
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)text.p, text.n, options, error, offset, context);
    pcre2_compile_context_free(context);
    return code;
}

struct sieve_pattern *sieve_pattern_make(struct arena *a, struct str text, bool bytes,
                                         struct str *why)
{
    if (text.n > SIEVE_PATTERN_MAX) {
        *why = str_printf(a, "it is longer than %d bytes", SIEVE_PATTERN_MAX);
        return NULL;
    }
    /* As POSIX has it: a dot is any character, a dollar the very end. */
    uint32_t options = PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
    options |= bytes ? PCRE2_NEVER_UTF : PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_CASELESS;
    int error;
    size_t offset;
    text.p = text.p ? text.p : "";
    pcre2_code *code = compile(text, options, &error, &offset);
    if (!code) {
        char words[200];
        pcre2_get_error_message(error, (PCRE2_UCHAR *)words, sizeof words);
        *why = str_printf(a, "%s, at its byte %zu", words, offset + 1);
        return NULL;
    }
    struct sieve_pattern *p = ARENA_NEW(a, struct sieve_pattern);
    p->code = code;
    return p;
}

void sieve_pattern_free(struct sieve_pattern *p)
{
    for (; p; p = p->next)
        pcre2_code_free(p->code);
}

enum sieve_pattern_found sieve_pattern_match(const struct sieve_pattern *p, struct str s,
                                             struct str matched[static SIEVE_MATCHED_MAX + 1],
                                             size_t *count)
{
    pcre2_match_data *data = pcre2_match_data_create(SIEVE_MATCHED_MAX + 1, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    must(data && context);
    pcre2_set_match_limit(context, SIEVE_PATTERN_MATCH_MAX);
    pcre2_set_depth_limit(context, SIEVE_PATTERN_DEPTH_MAX);
    pcre2_set_heap_limit(context, SIEVE_PATTERN_HEAP_MAX);
    s.p = s.p ? s.p : "";
    int got = pcre2_match(p->code, (PCRE2_SPTR)s.p, s.n, 0, 0, data, context);
    if (got >= 0) {
        *count = got == 0 ? SIEVE_MATCHED_MAX + 1 : (size_t)got;
        const size_t *ends = pcre2_get_ovector_pointer(data);
        for (size_t i = 0; i < *count; i++) {
            size_t from = ends[2 * i], to = ends[2 * i + 1];
            matched[i] =
                from == PCRE2_UNSET || to < from ? (struct str){0} : str_sub(s, from, to - from);
        }
    }
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    if (got >= 0)
        return SIEVE_FOUND;
    return got == PCRE2_ERROR_NOMATCH ? SIEVE_FOUND_NOT : SIEVE_FOUND_LIMIT;
}
