#include "server/indexing/indexing.h"
#include "base/arena.h"
#include "base/clock.h"
#include "server/progress.h"
#include <stdlib.h>

struct indexing {
    struct board *board;
    account_id account;
    struct progress *progress; /* of that account; NULL: nothing is shown */
};

struct indexing *indexing_open(struct board *b)
{
    struct indexing *i = calloc(1, sizeof *i);
    must(i);
    i->board = b;
    return i;
}

static void end(struct indexing *i)
{
    if (i->progress)
        progress_close(i->progress);
    i->progress = NULL;
}

void indexing_close(struct indexing *i)
{
    if (i)
        end(i);
    free(i);
}

void indexing_report(void *self, account_id account, uint64_t done, uint64_t total)
{
    struct indexing *i = self;
    struct arena *arena AUTO(arena_close) = arena_open();
    if (done == total || account != i->account)
        end(i);
    if (done == total)
        return;
    i->account = account;
    if (!i->progress)
        i->progress = progress_open(
            i->board, 0,
            str_printf(arena, "full-text index of account %llu", (unsigned long long)account),
            STR("indexer"), clock_utc_ms());
    progress_step(i->progress, "messages", done, total);
}
