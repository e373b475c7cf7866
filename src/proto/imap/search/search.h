/* SEARCH: keys as a tree, and whether a message matches it (RFC 9051 section 6.4.4). */
#ifndef PROTO_IMAP_SEARCH_SEARCH_H
#define PROTO_IMAP_SEARCH_SEARCH_H

#include "core/columns/columns.h"
#include "proto/imap/rows.h"
#include "proto/imap/search/bits.h"
#include "proto/imap/search/target.h"
#include "proto/imap/wire/partial.h"

struct mime;
enum {
    IMAP_SEARCH_KEYS_MAX = 1000,
    IMAP_SCORE_EXACT = 100, /* of what holds the very text, unless the index ranks it */
    IMAP_SEARCH_DEPTH_MAX = 50,
    IMAP_SEARCH_READS_MAX = 50, /* keys that read the message: HEADER, BODY, TEXT */
};

enum imap_search_op {
    IMAP_SEARCH_AND,
    IMAP_SEARCH_OR,
    IMAP_SEARCH_NOT,
    IMAP_SEARCH_FUZZY, /* RFC 6203: the child, and what comes near to it */
    IMAP_SEARCH_ALL,
    IMAP_SEARCH_FLAGS,    /* all of number's bits are as wanted */
    IMAP_SEARCH_KEYWORDS, /* the same of keywords */
    IMAP_SEARCH_RECENT,
    IMAP_SEARCH_PLACES, /* in a set */
    IMAP_SEARCH_MODSEQ, /* number or higher */
    IMAP_SEARCH_BEFORE, /* days: number */
    IMAP_SEARCH_ON,
    IMAP_SEARCH_SINCE,
    IMAP_SEARCH_YOUNGER, /* received at number, in milliseconds, or later (RFC 5032) */
    IMAP_SEARCH_OLDER,   /* or earlier */
    IMAP_SEARCH_SENTBEFORE,
    IMAP_SEARCH_SENTON,
    IMAP_SEARCH_SENTSINCE,
    IMAP_SEARCH_SAVEDBEFORE, /* RFC 8514 */
    IMAP_SEARCH_SAVEDON,
    IMAP_SEARCH_SAVEDSINCE,
    IMAP_SEARCH_EMAILID, /* RFC 8474: text is the id */
    IMAP_SEARCH_THREADID,
    IMAP_SEARCH_LARGER,
    IMAP_SEARCH_SMALLER,
    IMAP_SEARCH_ADDRESS, /* letter: which, see SUMMARY_ADDRESSES */
    IMAP_SEARCH_SUBJECT,
    IMAP_SEARCH_FIELD, /* any field by name */
    IMAP_SEARCH_BODY,
    IMAP_SEARCH_TEXT,
};

/* What has to be read to decide: cheap ones are asked first. */
enum imap_search_cost {
    IMAP_COSTS_VIEW,
    IMAP_COSTS_ROW,
    IMAP_COSTS_HEADER,
    IMAP_COSTS_MESSAGE,
};

/* Of the key itself. */
enum imap_search_cost imap_search_cost(enum imap_search_op op);

struct imap_key {
    enum imap_search_op op;
    enum imap_search_cost cost;
    struct imap_key *child, *next; /* of AND, OR and NOT: the first; and its brother */
    bool wanted;
    char letter;
    uint64_t number;
    struct imap_set places;
    uint8_t *scores;       /* of FUZZY: imap_search's */
    struct str name, text; /* of a field; as utf8_search makes it */
    struct str exact;      /* as it was written: with another comparator than the usual one */
    enum collation collation;
};

enum imap_search_return {
    IMAP_RETURN_MIN = 1,
    IMAP_RETURN_MAX = 2,
    IMAP_RETURN_ALL = 4,
    IMAP_RETURN_COUNT = 8,
    IMAP_RETURN_SAVE = 16,
    IMAP_RETURN_PARTIAL = 32,
    IMAP_RETURN_RELEVANCY = 256, /* RFC 6203 */
    IMAP_RETURN_UPDATE = 64,     /* RFC 5267 */
    IMAP_RETURN_CONTEXT = 128,   /* a hint; columns and ranks are kept anyway */
};

struct imap_search {
    bool extended;    /* RETURN was given */
    bool whole;       /* all of the mailbox, whatever MESSAGELIMIT says: SORT by ranks */
    uint32_t returns; /* enum imap_search_return */
    bool has_modseq;  /* MODSEQ was asked for: tell the highest */
    bool has_places;  /* message numbers or "$" are among the keys: they mean others later */
    struct imap_partial page; /* of PARTIAL */
    uint8_t *scores;          /* with FUZZY, by place: 1 to 100, 0: it is no near miss; else NULL */
    struct str undefined;     /* out: a filter that is not there, or is none */
    struct imap_key *key;
};

/* Takes "RETURN (MIN MAX) ", or nothing. E_SYNTAX. */
MUST_USE enum code imap_search_returns(struct ctx *cx, struct cur *c, struct imap_search *out);
/* Takes search keys, to the end. E_SYNTAX; E_LIMIT; E_UNSUPPORTED: a charset that is not known. */
MUST_USE enum code imap_search_keys(struct ctx *cx, const struct imap_target *t, struct cur *c,
                                    struct str charset, struct imap_search *out);
/* The same, with "CHARSET UTF-8 " or nothing before. */
MUST_USE enum code imap_search_criteria(struct ctx *cx, const struct imap_target *t, struct cur *c,
                                        struct imap_search *out);

/* A message that is looked at; what is read of it is read once. */
struct imap_candidate {
    struct ctx *cx; /* scratch: its arena is reset for each message */
    const struct imap_target *target;
    struct imap_rows *rows;
    uint32_t place;
    struct view_row row;
    bool has_item, gone, has_facts;
    struct item_row item;
    struct column_facts facts;
    struct mime *mime; /* once it was parsed */
    struct rope bytes; /* what mime points into */
    enum code failure; /* the first; what could not be read does not match */
};
bool imap_search_match(struct imap_candidate *m, const struct imap_key *key);
/* The key and all its brothers behind it. */
bool imap_search_match_from(struct imap_candidate *m, const struct imap_key *key);
/* What a key asks of facts that columns have; NULL for other keys. */
typedef bool imap_facts_fn(const struct column_facts *f, const struct imap_key *key);
imap_facts_fn *imap_search_facts(enum imap_search_op op);
/* The same of a row of the view. */
typedef bool imap_row_fn(const struct imap_target *t, const struct view_row *row,
                         const struct imap_key *key);
imap_row_fn *imap_search_row(enum imap_search_op op);
/* Gives back what was read. */
void imap_candidate_done(struct imap_candidate *m);

/* Whether UTF-8 text contains what the key looks for. */
bool imap_key_has(struct arena *a, const struct imap_key *key, struct str text);
/* The places of the target that match. Keys that columns or the view answer are asked of all
   messages at once, what reads messages only of those that are left. */
MUST_USE enum code imap_search_run(struct ctx *cx, const struct imap_target *t,
                                   const struct imap_key *key, struct imap_bits *out);
/* The same of some places alone. */
MUST_USE enum code imap_search_among(struct ctx *cx, const struct imap_target *t,
                                     const struct imap_key *key, const struct imap_bits *among,
                                     struct imap_bits *out);
/* Keys that read the message: FIELD, BODY, TEXT; ADDRESS with an exact text. */
bool imap_search_message(struct imap_candidate *m, const struct imap_key *key);

#endif
