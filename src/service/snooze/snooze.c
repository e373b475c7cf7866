#include "service/snooze/snooze.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/log.h"
#include "core/object/object.h"
#include "format/json/tree.h"
#include "store/key.h"

enum { SNOOZED_MAX = 10000 };

struct str snooze_name(struct arena *a, item_id item)
{
    return str_printf(a, "E%llx", (unsigned long long)item);
}

static struct key due_key(int64_t at_ms, account_id account, item_id item)
{
    struct key k = key_of('z');
    key_u64(&k, (uint64_t)at_ms);
    key_u64(&k, account);
    key_u64(&k, item);
    return k;
}

enum code snooze_read(struct ctx *cx, struct str value, struct snooze *out)
{
    const struct json_tree *v;
    TRY(json_tree_read(cx, value, &v));
    const struct json_tree *until = json_tree_member(v, STR("untilMs"));
    const struct json_tree *back = json_tree_member(v, STR("folder"));
    if (!json_tree_is(until, TREE_INTEGER) || !json_tree_is(back, TREE_INTEGER))
        return fail(cx, E_CORRUPT, "a note of a snoozed message");
    out->until_ms = until->integer;
    out->back = (folder_id)back->integer;
    return OK;
}

/* The mark alone, or its end. */
static enum code mark(struct ctx *cx, struct account_txn *t, const struct item_placed *at, bool on)
{
    static const struct str keyword = SNOOZE_KEYWORD;
    const struct item_flags change = {.how = on ? FLAGS_ADD : FLAGS_REMOVE,
                                      .keywords = &keyword,
                                      .keyword_count = 1,
                                      .unchanged_since = UINT64_MAX};
    bool changed;
    uint64_t modseq;
    return item_set_flags(cx, t, at->folder, at->uid, &change, &changed, &modseq);
}

static enum code set_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct snooze *s = arg;
    struct item_placed at;
    TRY(item_txn_locate(cx, t, s->item, &at));
    TRY(mark(cx, t, &at, true));
    const struct object o = {.name = snooze_name(cx->arena, s->item),
                             .value = str_printf(cx->arena, "{\"untilMs\":%lld,\"folder\":%u}",
                                                 (long long)s->until_ms, s->back)};
    return object_put(cx, t, OBJECT_SNOOZE, &o, SNOOZED_MAX, NULL);
}

static enum code due_put(struct ctx *cx, struct txn *t, void *arg)
{
    const struct key *k = arg;
    (void)cx;
    txn_put(t, key_str(k), STR("\x01"));
    return OK;
}

static enum code due_drop(struct ctx *cx, struct txn *t, void *arg)
{
    const struct key *k = arg;
    (void)cx;
    txn_delete(t, key_str(k));
    return OK;
}

/* First when, then what: a note that nobody is reminded of would be for ever. */
enum code snooze_set(struct ctx *cx, struct core *c, account_id account, const struct snooze *s)
{
    struct snooze wanted = *s;
    struct item_placed at;
    struct key k = due_key(s->until_ms, account, s->item);
    TRY(item_locate(cx, c, account, s->item, &at));
    TRY(store_update(cx, c->store, DUE_PART, due_put, &k));
    return account_update(cx, c, account, set_in, &wanted);
}

enum code snooze_end(struct ctx *cx, struct account_txn *t, item_id item)
{
    struct item_placed at;
    TRY(object_remove(cx, t, OBJECT_SNOOZE, snooze_name(cx->arena, item)));
    enum code code = item_txn_locate(cx, t, item, &at);
    if (code == OK)
        code = mark(cx, t, &at, false);
    return code == E_NOT_FOUND ? OK : code;
}

struct waking {
    item_id item;
    int64_t now_ms;
    bool woken;
};

/* Back to its mailbox, or else into the inbox: unread, as if it came now. */
static enum code back(struct ctx *cx, struct account_txn *t, const struct item_placed *at,
                      folder_id to, int64_t now_ms)
{
    const struct item_flags unread = {
        .how = FLAGS_REMOVE, .flags = FLAG_SEEN, .unchanged_since = UINT64_MAX};
    struct item_placed placed = *at;
    uint64_t modseq;
    bool changed;
    enum code code = OK;
    if (to && to != at->folder)
        code = item_move(cx, t, at->folder, at->uid, to, now_ms, &placed);
    if (code == E_NOT_FOUND) /* the mailbox has gone: it stays where it is */
        placed = *at;
    else
        TRY(code);
    TRY(mark(cx, t, &placed, false));
    return item_set_flags(cx, t, placed.folder, placed.uid, &unread, &changed, &modseq);
}

static enum code wake_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct waking *w = arg;
    struct str name = snooze_name(cx->arena, w->item);
    struct item_placed at;
    struct object o;
    struct snooze s;
    w->woken = false;
    enum code code = object_txn_get(cx, t, OBJECT_SNOOZE, name, &o);
    if (code == E_NOT_FOUND)
        return OK; /* taken back */
    TRY(code);
    TRY(snooze_read(cx, o.value, &s));
    if (s.until_ms > w->now_ms)
        return OK; /* put off: another row stands for that */
    TRY(object_remove(cx, t, OBJECT_SNOOZE, name));
    code = item_txn_locate(cx, t, w->item, &at);
    if (code == E_NOT_FOUND)
        return OK; /* deleted meanwhile */
    TRY(code);
    w->woken = true;
    return back(cx, t, &at, s.back, w->now_ms);
}

static enum code wake(struct ctx *cx, struct core *c, account_id account, item_id item, bool *woken)
{
    struct waking w = {.item = item, .now_ms = cx->now_ms};
    enum code code = account_update(cx, c, account, wake_in, &w);
    *woken = code == OK && w.woken;
    return code == E_NOT_FOUND ? OK : code; /* no such account any more */
}

struct due {
    struct key key;
    account_id account;
    item_id item;
};

static enum code due_find(struct ctx *cx, struct core *c, struct due *due, size_t limit,
                          size_t *count)
{
    struct key from = key_of('z'), to = due_key(cx->now_ms + 1, 0, 0);
    struct scan *w AUTO(scan_close) = store_scan(
        cx, c->store, DUE_PART, (struct range){.from = key_str(&from), .to = key_str(&to)});
    struct str key, value;
    *count = 0;
    while (*count < limit && scan_next(w, &key, &value)) {
        struct cur k = cur_of(str_from(key, 1));
        struct due *d = &due[*count];
        uint64_t at;
        if (!cur_key_u64(&k, &at) || !cur_key_u64(&k, &d->account) || !cur_key_u64(&k, &d->item))
            return fail(cx, E_CORRUPT, "a row of what is due");
        d->key = due_key((int64_t)at, d->account, d->item);
        ++*count;
    }
    return scan_error(w);
}

enum code snooze_run(struct ctx *cx, struct core *c, size_t limit, size_t *done)
{
    struct due *due = ARENA_ARRAY(cx->arena, limit + 1, struct due);
    size_t count;
    *done = 0;
    TRY(due_find(cx, c, due, limit, &count));
    for (size_t i = 0; i < count; i++) {
        bool woken = false;
        enum code code = wake(cx, c, due[i].account, due[i].item, &woken);
        if (code != OK) {
            log_event(c->log, LOG_WARN, "snooze.failed", "account=%llu item=%llu code=%s why=%s",
                      (unsigned long long)due[i].account, (unsigned long long)due[i].item,
                      code_name(code), log_quote(cx->arena, str_z(cx->err.what)));
            continue; /* it is looked at again the next time */
        }
        *done += woken;
        TRY(store_update(cx, c->store, DUE_PART, due_drop, &due[i].key));
    }
    return OK;
}
