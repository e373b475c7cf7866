#include "service/submission/release.h"
#include "base/arena.h"
#include "base/cur.h"
#include "base/log.h"
#include "core/folder.h"
#include "service/transport/queue/cancel.h"
#include "store/key.h"

static struct key due_key(int64_t at_ms, account_id account, item_id item, struct str delivery_id)
{
    struct key k = key_of('y');
    key_u64(&k, (uint64_t)at_ms);
    key_u64(&k, account);
    key_u64(&k, item);
    key_text(&k, delivery_id);
    return k;
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

enum code submission_hold(struct ctx *cx, struct core *c, const struct held *h)
{
    struct key k = due_key(h->release_ms, h->account, h->item, h->delivery_id);
    return store_update(cx, c->store, DUE_PART, due_put, &k);
}

static enum code release_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct held *h = arg;
    struct item_placed at;
    const struct folder_facts *lies;
    folder_id sent;
    enum code code = item_txn_locate(cx, t, h->item, &at);
    if (code == E_NOT_FOUND)
        return OK; /* deleted meanwhile */
    TRY(code);
    TRY(folder_facts(cx, t, at.folder, &lies));
    if (lies->role != ROLE_OUTBOX)
        return OK;
    TRY(folder_of_role(cx, t, ROLE_SENT, &sent));
    return item_move(cx, t, at.folder, at.uid, sent, cx->now_ms, &at);
}

static enum code was_taken_back(struct ctx *cx, struct queue *q, struct str delivery_id, bool *out)
{
    struct queue_progresses p = {0};
    enum code code = queue_progress(cx, q, delivery_id, &p);
    *out = code == OK && p.taken_back;
    return code == E_NOT_FOUND ? OK : code; /* so long ago that nothing is known of it */
}

static enum code release(struct ctx *cx, struct core *c, struct queue *q, struct held *h,
                         bool *gone)
{
    bool back;
    *gone = false;
    TRY(was_taken_back(cx, q, h->delivery_id, &back));
    if (back)
        return OK;
    enum code code = account_update(cx, c, h->account, release_in, h);
    *gone = code == OK;
    return code == E_NOT_FOUND ? OK : code; /* no such account any more */
}

static enum code due_find(struct ctx *cx, struct core *c, struct held *due, size_t limit,
                          size_t *count)
{
    struct key from = key_of('y'), to = due_key(cx->now_ms + 1, 0, 0, (struct str){0});
    struct scan *w AUTO(scan_close) = store_scan(
        cx, c->store, DUE_PART, (struct range){.from = key_str(&from), .to = key_str(&to)});
    struct str key, value;
    *count = 0;
    while (*count < limit && scan_next(w, &key, &value)) {
        struct cur k = cur_of(str_from(str_dup(cx->arena, key), 1));
        struct held *h = &due[*count];
        uint64_t at;
        if (!cur_key_u64(&k, &at) || !cur_key_u64(&k, &h->account) || !cur_key_u64(&k, &h->item) ||
            !cur_key_text(&k, cx->arena, &h->delivery_id))
            return fail(cx, E_CORRUPT, "a row of what is sent later");
        h->release_ms = (int64_t)at;
        ++*count;
    }
    return scan_error(w);
}

enum code submission_release(struct ctx *cx, struct core *c, struct queue *q, size_t limit,
                             size_t *done)
{
    struct held *due = ARENA_ARRAY(cx->arena, limit + 1, struct held);
    size_t count;
    *done = 0;
    TRY(due_find(cx, c, due, limit, &count));
    for (size_t i = 0; i < count; i++) {
        struct held *h = &due[i];
        bool gone = false;
        enum code code = release(cx, c, q, h, &gone);
        if (code != OK) {
            log_event(c->log, LOG_WARN, "submission.release_failed",
                      "account=%llu item=%llu code=%s why=%s", (unsigned long long)h->account,
                      (unsigned long long)h->item, code_name(code),
                      log_quote(cx->arena, str_z(cx->err.what)));
            continue; /* it is looked at again the next time */
        }
        *done += gone;
        struct key k = due_key(h->release_ms, h->account, h->item, h->delivery_id);
        TRY(store_update(cx, c->store, DUE_PART, due_drop, &k));
    }
    return OK;
}
