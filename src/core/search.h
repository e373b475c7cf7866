/* Full text: an index an account, over Xapian. Never a source of truth: what it does not know is
   told as SEARCH_UNKNOWN, and the caller reads the message. docs/SEARCH.md. */
#ifndef CORE_SEARCH_H
#define CORE_SEARCH_H

#include "core/item.h"
#include "format/collation/collation.h"

struct mime;
struct search; /* all indexes of a server; safe for all threads */
struct search_answer;
struct search_writer;

enum {
    SEARCH_ID_MAX = 1 << 28,           /* items above are never indexed, so always read */
    SEARCH_WORD_MAX = 64,              /* bytes of a word; longer ones are kept in pieces */
    SEARCH_TEXT_MAX = 4 * 1024 * 1024, /* bytes of one message's text; above: always read */
    SEARCH_OPEN_MAX = 32,              /* indexes open for reading */
    SEARCH_BEHIND_MAX = 2000000,       /* changes; an index further behind is not asked */
    SEARCH_FUZZY_WORDS_MAX = 32,       /* words in a fuzzy question */
};

/* Where in a message; bits. */
enum search_where {
    SEARCH_FROM = 1,
    SEARCH_TO = 2,
    SEARCH_CC = 4,
    SEARCH_BCC = 8,
    SEARCH_SUBJECT = 16,
    SEARCH_HEADER = 32,    /* all other fields of the message's header */
    SEARCH_PART = 64,      /* headers of parts: names of files; of nested messages */
    SEARCH_BODY = 128,     /* parts of text */
    SEARCH_DOCUMENT = 256, /* attachments that were turned into text */
    SEARCH_IN_HEADER = 63,
    SEARCH_NOISE_TOO = 1 << 17, /* of a question: what was left out of headers counts, too */
    SEARCH_IN_BODY = SEARCH_PART | SEARCH_BODY | SEARCH_DOCUMENT,
    SEARCH_IN_TEXT = SEARCH_IN_HEADER | SEARCH_IN_BODY,
};

/* Turns a document into text (UTF-8, in cx->arena). type: "application/pdf"; name: of the file, may
   be empty. E_UNSUPPORTED for kinds that have no text; any other failure: not readable. */
typedef enum code search_extract_fn(struct ctx *cx, void *self, struct str type, struct str name,
                                    struct str bytes, struct str *text);

struct search_config {
    struct str dir;             /* holds a directory an account; made if missing */
    search_extract_fn *extract; /* may be NULL: attachments are not read */
    void *extract_self;
};

/* Called when a question found an index behind its account by more than a few changes, by the
   thread that asks. To be set before the first question; NULL: nobody is told. */
typedef void search_behind_fn(void *self, account_id account);
void search_on_behind(struct search *s, search_behind_fn *fn, void *self);

/* Opens no index yet. c outlives it. */
struct search *search_open(struct core *c, const struct search_config *config);
void search_close(struct search *s);
AUTO_OF(struct search *, search_close)

/* The only list of what is searched, for index and scan alike: runs of text, as utf8_search makes
   it. fn returns
   false when it has seen enough. Long runs of base64 are left out. s may be NULL: no documents. */
typedef bool search_run_fn(void *self, uint32_t where, struct str run);
MUST_USE enum code search_runs(struct ctx *cx, const struct search *s, const struct mime *m,
                               uint32_t wanted, search_run_fn *fn, void *self);
/* Whether a run of the message holds the needle (as utf8_search makes it): the scan. */
MUST_USE enum code search_scan(struct ctx *cx, const struct search *s, const struct mime *m,
                               uint32_t where, struct str needle, bool *has);
/* The same of a needle as it was written, by another comparator (RFC 5255). */
struct search_exact {
    enum collation collation;
    struct str needle;
};
MUST_USE enum code search_scan_as(struct ctx *cx, const struct search *s, const struct mime *m,
                                  uint32_t where, const struct search_exact *exact, bool *has);

/* Which messages of an account have a needle (not empty; as utf8_search makes it) as a piece of
   their text. E_BUSY
   when there is no index, or one too far behind: then all have to be read. Closed by the caller. */
MUST_USE enum code search_ask(struct ctx *cx, struct search *s, account_id account, uint32_t where,
                              struct str needle, struct search_answer **out);
enum search_verdict { SEARCH_NO, SEARCH_YES, SEARCH_UNKNOWN };
/* About one message. May read its text in the index; never the message. */
enum search_verdict search_verdict(struct search_answer *a, item_id id);
void search_answer_close(struct search_answer *a);
AUTO_OF(struct search_answer *, search_answer_close)

/* FUZZY (RFC 6203): words of the text (as utf8_search makes it), stemmed, with a tolerance for
   spelling, all of them wanted; the best first. score: 1 to 100. What is not indexed is not found.
   E_BUSY as above. Its memory is in cx->arena. */
struct search_fuzzy {
    account_id account;
    uint32_t where;
    struct str text;
    size_t max; /* of messages */
};
struct search_ranked {
    item_id id;
    uint8_t score;
};
MUST_USE enum code search_fuzzy(struct ctx *cx, struct search *s, const struct search_fuzzy *f,
                                struct search_ranked **out, size_t *count);

/* How far an index has come. */
struct search_status {
    uint64_t indexed_modseq, modseq; /* the index's number, the account's */
    uint64_t messages;               /* in the index */
    uint64_t bytes;                  /* on the disk */
};
MUST_USE enum code search_status(struct ctx *cx, struct search *s, account_id account,
                                 struct search_status *out);

/* Writing, by one thread at a time for an account. A damaged index is thrown away and begun anew,
   as is one of another layout. */
MUST_USE enum code search_writer_open(struct ctx *cx, struct search *s, account_id account,
                                      struct search_writer **out);
struct search_step {
    uint32_t messages_max; /* in */
    bool (*stop)(void *);  /* in: asked between messages; may be NULL */
    void *stop_self;
    uint64_t messages, removed; /* out: done by this step */
    uint64_t modseq;            /* out: the index's number now */
    bool more;                  /* out: there is more to do */
};
/* Follows the change log for a while and makes what it did durable and visible. */
MUST_USE enum code search_writer_step(struct ctx *cx, struct search_writer *w,
                                      struct search_step *step);
void search_writer_close(struct search_writer *w);
AUTO_OF(struct search_writer *, search_writer_close)
/* Drops an account's index; the next writer begins anew. Nobody may be writing. */
void search_drop(struct search *s, account_id account);

#endif
