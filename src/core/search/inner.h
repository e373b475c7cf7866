/* What the files of the index share. */
#ifndef CORE_SEARCH_INNER_H
#define CORE_SEARCH_INNER_H

#include "base/arena.h"
#include "core/search.h"
#include "core/search/manifest.h"
#include "core/search/shard.h"

enum {
    SEARCH_BEHIND_TELL = 100, /* changes: from here on who follows is told that somebody asks */
    SEARCH_NOISE = 1,         /* the byte that stands for noise in a run */
    SEARCH_NOISY = 1 << 16,   /* as where of an empty run: the header has noise */
    SEARCH_LETTERS = 9,       /* places in a message, a letter each */
    SEARCH_TERMS_MAX = 4096,  /* words of a shard that a needle's word is looked for in */
};

/* Terms start with the letter of their place: bit i of where is SEARCH_LETTER[i]. */
static const char SEARCH_LETTER[SEARCH_LETTERS + 1] = "FTCKSHPBD";
/* text without long runs of base64: these are SEARCH_NOISE then, and noisy is true. */
struct str search_quiet(struct arena *a, struct str text, bool *noisy);

/* An index as one commit left it; does not change. */
struct reader {
    account_id account;
    atomic_uint refs;
    uint64_t modseq;
    struct shard_part parts[MANIFEST_SHARDS_MAX];
    size_t count;
    struct bits known, cut, noisy; /* items there are; without text; with noise in the header */
    pthread_mutex_t lock;          /* of what follows: made when it is first wanted */
    uint32_t *places;
    size_t places_n;
};

/* The last reader of an account. */
struct reader_slot {
    account_id account;
    struct reader *reader;
    uint64_t used;
    bool stale; /* there was a commit since */
};

struct search {
    struct core *core;
    struct search_config config;
    struct codecs *codecs;
    search_behind_fn *behind;
    void *behind_self;
    pthread_mutex_t lock; /* of what follows */
    uint64_t clock;
    struct reader_slot slots[SEARCH_OPEN_MAX];
};

/* The index of an account as of its last commit. E_NOT_FOUND; E_CORRUPT; E_IO. */
MUST_USE enum code reader_get(struct ctx *cx, struct search *s, account_id account,
                              struct reader **out);
struct reader *reader_ref(struct reader *r);
void reader_unref(struct reader *r);
AUTO_OF(struct reader *, reader_unref)
/* Where a known item's text is. False when there is none of that id. */
bool reader_place(struct reader *r, item_id id, const struct shard_part **part, uint32_t *doc);
/* The documents with a term, of a part; added to out, those that left too. */
MUST_USE enum code part_find(struct ctx *cx, const struct shard_part *part, struct str term,
                             struct bits *out);
/* The items of those documents that are still there, added to out. */
void part_items(const struct shard_part *part, const struct bits *docs, struct bits *out);

/* Forgets an account's reader: its files are gone. */
void reader_forget(struct search *s, account_id account);
/* Each commit says so. */
void search_committed(struct search *s, account_id account);
/* Whoever reads damage notes it: the next writer begins anew. */
void search_damaged(struct search *s, account_id account);
bool search_is_damaged(struct ctx *cx, struct search *s, account_id account);
/* E_CORRUPT when the index has seen more than the account holds: the store was restored from an
   older copy. */
MUST_USE enum code search_is_of(struct ctx *cx, struct core *c, account_id account,
                                uint64_t modseq);
/* "DIR/ACCOUNT" or a file in it. */
const char *search_path(struct arena *a, const struct search *s, account_id account,
                        const char *file);

#endif
