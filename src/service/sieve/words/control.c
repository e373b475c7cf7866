#include "service/sieve/run/run.h"
#include "service/sieve/script/check.h"
#include "service/sieve/script/words.h"

/* if with its elsifs and else, require, stop, and the tests that join tests (RFC 5228). */

enum sieve_flow sieve_require_run(struct sieve_run *r, const struct sieve_node *n)
{
    (void)r;
    (void)n; /* require was for check.c; elsif and else are gone through by their if */
    return SIEVE_ON;
}

enum sieve_flow sieve_stop_run(struct sieve_run *r, const struct sieve_node *n)
{
    sieve_run_say(r, n->spot, "stop");
    return SIEVE_STOP;
}

static bool is_branch(const struct sieve_node *n)
{
    return n && n->word && n->word->check == sieve_elsif_check;
}

enum sieve_flow sieve_if_run(struct sieve_run *r, const struct sieve_node *n)
{
    do {
        if (!n->tests || sieve_run_test(r, n->tests))
            return r->failed ? SIEVE_FAILED : sieve_run_block(r, n->block);
        if (r->failed)
            return SIEVE_FAILED;
        n = n->next;
    } while (is_branch(n));
    return SIEVE_ON;
}

void sieve_if_check(struct sieve_check *k, struct sieve_node *n)
{
    (void)k;
    (void)n;
}

void sieve_elsif_check(struct sieve_check *k, struct sieve_node *n)
{
    if (!k->after_if)
        sieve_report_at(k->report, n->spot, "\"%.*s\" must follow the block of an \"if\"",
                        STR_ARG(n->name));
}

void sieve_require_check(struct sieve_check *k, struct sieve_node *n)
{
    const struct sieve_arg *arg = sieve_arg(n, 0);
    if (k->begun) {
        sieve_report_at(k->report, n->spot, "\"require\" must stand before all other commands");
        return;
    }
    for (size_t i = 0; i < arg->count; i++)
        if (!sieve_check_require(k, arg->strings[i]))
            sieve_report_at(k->report, arg->spot, "there is no extension \"%.*s\" here",
                            STR_ARG(arg->strings[i]));
}

bool sieve_true_test(struct sieve_run *r, const struct sieve_node *n)
{
    (void)r;
    (void)n;
    return true;
}

bool sieve_false_test(struct sieve_run *r, const struct sieve_node *n)
{
    (void)r;
    (void)n;
    return false;
}

bool sieve_not_test(struct sieve_run *r, const struct sieve_node *n)
{
    return !sieve_run_test(r, n->tests);
}

bool sieve_allof_test(struct sieve_run *r, const struct sieve_node *n)
{
    for (const struct sieve_node *t = n->tests; t; t = t->next)
        if (!sieve_run_test(r, t))
            return false;
    return true;
}

bool sieve_anyof_test(struct sieve_run *r, const struct sieve_node *n)
{
    for (const struct sieve_node *t = n->tests; t && !r->failed; t = t->next)
        if (sieve_run_test(r, t))
            return true;
    return false;
}
