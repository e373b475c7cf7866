/* A script's text as tokens and as a tree: what lex.c, parse.c and check.c hand on. */
#ifndef SERVICE_SIEVE_SCRIPT_SYNTAX_H
#define SERVICE_SIEVE_SCRIPT_SYNTAX_H

#include "base/cur.h"
#include "service/sieve.h"

struct sieve_pattern; /* pattern.h */
struct sieve_word;    /* word.h */

enum {
    SIEVE_DEPTH_MAX = 32,   /* blocks in blocks, and tests in tests */
    SIEVE_NODES_MAX = 20000 /* commands and tests of a script */
};

/* Where problems are noted: the first SIEVE_PROBLEMS_MAX. */
struct sieve_report {
    struct arena *arena;
    struct sieve_problems *to;
    bool limit; /* one of them is that a limit was met */
};
struct sieve_spot {
    uint32_t line, column;
};
void sieve_report_at(struct sieve_report *report, struct sieve_spot spot, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum sieve_token_kind {
    SIEVE_TOKEN_END,
    SIEVE_TOKEN_WORD,
    SIEVE_TOKEN_TAG,
    SIEVE_TOKEN_NUMBER,
    SIEVE_TOKEN_STRING,
    SIEVE_TOKEN_MARK
};

struct sieve_token {
    enum sieve_token_kind kind;
    struct sieve_spot spot;
    struct str text; /* the word, the tag without its colon, what the string says */
    uint64_t number;
    char mark; /* one of [](){},; */
};

struct sieve_lexer {
    struct arena *arena;
    struct sieve_report *report;
    struct cur at;
    size_t size;       /* of the script */
    size_t line_start; /* offset */
    uint32_t line;
};

/* At the start of a script. Strings that have to be made are in the arena. */
struct sieve_lexer sieve_lexer_of(struct arena *a, struct str text, struct sieve_report *report);
/* Takes the next token; false, with a problem noted, when there is none that is right. */
bool sieve_lex(struct sieve_lexer *l, struct sieve_token *out);

/* A piece of a string: bytes, or a variable (RFC 5229). */
struct sieve_piece {
    bool variable;
    struct str text; /* the bytes; the variable's name, lower case, with its namespace */
    uint32_t number; /* of a match variable, where text is empty */
};
struct sieve_text {
    const struct sieve_piece *at;
    size_t count;
};

enum sieve_arg_kind { SIEVE_ARG_NONE, SIEVE_ARG_NUMBER, SIEVE_ARG_STRINGS };

struct sieve_arg {
    struct str tag;  /* as written, or empty; parse.c: with no value yet */
    unsigned tag_id; /* enum sieve_tag, once checked; 0 for what has none */
    struct sieve_spot spot;
    enum sieve_arg_kind kind;
    bool list; /* written in brackets */
    uint64_t number;
    struct str *strings; /* as written */
    size_t count;
    const struct sieve_text *texts; /* once checked; NULL when strings are constant as they are */
};

/* What a test compares by, once checked. */
enum sieve_how {
    SIEVE_IS,
    SIEVE_CONTAINS,
    SIEVE_MATCHES,
    SIEVE_REGEX,
    SIEVE_COUNT,
    SIEVE_VALUE,
    SIEVE_LIST
};
enum sieve_relation { SIEVE_GT, SIEVE_GE, SIEVE_LT, SIEVE_LE, SIEVE_EQ, SIEVE_NE };
enum sieve_comparator {
    SIEVE_ASCII_CASEMAP, /* the default (RFC 5228 section 2.7.3) */
    SIEVE_OCTET,
    SIEVE_ASCII_NUMERIC,
    SIEVE_UNICODE_CASEMAP,
    SIEVE_COMPARATOR_COUNT
};
struct sieve_match_type {
    enum sieve_how how;
    enum sieve_relation relation; /* of COUNT and VALUE */
    enum sieve_comparator comparator;
    struct sieve_pattern **patterns; /* of REGEX, one a key; NULL where a key is not constant */
};

/* A command or a test. */
struct sieve_node {
    struct str name; /* as written */
    struct sieve_spot spot;
    struct sieve_arg *args;
    size_t arg_count;
    struct sieve_node *tests; /* the first of them */
    bool test_list;           /* in parentheses */
    struct sieve_node *block; /* its first command */
    bool has_block;
    struct sieve_node *next; /* command or test beside it */
    /* Once checked: */
    const struct sieve_word *word; /* NULL: what it asks for is not here (RFC 5463): an error when
                                      it is come to; fault says which */
    struct str fault;
    struct sieve_match_type match;
    unsigned extra; /* what the word's own check found out */
};

/* Reads a whole script: out is its first command, or NULL for none. False: problems were noted. */
bool sieve_parse(struct arena *a, struct str text, struct sieve_report *report,
                 struct sieve_node **out);

#endif
