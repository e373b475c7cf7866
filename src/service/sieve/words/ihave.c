#include "service/sieve/program.h"
#include "service/sieve/run/run.h"
#include "service/sieve/script/check.h"
#include "service/sieve/script/words.h"

/* RFC 5463: what is asked for by ihave counts as required from there on; what is not here is an
   error only where it is run. */

void sieve_ihave_check(struct sieve_check *k, struct sieve_node *n)
{
    const struct sieve_arg *arg = sieve_arg(n, 0);
    if (sieve_check_constant(k, arg, "what \"ihave\" asks for"))
        for (size_t i = 0; i < arg->count; i++)
            sieve_check_require(k, arg->strings[i]);
}

bool sieve_ihave_test(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_arg *arg = sieve_arg(n, 0);
    for (size_t i = 0; i < arg->count; i++) {
        enum sieve_ext ext = sieve_ext_find(arg->strings[i]);
        if (ext == EXT_NONE || r->frame->program->refused >> ext & 1)
            return false;
    }
    return true;
}

enum sieve_flow sieve_error_run(struct sieve_run *r, const struct sieve_node *n)
{
    struct str text = sieve_run_text(r, sieve_arg(n, 0), 0);
    return sieve_run_fail(r, n->spot, false, "the script says: %.*s", STR_ARG(text));
}
