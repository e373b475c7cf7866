#include "core/script/memory.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/txn.h"

enum { ROW_VERSION = 1 };

static const int64_t DAY_MS = 24 * 3600 * 1000;

static struct key memory_key(enum script_memory kind, struct str name)
{
    struct key k = row_key(ROW_REMEMBERED);
    key_u32(&k, (uint32_t)kind);
    key_text(&k, name);
    return k;
}

static enum code until_of(struct ctx *cx, struct str value, int64_t *out)
{
    struct cur c = cur_of(value);
    uint8_t version;
    uint64_t until;
    if (!cur_le8(&c, &version) || version != ROW_VERSION || !cur_le64(&c, &until))
        return fail(cx, E_CORRUPT, "what a script remembers cannot be read");
    *out = (int64_t)until;
    return OK;
}

enum code script_remembers(struct ctx *cx, struct core *c, account_id account,
                           enum script_memory kind, struct str key, bool *out)
{
    struct key k = memory_key(kind, key);
    struct str value;
    int64_t until_ms = 0;
    if (key.n > SCRIPT_MEMORY_KEY_MAX)
        return fail(cx, E_SYNTAX, "a key of %zu bytes to remember", key.n);
    enum code code = store_get(cx, c->store, account, key_str(&k), &value);
    if (code == OK)
        code = until_of(cx, value, &until_ms);
    if (code != OK && code != E_NOT_FOUND)
        return code;
    *out = until_ms > cx->now_ms;
    return OK;
}

enum code script_remember(struct ctx *cx, struct account_txn *t, enum script_memory kind,
                          struct str key, uint32_t seconds)
{
    struct key k = memory_key(kind, key);
    struct buf b = buf_of(cx->arena, STORE_VALUE_MAX);
    int64_t time_ms = INT64_C(1000) * seconds;
    if (!key.n || key.n > SCRIPT_MEMORY_KEY_MAX)
        return fail(cx, E_SYNTAX, "a key of %zu bytes to remember", key.n);
    if (time_ms > SCRIPT_MEMORY_DAYS_MAX * DAY_MS)
        time_ms = SCRIPT_MEMORY_DAYS_MAX * DAY_MS;
    buf_le8(&b, ROW_VERSION);
    buf_le64(&b, (uint64_t)(cx->now_ms + time_ms));
    txn_put(t->t, key_str(&k), buf_str(&b));
    return OK;
}

enum code script_forget(struct ctx *cx, struct account_txn *t, size_t limit, size_t *ended)
{
    struct key from = row_key(ROW_REMEMBERED), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t->t, range);
    struct str *keys = ARENA_ARRAY(cx->arena, limit, struct str);
    struct str key, value;
    size_t n = 0;
    while (n < limit && scan_next(w, &key, &value)) {
        int64_t until_ms;
        TRY(until_of(cx, value, &until_ms));
        if (until_ms <= cx->now_ms)
            keys[n++] = str_dup(cx->arena, key);
    }
    TRY(scan_error(w));
    for (size_t i = 0; i < n; i++)
        txn_delete(t->t, keys[i]);
    *ended = n;
    return OK;
}
