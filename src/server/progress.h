/* How far long work has come: who waits for it at the console can look. */
#ifndef SERVER_PROGRESS_H
#define SERVER_PROGRESS_H

#include "base/err.h"
#include "base/str.h"

enum { PROGRESS_PLACES = 32, PROGRESS_TEXT_MAX = 128 };

struct board;    /* all work under way; safe for all threads */
struct progress; /* one piece of it, in the hands of the thread that does it */

/* Empty; closed when no work is under way. */
struct board *board_open(void);
void board_close(struct board *b);
AUTO_OF(struct board *, board_close)

/* ticket: chosen by who waits, or 0. what and who are copied, cut at PROGRESS_TEXT_MAX. NULL when
   all places are taken: the work goes on unseen. */
struct progress *progress_open(struct board *b, uint64_t ticket, struct str what, struct str who,
                               int64_t now_ms);
/* done of total (0: not known) units ("accounts", a literal). p may be NULL, here and below. */
void progress_step(struct progress *p, const char *unit, uint64_t done, uint64_t total);
void progress_close(struct progress *p);
AUTO_OF(struct progress *, progress_close)

struct progress_row {
    uint64_t ticket;
    char what[PROGRESS_TEXT_MAX], who[PROGRESS_TEXT_MAX];
    const char *unit;
    uint64_t done, total;
    int64_t started_ms;
};
/* A copy of all that is under way, the oldest first; returns how many. */
size_t board_rows(struct board *b, struct progress_row out[PROGRESS_PLACES]);

#endif
