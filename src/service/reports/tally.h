/* Counters of what is reported to other domains: how often a thing (a cell: any bytes) was seen on
   a day, for a domain. Counted in memory, kept in the store, read and dropped when it was reported.
   Rows are in docs/STORE.md. */
#ifndef SERVICE_REPORTS_TALLY_H
#define SERVICE_REPORTS_TALLY_H

#include "core/core.h"

struct tally; /* one for the server; safe for all threads */

/* Stored: append only. */
enum tally_kind { TALLY_TLS = 1, TALLY_DMARC };

enum {
    TALLY_CELL_MAX = 2048,      /* bytes of a cell; longer ones are not counted */
    TALLY_CELLS_MAX = 1000,     /* of a day and domain; what comes beyond is only counted */
    TALLY_WAITING_MAX = 100000, /* cells in memory; what comes beyond is not counted */
    TALLY_DAYS_PAGE = 1000,     /* of tally_days() */
};

/* Nothing is counted yet. */
struct tally *tally_open(struct core *c);
/* What was not flushed is lost: flush first. */
void tally_close(struct tally *t);
AUTO_OF(struct tally *, tally_close)

/* Counts in memory; quick. now_ms tells the day (UTC). domain: lower-case A-labels. */
void tally_add(struct tally *t, enum tally_kind kind, int64_t now_ms, struct str domain,
               struct str cell);
/* Adds what was counted to the stored rows. To be run every few seconds and at the end: a crash
   loses what came since, and no more. On failure nothing is lost or counted twice. */
MUST_USE enum code tally_flush(struct ctx *cx, struct tally *t);

/* One domain's day. */
struct tally_day {
    uint32_t day; /* since 1970, UTC */
    struct str domain;
    uint32_t cells;
    uint64_t dropped; /* seen, and not kept: over TALLY_CELLS_MAX */
};
struct tally_range {
    enum tally_kind kind;
    uint32_t before;                /* days before this one */
    const struct tally_day *behind; /* after that; NULL: from the start */
};
/* The oldest first, at most TALLY_DAYS_PAGE. In cx->arena. */
MUST_USE enum code tally_days(struct ctx *cx, struct core *c, const struct tally_range *range,
                              struct tally_day **out, size_t *count);

struct tally_cell {
    uint64_t n;
    struct str cell;
};
/* All cells of the day. In cx->arena. */
MUST_USE enum code tally_cells(struct ctx *cx, struct core *c, enum tally_kind kind,
                               const struct tally_day *day, struct tally_cell **out, size_t *count);
/* The day was reported, or is of no use. */
MUST_USE enum code tally_drop(struct ctx *cx, struct core *c, enum tally_kind kind,
                              const struct tally_day *day);

/* A number of all cells and how often each was seen: of one report, for its id. */
uint64_t tally_digest(const struct tally_cell *cells, size_t count);
/* The day of a time, UTC. */
uint32_t tally_day_of(int64_t now_ms);
/* A number made of bytes, the same on every machine and at every time (FNV-1a). */
uint64_t tally_hash(struct str s);

#endif
