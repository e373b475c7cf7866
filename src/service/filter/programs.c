/* Compiled scripts that are at hand, by the hash of their text: a table in which each text has one
   place, and the last to need it has it. */
#include "service/filter/parts.h"
#include <stdlib.h>

enum { PROGRAMS = 4096 };

struct place {
    struct blob_id text;
    struct sieve_program *program; /* or NULL */
};

struct programs {
    pthread_mutex_t lock;
    struct place at[PROGRAMS];
};

struct programs *programs_open(void)
{
    struct programs *p = calloc(1, sizeof *p);
    must(p);
    must(pthread_mutex_init(&p->lock, NULL) == 0);
    return p;
}

void programs_close(struct programs *p)
{
    for (size_t i = 0; i < PROGRAMS; i++)
        if (p->at[i].program)
            sieve_program_unref(p->at[i].program);
    must(pthread_mutex_destroy(&p->lock) == 0);
    free(p);
}

static struct place *place_of(struct programs *p, const struct blob_id *text)
{
    return &p->at[(text->bytes[0] | text->bytes[1] << 8) % PROGRAMS];
}

static struct sieve_program *find(struct programs *p, const struct blob_id *text)
{
    struct sieve_program *found = NULL;
    must(pthread_mutex_lock(&p->lock) == 0);
    const struct place *place = place_of(p, text);
    if (place->program && blob_id_eq(&place->text, text))
        found = sieve_program_ref(place->program);
    must(pthread_mutex_unlock(&p->lock) == 0);
    return found;
}

static void keep(struct programs *p, const struct blob_id *text, struct sieve_program *program)
{
    must(pthread_mutex_lock(&p->lock) == 0);
    struct place *place = place_of(p, text);
    struct sieve_program *old = place->program;
    *place = (struct place){*text, sieve_program_ref(program)};
    must(pthread_mutex_unlock(&p->lock) == 0);
    if (old)
        sieve_program_unref(old);
}

enum code program_get(struct ctx *cx, struct filters *f, const struct blob_id *text,
                      struct sieve_program **out)
{
    struct sieve_problems problems = {0};
    struct str bytes;
    *out = find(f->programs, text);
    if (*out)
        return OK;
    TRY(script_text(cx, f->core, text, &bytes));
    enum code code = sieve_compile(cx, bytes, &f->options, out, &problems);
    if (code == OK)
        keep(f->programs, text, *out);
    if (code != OK && problems.count)
        return fail(cx, E_SYNTAX, "line %u: %.*s", problems.at[0].line,
                    STR_ARG(problems.at[0].text));
    return code;
}
