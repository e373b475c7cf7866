/* What a column is made of, and how it is made. Internal to core. */
#ifndef CORE_COLUMNS_COLUMN_H
#define CORE_COLUMNS_COLUMN_H

#include "core/columns/columns.h"
#include "core/view/cache.h"

enum { COLUMN_REF_LONG = UINT16_MAX };

/* Texts of the rows, each different one once. */
struct column_texts {
    uint32_t count;  /* different ones; the first is the empty one */
    uint32_t *start; /* count + 1 offsets */
    char *bytes;     /* one after the other */
    uint16_t *ref;   /* by row: which; NULL when all are empty. COLUMN_REF_LONG: too long */
};

struct column_thread {
    uint64_t *own, *refs;
    uint32_t *start; /* rows + 1 */
};

struct column {
    struct picture picture; /* first */
    enum column_kind kind;
    uint32_t uid;  /* the run's first */
    uint64_t upto; /* all messages of the run with lower uids are in it */
    uint32_t count;
    uint16_t *low; /* by row: uid less the run's first, rising */
    struct column_facts *facts;
    struct column_texts texts;
    struct column_thread thread;
};

/* Makes the columns of one run: kinds is a mask of 1 << enum column_kind. scratch is reset for each
   message. */
struct column_build;
struct column_build *column_build_open(struct arena *a, struct arena *scratch, uint32_t kinds,
                                       uint32_t uid);
/* Adds a message, in the order of uids. E_CORRUPT for a summary that cannot be read. */
MUST_USE enum code column_build_row(struct ctx *cx, struct column_build *b,
                                    const struct item_row *row);
/* Adds all of an older column of the run; first, and of one kind alone. */
void column_build_take(struct column_build *b, const struct column *old);
/* One column of those being built, with one reference. */
struct column *column_build_close(struct column_build *b, enum column_kind kind, uint64_t upto);

#endif
