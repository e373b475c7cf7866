/* Data items of FETCH that extensions brought. */
#include "core/objectid/objectid.h"
#include "format/date.h"
#include "format/summary.h"
#include "format/utf8.h"
#include "proto/imap/fetch/fetch.h"
#include "proto/imap/wire/reply.h"

void imap_fetch_name(struct buf *out, char *before, struct str name)
{
    buf_byte(out, *before);
    buf_add(out, name);
    *before = ' ';
}

/* Quotes hold 8-bit text only for those who said that they take it. */
static void put_text(const struct imap_session *s, struct buf *out, struct str text)
{
    if (!s->rev2 && !s->utf8 && !utf8_is_ascii(text)) {
        buf_printf(out, "{%zu}\r\n", text.n);
        buf_add(out, text);
        return;
    }
    imap_put_string(out, text);
}

static void put_id(struct buf *out, char *before, struct str name, struct str id)
{
    imap_fetch_name(out, before, name);
    buf_byte(out, '(');
    buf_add(out, id);
    buf_byte(out, ')');
}

enum code imap_fetch_put_extra(struct ctx *cx, const struct imap_session *s, struct buf *out,
                               uint32_t items, const struct item_row *row, char *before)
{
    struct str text;
    if (items & IMAP_FETCH_PREVIEW) { /* RFC 8970 */
        TRY(summary_get(cx, row->summary, SUMMARY_PREVIEW, &text));
        imap_fetch_name(out, before, STR("PREVIEW "));
        put_text(s, out, text);
    }
    if (items & IMAP_FETCH_SAVEDATE) { /* RFC 8514 */
        imap_fetch_name(out, before, STR("SAVEDATE \""));
        date_put_imap(out, (struct date){.utc_ms = row->saved_ms});
        buf_byte(out, '"');
    }
    if (items & IMAP_FETCH_EMAILID) /* RFC 8474 section 5.1 */
        put_id(out, before, STR("EMAILID "),
               objectid_email(cx->arena, s->account, s->selected->account, row->id));
    if (items & IMAP_FETCH_THREADID) /* section 5.2 */
        put_id(out, before, STR("THREADID "), objectid_thread(cx->arena, row));
    return OK;
}
