/* A table of so many cells and no more: what is least worth keeping in its set gives way. Its sets
   can be kept as rows, whose number is bounded as well. Safe for all threads. */
#ifndef SERVICE_ADMISSION_CELLS_H
#define SERVICE_ADMISSION_CELLS_H

#include "base/err.h"
#include "base/str.h"

struct buf;
struct cells;

enum { CELLS_WAYS = 8, CELLS_LOCKS = 64, CELLS_SETS_MAX = 1 << 20 };

struct cell {
    uint64_t key[2]; /* all zero: free */
    int64_t at_ms;   /* the lowest of a set gives way */
    uint64_t value;
};

/* sets: a power of two. */
struct cells *cells_open(uint32_t sets);
void cells_close(struct cells *c);

/* The key of a text: the same in every process (stable; for what is kept), or of this one alone. */
void cells_key(struct str text, uint64_t key[static 2]);
void cells_key_stable(struct str text, uint64_t key[static 2]);

/* Runs fn on the cell of that key, which is new and zero but for its key if there was none; with a
   lock: quick. *dirty, set by fn, says that its set has changed. fn may say that a cell that was
   not there is not wanted (key zeroed). */
typedef void cell_fn(struct cell *cell, bool is_new, bool *dirty, void *arg);
void cells_with(struct cells *c, const uint64_t key[static 2], cell_fn *fn, void *arg);

/* The next set from *at on that has changed since it was last asked for: its text, of
   CELLS_SET_BYTES, and its number in *at. False when there is none. */
enum { CELLS_SET_BYTES = CELLS_WAYS * 32 };
bool cells_changed(struct cells *c, uint32_t *at, struct buf *out);
/* It could not be kept: it counts as changed again. */
void cells_change(struct cells *c, uint32_t at);
/* What was kept; a text of another length or number is passed over. */
void cells_restore(struct cells *c, uint32_t at, struct str text);
/* Writes what has changed to rows of ADMISSION_PART, or reads them. One row a set; without a commit
   of its own for each change: a crash loses what came since the last flush. */
struct core;
MUST_USE enum code cells_flush(struct ctx *cx, struct cells *c, struct core *core, char family);
MUST_USE enum code cells_load(struct ctx *cx, struct cells *c, struct core *core, char family);
/* Cells in use: walks all. */
uint64_t cells_count(struct cells *c);

#endif
