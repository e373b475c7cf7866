/* What the files of the index share. */
#ifndef CORE_SEARCH_INNER_H
#define CORE_SEARCH_INNER_H

#include "base/arena.h"
#include "core/search.h"
#include "core/search/words.h"
#include "core/search/xdb.h"
#include <pthread.h>

enum {
    SEARCH_LAYOUT = 1,       /* of an index; another one is thrown away */
    SEARCH_NOISE = 1,        /* the byte that stands for noise in a run */
    SEARCH_NOISY = 1 << 16,  /* as where of an empty run: the header has noise */
    SEARCH_LETTERS = 9,      /* places in a message, a letter each */
    SEARCH_TERMS_MAX = 4096, /* words of the index that a needle's word is looked for in */
};

/* Terms start with the letter of their place: bit i of where is SEARCH_LETTER[i]. */
static const char SEARCH_LETTER[SEARCH_LETTERS + 1] = "FTCKSHPBD";
/* Marks, which no word is: SEARCH_MARK_CUT, whose text is not in the index; SEARCH_MARK_NOISY, with
   noise in its header. */
#define SEARCH_MARK_CUT STR("Xc")
#define SEARCH_MARK_NOISY STR("Xn")

/* text without long runs of base64: these are SEARCH_NOISE then, and noisy is true. */
struct str search_quiet(struct arena *a, struct str text, bool *noisy);

/* An index that is open for reading. */
struct reader {
    account_id account;
    unsigned refs; /* under search->lock, as used and stale */
    uint64_t used;
    bool stale;           /* there was a commit since it was last brought up to date */
    pthread_mutex_t lock; /* of all that follows */
    struct xdb *db;
    struct words words[WORDS_FILES];
    struct bits known, cut; /* documents there are; those whose text is not in the index */
    uint64_t modseq;
};

struct search {
    struct core *core;
    struct search_config config;
    pthread_mutex_t lock;
    uint64_t clock;
    struct reader *readers[SEARCH_OPEN_MAX];
};

/* The index of an account, up to date and locked. E_BUSY when there is none that can be used. */
MUST_USE enum code reader_take(struct ctx *cx, struct search *s, account_id account,
                               struct reader **out);
/* Unlocks it, and keeps it for who comes next. */
void reader_give(struct search *s, struct reader *r);
/* Forgets an account's reader: its files are gone. */
void reader_forget(struct search *s, account_id account);
/* Each commit says so. */
void search_committed(struct search *s, account_id account);
/* E_CORRUPT when the index has seen more than the account holds: the store was restored from an
   older copy. */
MUST_USE enum code search_is_of(struct ctx *cx, struct core *c, account_id account,
                                uint64_t modseq);
/* "DIR/ACCOUNT" or a file in it. */
const char *search_path(struct arena *a, const struct search *s, account_id account,
                        const char *file);

#endif
