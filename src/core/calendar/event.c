#include "core/calendar/event.h"
#include "base/arena.h"
#include "base/buf.h"
#include "core/calendar/rows.h"
#include "core/folder.h"
#include "core/item/item.h"
#include "format/compose/compose.h"
#include "format/summary.h"
#include "format/utf8.h"

/* Whether it lies in a calendar, and not among what was removed. */
static enum code place_of(struct ctx *cx, struct account_txn *t, item_id id,
                          struct event_found *out)
{
    struct item_placed placed;
    struct folder_slot *slot;
    struct item_state item;
    TRY(item_txn_locate(cx, t, id, &placed));
    TRY(txn_folder_row(cx, t, placed.folder, &slot));
    if (slot->row->kind != KIND_CALENDAR)
        return E_NOT_FOUND;
    TRY(item_state_load(cx, t, placed.folder, placed.uid, &item));
    *out = (struct event_found){id, placed.folder, placed.uid, item.row.blob};
    return OK;
}

enum code event_txn_find(struct ctx *cx, struct account_txn *t, struct str uid,
                         struct event_found *out)
{
    struct key from = event_uid_key(uid, 0), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t->t, range);
    struct str key, value, is;
    bool by_uid;
    item_id id;
    while (scan_next(w, &key, &value)) {
        TRY(event_uid_decode(cx, value, &is));
        if (!str_eq(is, uid) || !event_key_read(key, &by_uid, &id))
            continue;
        enum code code = place_of(cx, t, id, out);
        if (code != E_NOT_FOUND)
            return code;
    }
    TRY(scan_error(w));
    return fail(cx, E_NOT_FOUND, "no event of that UID");
}

enum code event_find(struct ctx *cx, struct core *c, account_id account, struct str uid,
                     struct event_found *out)
{
    struct txn *txn AUTO(txn_abort) = txn_begin(cx, c->store, account);
    struct account_txn t;
    TRY(account_txn_load(cx, txn, account, &t));
    return event_txn_find(cx, &t, uid, out);
}

enum code event_text(struct ctx *cx, struct core *c, const struct blob_id *blob, struct str *out)
{
    struct blob *owner = NULL;
    struct str bytes;
    TRY(blob_get(cx, c->store, blob, 0, SIZE_MAX, &bytes, &owner));
    *out = str_dup(cx->arena, bytes);
    blob_unref(owner);
    return OK;
}

/* The default calendar, unless another one is named and there. */
static enum code calendar_find(struct ctx *cx, struct account_txn *t, folder_id wanted,
                               folder_id *out)
{
    const struct folder_facts *f;
    enum code code = wanted ? folder_facts(cx, t, wanted, &f) : E_NOT_FOUND;
    if (code == OK && f->kind == KIND_CALENDAR) {
        *out = wanted;
        return OK;
    }
    return code == OK || code == E_NOT_FOUND ? folder_of_role(cx, t, ROLE_CALENDAR, out) : code;
}

/* What lists show of it: a header of its own, since the blob is no message. */
static enum code summary_of(struct ctx *cx, const struct event_new *new, struct str *out)
{
    struct str title = utf8_cut(new->title, EVENT_TITLE_MAX);
    struct buf b = buf_of(cx->arena, EVENT_TITLE_MAX * 8);
    if (!compose_text(&b, STR("Subject"), title))
        buf_reset(&b);
    buf_add(&b, STR("Content-Type: text/calendar; charset=utf-8\r\n\r\n"));
    return summary_make(cx, buf_str(&b), out);
}

/* The rows that find it, and the mark that says that there are some. */
static enum code index_put(struct ctx *cx, struct account_txn *t, struct str uid, item_id id)
{
    struct item_home home;
    struct key k = item_key(id);
    struct str value;
    TRY(txn_get_expected(cx, t, &k, "item", &value));
    TRY(item_home_decode(cx, value, &home));
    home.flags |= ITEM_EVENT;
    txn_put(t->t, key_str(&k), item_home_encode(cx->arena, &home));
    k = event_uid_key(uid, id);
    txn_put(t->t, key_str(&k), event_uid_row(cx->arena, uid));
    k = event_item_key(id);
    txn_put(t->t, key_str(&k), event_item_row(cx->arena, uid));
    return OK;
}

enum code event_put(struct ctx *cx, struct account_txn *t, const struct event_new *new,
                    struct item_placed *out)
{
    struct event_found is;
    struct item_new item = {
        .flags = FLAG_SEEN, .received_ms = cx->now_ms, .saved_ms = cx->now_ms, .blob = new->blob};
    if (!new->uid.n || new->uid.n > EVENT_UID_MAX)
        return fail(cx, E_SYNTAX, "a UID of %zu bytes", new->uid.n);
    TRY(summary_of(cx, new, &item.summary));
    enum code code = event_txn_find(cx, t, new->uid, &is);
    if (code == OK)
        return item_replace(cx, t, is.folder, is.uid, &item, out);
    if (code != E_NOT_FOUND)
        return code;
    TRY(calendar_find(cx, t, new->folder, &item.folder));
    TRY(item_add(cx, t, &item, out));
    return index_put(cx, t, new->uid, out->id);
}

enum code event_remove(struct ctx *cx, struct account_txn *t, struct str uid)
{
    struct event_found is;
    TRY(event_txn_find(cx, t, uid, &is));
    return item_remove(cx, t, is.folder, is.uid, cx->now_ms);
}
