/* The item rows of a folder in rising order: one scan where they lie close, single gets where not.
 */
#ifndef PROTO_IMAP_ROWS_H
#define PROTO_IMAP_ROWS_H

#include "proto/imap/session.h"

struct imap_rows {
    struct ctx *cx; /* of the scan */
    struct core *core;
    const struct imap_selected *selected; /* whose view it is, as it changes; or NULL: */
    const struct view *view;
    struct item_scan *scan; /* or NULL */
    struct item_row row;    /* the scan's, when has_row */
    bool has_row, used;
    uint32_t place; /* that was asked for last */
};

/* cx outlives the rows. */
struct imap_rows imap_rows_of(struct ctx *cx, const struct imap_session *s);
/* The same of any view, not of the selected one. */
struct imap_rows imap_rows_in(struct ctx *cx, struct core *c, const struct view *v);
/* The item at a place in the view, at or behind the one asked for last. out: slices live
   until the next call, or in cx->arena. E_NOT_FOUND when it is gone. */
MUST_USE enum code imap_rows_get(struct ctx *cx, struct imap_rows *rows, uint32_t place,
                                 struct item_row *out);
void imap_rows_close(struct imap_rows *rows);

#endif
