#include "core/signin/session.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "store/key.h"

enum { FAMILY_SESSION = 's', VERSION = 1, ROW_MAX = 512, LIST_MAX = 2 * SESSIONS_MAX };

static struct key key_for(principal_id who, uint64_t id)
{
    struct key k = key_of(FAMILY_SESSION);
    key_u64(&k, who);
    key_u64(&k, id);
    return k;
}

static struct key all_of(principal_id who)
{
    struct key k = key_of(FAMILY_SESSION);
    key_u64(&k, who);
    return k;
}

static struct str encode(struct arena *a, const struct session *s)
{
    struct buf b = buf_of(a, ROW_MAX);
    buf_le8(&b, VERSION);
    buf_add(&b, str_of(s->hash, sizeof s->hash));
    buf_le64(&b, s->generation);
    buf_le64(&b, (uint64_t)s->created_ms);
    buf_le64(&b, (uint64_t)s->used_ms);
    buf_le64(&b, (uint64_t)s->expires_ms);
    buf_le64(&b, (uint64_t)s->proved_ms);
    buf_le8(&b, s->how);
    buf_le_str(&b, str_sub(s->address, 0, SESSION_ADDRESS_MAX));
    buf_le_str(&b, str_sub(s->agent, 0, SESSION_AGENT_MAX));
    buf_le64(&b, s->next);
    must(!b.overflow);
    return buf_str(&b);
}

static bool time_take(struct cur *c, int64_t *out)
{
    uint64_t ms;
    if (!cur_le64(c, &ms))
        return false;
    *out = (int64_t)ms;
    return true;
}

static enum code decode(struct ctx *cx, struct str key, struct str value, struct session *out)
{
    struct cur k = cur_of(str_from(key, 1)), v = cur_of(value);
    struct session s = {0};
    struct str hash;
    uint8_t version;
    if (!cur_key_u64(&k, &s.who) || !cur_key_u64(&k, &s.id) || !cur_le8(&v, &version) ||
        version != VERSION || !cur_bytes(&v, sizeof s.hash, &hash) ||
        !cur_le64(&v, &s.generation) || !time_take(&v, &s.created_ms) ||
        !time_take(&v, &s.used_ms) || !time_take(&v, &s.expires_ms) ||
        !time_take(&v, &s.proved_ms) || !cur_le8(&v, &s.how) || !cur_le_str(&v, &s.address) ||
        !cur_le_str(&v, &s.agent))
        return fail(cx, E_CORRUPT, "the row of a session cannot be read");
    if (!cur_end(&v) && !cur_le64(&v, &s.next)) /* older rows end before it */
        return fail(cx, E_CORRUPT, "the row of a session is cut off");
    memcpy(s.hash, hash.p, sizeof s.hash);
    s.address = str_dup(cx->arena, s.address);
    s.agent = str_dup(cx->arena, s.agent);
    *out = s;
    return OK;
}

static enum code take(struct ctx *cx, struct scan *w, size_t limit, struct session **out,
                      size_t *count)
{
    struct session *list = NULL;
    size_t n = 0, room = 0;
    struct str key, value;
    while (n < limit && scan_next(w, &key, &value)) {
        if (n == room) {
            size_t more = room ? room * 2 : 8;
            list = arena_grow(cx->arena, list, room * sizeof *list, more * sizeof *list);
            room = more;
        }
        TRY(decode(cx, key, value, &list[n]));
        n++;
    }
    *out = list;
    *count = n;
    return scan_error(w);
}

/* Room for one more: what has ended goes, then what was silent longest. */
static void make_room(struct txn *t, const struct session *list, size_t count, int64_t now_ms)
{
    const struct session *oldest = NULL;
    size_t left = count;
    for (size_t i = 0; i < count; i++) {
        struct key k = key_for(list[i].who, list[i].id);
        if (list[i].expires_ms <= now_ms) {
            txn_delete(t, key_str(&k));
            left--;
        } else if (!oldest || list[i].used_ms < oldest->used_ms) {
            oldest = &list[i];
        }
    }
    if (left >= SESSIONS_MAX) {
        struct key k = key_for(oldest->who, oldest->id);
        txn_delete(t, key_str(&k));
    }
}

static enum code add(struct ctx *cx, struct txn *t, void *arg)
{
    const struct session *s = arg;
    struct key from = all_of(s->who), to = key_after(&from), own = key_for(s->who, s->id);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t, range);
    struct session *list;
    size_t count;
    TRY(take(cx, w, LIST_MAX, &list, &count));
    make_room(t, list, count, s->created_ms);
    txn_put(t, key_str(&own), encode(cx->arena, s));
    return OK;
}

enum code session_add(struct ctx *cx, struct core *c, const struct session *s)
{
    struct session own = *s;
    return store_update(cx, c->store, SIGNIN_PART, add, &own);
}

enum code session_get(struct ctx *cx, struct core *c, principal_id who, uint64_t id,
                      struct session *out)
{
    struct key k = key_for(who, id);
    struct str value;
    TRY(store_get(cx, c->store, SIGNIN_PART, key_str(&k), &value));
    return decode(cx, key_str(&k), value, out);
}

static enum code touch(struct ctx *cx, struct txn *t, void *arg)
{
    const struct session *s = arg;
    struct key k = key_for(s->who, s->id);
    struct session now;
    struct str value;
    TRY(txn_get(cx, t, key_str(&k), &value));
    TRY(decode(cx, key_str(&k), value, &now));
    now.used_ms = now.used_ms > s->used_ms ? now.used_ms : s->used_ms;
    now.proved_ms = now.proved_ms > s->proved_ms ? now.proved_ms : s->proved_ms;
    txn_put(t, key_str(&k), encode(cx->arena, &now));
    return OK;
}

enum code session_touch(struct ctx *cx, struct core *c, const struct session *s)
{
    struct session own = *s;
    return store_update(cx, c->store, SIGNIN_PART, touch, &own);
}

static enum code carry(struct ctx *cx, struct txn *t, void *arg)
{
    const struct session_step *step = arg;
    struct key from = all_of(step->who), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t, range);
    struct session *list;
    size_t count;
    TRY(take(cx, w, SIZE_MAX, &list, &count));
    for (size_t i = 0; i < count; i++) {
        struct session *s = &list[i];
        struct key k = key_for(s->who, s->id);
        bool holds = s->generation == step->from || (s->next && s->next == step->from);
        if (!holds || (step->id && step->id != s->id))
            continue;
        s->generation = step->from;
        s->next = step->to;
        txn_put(t, key_str(&k), encode(cx->arena, s));
    }
    return OK;
}

enum code session_carry(struct ctx *cx, struct core *c, const struct session_step *step)
{
    struct session_step own = *step;
    return store_update(cx, c->store, SIGNIN_PART, carry, &own);
}

static enum code drop(struct ctx *cx, struct txn *t, void *arg)
{
    const struct session *s = arg;
    struct key k = key_for(s->who, s->id);
    struct str value;
    TRY(txn_get(cx, t, key_str(&k), &value));
    txn_delete(t, key_str(&k));
    return OK;
}

enum code session_drop(struct ctx *cx, struct core *c, principal_id who, uint64_t id)
{
    struct session s = {.who = who, .id = id};
    return store_update(cx, c->store, SIGNIN_PART, drop, &s);
}

struct ending {
    principal_id who;
    uint64_t keep;
    size_t ended;
};

static enum code drop_all(struct ctx *cx, struct txn *t, void *arg)
{
    struct ending *e = arg;
    struct key from = all_of(e->who), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t, range);
    struct session *list;
    size_t count;
    TRY(take(cx, w, SIZE_MAX, &list, &count));
    e->ended = 0;
    for (size_t i = 0; i < count; i++) {
        struct key k = key_for(list[i].who, list[i].id);
        if (list[i].id == e->keep)
            continue;
        txn_delete(t, key_str(&k));
        e->ended++;
    }
    return OK;
}

enum code session_drop_all(struct ctx *cx, struct core *c, principal_id who, uint64_t keep,
                           size_t *ended)
{
    struct ending e = {.who = who, .keep = keep};
    TRY(store_update(cx, c->store, SIGNIN_PART, drop_all, &e));
    *ended = e.ended;
    return OK;
}

enum code session_list(struct ctx *cx, struct core *c, principal_id who, struct session **out,
                       size_t *count)
{
    struct key from = all_of(who), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, SIGNIN_PART, range);
    return take(cx, w, SIZE_MAX, out, count);
}

enum code session_page(struct ctx *cx, struct core *c, principal_id who, uint64_t id,
                       struct session **out, size_t *count)
{
    struct key behind = key_for(who, id), all = key_of(FAMILY_SESSION);
    struct key from = key_after(&behind), to = key_after(&all);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, SIGNIN_PART, range);
    return take(cx, w, SESSION_PAGE_MAX, out, count);
}
