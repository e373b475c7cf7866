#include "proto/imap/rows.h"

enum { CLOSE_PLACES = 32 }; /* a scan that skips so many costs less than another look-up */

struct imap_rows imap_rows_of(struct ctx *cx, const struct imap_session *s)
{
    return (struct imap_rows){.cx = cx, .core = s->env->core, .selected = s->selected};
}

struct imap_rows imap_rows_in(struct ctx *cx, struct core *c, const struct view *v)
{
    return (struct imap_rows){.cx = cx, .core = c, .view = v};
}

void imap_rows_close(struct imap_rows *rows)
{
    if (rows->scan)
        item_scan_close(rows->scan);
    rows->scan = NULL;
    rows->has_row = false;
}

/* Goes on to the row of that uid. */
static enum code scan_to(struct ctx *cx, struct imap_rows *rows, uint32_t uid, struct item_row *out)
{
    while (!rows->has_row || rows->row.uid < uid) {
        rows->has_row = item_next(rows->scan, &rows->row);
        if (rows->has_row)
            continue;
        TRY(item_scan_error(rows->scan));
        imap_rows_close(rows);
        return fail(cx, E_NOT_FOUND, "message is gone");
    }
    if (rows->row.uid != uid)
        return fail(cx, E_NOT_FOUND, "message is gone");
    *out = rows->row;
    return OK;
}

enum code imap_rows_get(struct ctx *cx, struct imap_rows *rows, uint32_t place,
                        struct item_row *out)
{
    const struct view *v = rows->selected ? rows->selected->view : rows->view;
    uint32_t uid = view_at(v, place).uid;
    bool close = rows->used && place - rows->place <= CLOSE_PLACES;
    rows->used = true;
    rows->place = place;
    if (!close) {
        imap_rows_close(rows);
        return item_get(cx, rows->core, view_account(v), view_folder(v), uid, out);
    }
    if (!rows->scan)
        rows->scan =
            item_scan(rows->cx, rows->core, view_account(v), view_folder(v), uid, UINT32_MAX);
    return scan_to(cx, rows, uid, out);
}
