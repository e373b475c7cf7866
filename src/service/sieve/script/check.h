/* What is known while a script is checked, for the words' own checks. */
#ifndef SERVICE_SIEVE_SCRIPT_CHECK_H
#define SERVICE_SIEVE_SCRIPT_CHECK_H

#include "service/sieve/script/word.h"

enum { SIEVE_LOOPS_MAX = 4 /* foreverypart in foreverypart */ };

struct sieve_check {
    struct arena *arena; /* the program's */
    struct sieve_report *report;
    struct sieve_program *program;
    uint64_t refused, required;        /* bits of enum sieve_ext */
    bool begun;                        /* something else than require was there */
    bool after_if;                     /* the command before is an if or an elsif */
    struct str loops[SIEVE_LOOPS_MAX]; /* names of the loops around, or empty */
    unsigned loop_count;
};

/* Whether it was required; EXT_NONE always is. */
bool sieve_check_has(const struct sieve_check *k, enum sieve_ext ext);
/* Makes an extension known (and what it brings with it), as require and ihave do. False: there is
   none of that name here. */
bool sieve_check_require(struct sieve_check *k, struct str name);
/* Notes that the script asks for something that is not here, or was not required. With "ihave"
   (RFC 5463) that is no problem before it is run. */
void sieve_check_missing(struct sieve_check *k, struct sieve_node *n, struct str text);
/* The same for an extension that require does not have. */
void sieve_check_lacks(struct sieve_check *k, struct sieve_node *n, struct str what,
                       enum sieve_ext ext);
/* Whether the argument is the same in every run; notes a problem if not. */
bool sieve_check_constant(struct sieve_check *k, const struct sieve_arg *arg, const char *what);
/* Whether it is (RFC 5229 section 3): nothing is noted. */
bool sieve_arg_constant(const struct sieve_arg *arg);
/* A variable's name that set and its kin may write to (RFC 5229 section 3, RFC 6609 "global."). */
bool sieve_check_variable(struct sieve_check *k, const struct sieve_arg *arg);
/* Constant addresses are addresses; header names are names. */
void sieve_check_addresses(struct sieve_check *k, const struct sieve_arg *arg);
void sieve_check_names(struct sieve_check *k, const struct sieve_arg *arg);
/* Whether the bytes can be a header field's name (RFC 5322 section 3.6.8). */
bool sieve_is_field_name(struct str name);

/* Checks a block, and all that is in it. */
void sieve_check_block(struct sieve_check *k, struct sieve_node *first);
/* text.c: makes the texts of an argument, variables and encoded characters in it found. */
void sieve_check_texts(struct sieve_check *k, struct sieve_arg *arg);
/* match_type.c: how a test compares, from its tags; patterns that are constant are compiled. */
void sieve_check_match(struct sieve_check *k, struct sieve_node *n);

#endif
