/* The index of events: each event is found by its UID, and nothing else is. */
#include "base/arena.h"
#include "core/calendar/event.h"
#include "core/calendar/rows.h"
#include "core/upkeep/checker.h"
#include "format/ical/ical.h"

static struct str which(struct checker *k, item_id id)
{
    return str_printf(k->cx->arena, "item %llu", (unsigned long long)id);
}

/* What the event itself says; empty when it cannot be read. */
static enum code uid_of(struct checker *k, const struct item_home *home, struct str *out)
{
    struct key key = uid_key(ROW_SUMMARY, home->folder, home->uid);
    struct ical *c AUTO(ical_close) = NULL;
    struct item_row row;
    struct str value;
    size_t bytes;
    bool is_there;
    *out = (struct str){0};
    TRY(check_row(k, &key, &value, &is_there));
    if (!is_there)
        return OK;
    TRY(summary_row_decode(k->cx, value, &row, &bytes));
    enum code code = event_text(k->cx, k->c, &row.blob, &value);
    if (code != OK)
        return code == E_NOT_FOUND ? OK : code;
    if (ical_parse(k->cx, value, &c) != OK)
        return OK;
    struct ical_events all = ical_events(k->cx->arena, c);
    if (all.count)
        *out = ical_get(k->cx->arena, all.at[0], STR("UID"));
    return OK;
}

static enum code rows_are_there(struct checker *k, struct str uid, item_id id, bool *out)
{
    struct key by_item = event_item_key(id), by_uid = event_uid_key(uid, id);
    struct str value;
    bool first, second;
    TRY(check_row(k, &by_item, &value, &first));
    first = first && str_eq(value, event_item_row(k->cx->arena, uid));
    TRY(check_row(k, &by_uid, &value, &second));
    *out = first && second && str_eq(value, event_uid_row(k->cx->arena, uid));
    return OK;
}

enum code check_event(struct checker *k, item_id id, const struct item_home *home)
{
    struct str uid;
    bool right;
    if (!(home->flags & ITEM_EVENT))
        return OK;
    TRY(uid_of(k, home, &uid));
    TRY(rows_are_there(k, uid, id, &right));
    if (right || !check_fault(k, "an event is not found by its UID", which(k, id), uid.n > 0))
        return OK;
    struct key key = event_uid_key(uid, id);
    check_fix_put(k, &key, event_uid_row(k->cx->arena, uid));
    key = event_item_key(id);
    check_fix_put(k, &key, event_item_row(k->cx->arena, uid));
    return OK;
}

enum code check_event_rows(struct checker *k)
{
    struct key from = row_key(ROW_EVENT), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(k->cx, k->t.t, range);
    struct str key, value, home_value;
    while (scan_next(w, &key, &value)) {
        struct item_home home = {0};
        bool by_uid, is_there;
        item_id id = 0;
        if (!event_key_read(key, &by_uid, &id))
            return fail(k->cx, E_CORRUPT, "an event row's key is broken");
        struct key item = item_key(id);
        TRY(check_row(k, &item, &home_value, &is_there));
        if (is_there)
            TRY(item_home_decode(k->cx, home_value, &home));
        if (!(home.flags & ITEM_EVENT) &&
            check_fault(k, "a UID leads to no event", which(k, id), true))
            check_fix_drop(k, key);
    }
    return scan_error(w);
}
