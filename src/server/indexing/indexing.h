/* The indexer's progress, where "task list" shows it. */
#ifndef SERVER_INDEXING_H
#define SERVER_INDEXING_H

#include "core/account.h"

struct board;
struct indexing;

/* Shows nothing yet. */
struct indexing *indexing_open(struct board *b);
/* The indexer has stopped. */
void indexing_close(struct indexing *i);
/* An indexer_report_fn; self: struct indexing. */
void indexing_report(void *self, account_id account, uint64_t done, uint64_t total);

#endif
