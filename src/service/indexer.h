/* Keeps the full-text indexes up to date: a thread of low priority that follows the change logs. */
#ifndef SERVICE_INDEXER_H
#define SERVICE_INDEXER_H

#include "core/search.h"

struct indexer;

enum {
    INDEXER_WAIT_MS = 5000,    /* after a change, so that changes that come together go together */
    INDEXER_LIST_MS = 60000,   /* how often new accounts are looked for */
    INDEXER_STEP = 200,        /* messages between two commits: fastest (docs/SEARCH.md) */
    INDEXER_TURN_STEPS = 40,   /* commits of one account before others have their turn */
    INDEXER_FAILED_MS = 60000, /* after a failure, until it is tried again */
    INDEXER_NICE = 19,         /* of the thread: 1.4 % of a core that others want */
};

/* Told by the thread after each step of an account that has not come to its end, and once more when
   it has (done == total): messages of this stretch. */
typedef void indexer_report_fn(void *self, account_id account, uint64_t done, uint64_t total);
struct indexer_config {
    uint32_t wait_ms;          /* 0: INDEXER_WAIT_MS */
    uint32_t list_ms;          /* 0: INDEXER_LIST_MS */
    indexer_report_fn *report; /* may be NULL */
    void *report_self;
};

/* Starts the thread. Every account is looked at once. */
struct indexer *indexer_open(struct core *c, struct search *s, const struct indexer_config *config);
/* Stops between two messages; what was not committed is done again the next time. */
void indexer_close(struct indexer *x);
AUTO_OF(struct indexer *, indexer_close)

/* The account's index is thrown away and built anew, soon. E_NOT_FOUND for an account that the
   indexer does not know (yet). */
MUST_USE enum code indexer_rebuild(struct ctx *cx, struct indexer *x, account_id account);
/* Messages a second while the account is being caught up with; 0 when it is not. */
double indexer_rate(struct indexer *x, account_id account);
/* Somebody searches there: it comes next, without the wait. Nothing for an account not known. */
void indexer_hurry(struct indexer *x, account_id account);
/* Accounts that wait. */
size_t indexer_waiting(struct indexer *x);

/* What turns attachments into text: the helper program, in its cage (io/process/cage.h). */
struct extractor;
struct extractor *extractor_open(const char *program, struct metrics *metrics);
void extractor_close(struct extractor *e);
/* "pdf", "rtf", "archive" or "ole", as the helper names what begins so; NULL: none of them. */
const char *extractor_format(struct str bytes);
/* For struct search_config. */
MUST_USE enum code extractor_run(struct ctx *cx, void *self, struct str type, struct str name,
                                 struct str bytes, struct str *text);

#endif
