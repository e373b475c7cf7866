/* Text as words, and what a needle says about the words of a text that holds it. */
#ifndef CORE_SEARCH_TOKEN_H
#define CORE_SEARCH_TOKEN_H

#include "base/str.h"

enum {
    TOKEN_STEP = 32,     /* pieces of a word that is too long start so far from each other */
    TOKEN_CUT = 1,       /* the byte that marks the side on which a piece was cut */
    TOKEN_CLUES_MAX = 16 /* of a needle; more words than these are only verified */
};

/* Tells each word of folded text, as often as it is there: runs of letters, digits and marks; of
   scripts without spaces each pair of neighbours (a single one alone). Longer words than
   SEARCH_WORD_MAX come in pieces that overlap, so that any TOKEN_STEP bytes are in one of them. */
typedef void token_fn(void *self, struct str word);
void search_tokens(struct str run, token_fn *fn, void *self);

enum clue_kind { CLUE_WHOLE, CLUE_START, CLUE_END, CLUE_INSIDE };

/* A text that holds the needle has a word that is this, starts or ends with it, or has it inside.
 */
struct clue {
    struct str text;
    enum clue_kind kind;
};

struct clues {
    struct clue at[TOKEN_CLUES_MAX];
    size_t count;
    bool exact; /* and every text with such words holds the needle */
};

/* needle: folded. No clues: it has no words. */
void search_clues(struct str needle, struct clues *out);

#endif
