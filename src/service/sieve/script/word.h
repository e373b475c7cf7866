/* The tables of the language: extensions, tags, commands and tests. All that reads or checks a
   script, and the list of capabilities, and the fuzz dictionary, go by these rows. */
#ifndef SERVICE_SIEVE_SCRIPT_WORD_H
#define SERVICE_SIEVE_SCRIPT_WORD_H

#include "service/sieve/script/syntax.h"
#include "service/sieve/script/tag.h"

struct sieve_check;
struct sieve_run;

enum sieve_flow { SIEVE_ON, SIEVE_STOP, SIEVE_RETURN, SIEVE_BREAK, SIEVE_FAILED };

typedef enum sieve_flow sieve_command_fn(struct sieve_run *r, const struct sieve_node *n);
typedef bool sieve_test_fn(struct sieve_run *r, const struct sieve_node *n);
/* What the rows cannot say of a use of the word; notes its problems. Arguments are sorted already,
   and texts made. */
typedef void sieve_check_fn(struct sieve_check *k, struct sieve_node *n);

struct sieve_word {
    struct str name;
    enum sieve_ext ext;
    /* Arguments in their order: 's' string, 'l' strings, 'n' number, each perhaps behind '?' when
       it may be left out; 't' a test, 'T' tests, 'b' a block. */
    const char *takes;
    const unsigned char *tags; /* those it takes, TAG_NONE at the end; may be NULL */
    sieve_command_fn *command; /* one of these two */
    sieve_test_fn *test;
    sieve_check_fn *check; /* may be NULL */
};
/* Case-blind; NULL when there is none. */
const struct sieve_word *sieve_command_find(struct str name);
const struct sieve_word *sieve_test_find(struct str name);
/* All of them: the n-th, NULL past the end. For the dictionary of the fuzz target, and its test. */
const struct sieve_word *sieve_command_at(size_t n);
const struct sieve_word *sieve_test_at(size_t n);

/* The n-th argument without a tag; NULL when it was left out. */
const struct sieve_arg *sieve_arg(const struct sieve_node *n, size_t at);
/* The argument of a tag, or NULL. */
const struct sieve_arg *sieve_tag(const struct sieve_node *n, enum sieve_tag tag);

#endif
