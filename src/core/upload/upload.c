#include "core/upload/upload.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/random.h"
#include "core/txn.h"

enum { ROW_VERSION = 1, HOUR_MS = 3600 * 1000 };

static struct key upload_key(uint64_t number)
{
    struct key k = row_key(ROW_UPLOAD);
    key_u64(&k, number);
    return k;
}

static struct str row_encode(struct arena *a, const struct upload *u)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    buf_le8(&b, ROW_VERSION);
    buf_add(&b, str_of(u->blob.bytes, sizeof u->blob.bytes));
    buf_le64(&b, u->size);
    buf_le64(&b, u->who);
    buf_le64(&b, (uint64_t)u->made_ms);
    buf_le_str(&b, u->type);
    return buf_str(&b);
}

static enum code row_decode(struct ctx *cx, struct str key, struct str value, struct upload *out)
{
    struct cur k = cur_of(str_from(key, 1)), c = cur_of(value);
    struct upload u = {0};
    struct str id;
    uint64_t made;
    uint8_t version;
    if (!cur_key_u64(&k, &u.number) || !cur_le8(&c, &version) || version != ROW_VERSION ||
        !cur_bytes(&c, sizeof u.blob.bytes, &id) || !cur_le64(&c, &u.size) ||
        !cur_le64(&c, &u.who) || !cur_le64(&c, &made) || !cur_le_str(&c, &u.type))
        return fail(cx, E_CORRUPT, "an upload's row cannot be read");
    memcpy(u.blob.bytes, id.p, id.n);
    u.made_ms = (int64_t)made;
    *out = u;
    return OK;
}

static bool has_ended(const struct ctx *cx, const struct upload *u)
{
    return u->made_ms <= cx->now_ms - (int64_t)UPLOAD_HOURS * HOUR_MS;
}

static void end(struct account_txn *t, const struct upload *u)
{
    struct key k = upload_key(u->number);
    txn_blob_unref(t->t, &u->blob, key_str(&k));
    txn_delete(t->t, key_str(&k));
}

/* Those of one person, or (who 0) of all that have ended. */
static enum code list(struct ctx *cx, struct account_txn *t, principal_id who, size_t limit,
                      struct upload *out, size_t *count)
{
    struct key from = row_key(ROW_UPLOAD), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t->t, range);
    struct str key, value;
    size_t n = 0;
    while (n < limit && scan_next(w, &key, &value)) {
        TRY(row_decode(cx, key, value, &out[n]));
        if (who ? out[n].who == who : has_ended(cx, &out[n]))
            n++;
    }
    *count = n;
    return scan_error(w);
}

static struct upload *oldest(struct upload *all, size_t count)
{
    struct upload *first = NULL;
    for (size_t i = 0; i < count; i++)
        if (all[i].who && (!first || all[i].made_ms < first->made_ms))
            first = &all[i];
    return first;
}

/* RFC 8620 section 6: what is over the limit goes, the oldest first. */
static enum code room_make(struct ctx *cx, struct account_txn *t, principal_id who, uint64_t size)
{
    struct upload *all = ARENA_ARRAY(cx->arena, UPLOADS_MAX + 1, struct upload);
    size_t count, left;
    uint64_t bytes = size;
    TRY(list(cx, t, who, UPLOADS_MAX + 1, all, &count));
    for (size_t i = 0; i < count; i++)
        bytes += all[i].size;
    for (left = count; left >= UPLOADS_MAX || bytes > UPLOAD_BYTES_MAX; left--) {
        struct upload *u = oldest(all, count);
        if (!u || u->made_ms > cx->now_ms - HOUR_MS)
            return fail(cx, E_LIMIT, "%zu uploads of %llu bytes", count, (unsigned long long)bytes);
        end(t, u);
        bytes -= u->size;
        u->who = 0;
    }
    return OK;
}

static enum code number_find(struct ctx *cx, struct account_txn *t, uint64_t *out)
{
    for (;;) {
        struct str value;
        *out = random_u64(cx->random);
        struct key k = upload_key(*out);
        enum code code = *out ? txn_get(cx, t->t, key_str(&k), &value) : OK;
        if (code != OK)
            return code == E_NOT_FOUND ? OK : code;
    }
}

enum code upload_add(struct ctx *cx, struct account_txn *t, const struct upload_new *new,
                     struct upload *out)
{
    struct upload u = {.who = new->who,
                       .blob = *blob_new_id(new->blob),
                       .size = blob_new_size(new->blob),
                       .made_ms = cx->now_ms,
                       .type = str_sub(new->type, 0, UPLOAD_TYPE_MAX)};
    TRY(room_make(cx, t, new->who, u.size));
    TRY(number_find(cx, t, &u.number));
    struct key k = upload_key(u.number);
    txn_put(t->t, key_str(&k), row_encode(cx->arena, &u));
    txn_blob_put(t->t, new->blob, key_str(&k));
    *out = u;
    return OK;
}

enum code upload_get(struct ctx *cx, struct core *c, account_id account, principal_id who,
                     uint64_t number, struct upload *out)
{
    struct key k = upload_key(number);
    struct str value;
    struct upload u;
    TRY(store_get(cx, c->store, account, key_str(&k), &value));
    TRY(row_decode(cx, key_str(&k), value, &u));
    if (u.who != who || has_ended(cx, &u))
        return fail(cx, E_NOT_FOUND, "no such upload");
    *out = u;
    return OK;
}

enum code upload_sweep(struct ctx *cx, struct account_txn *t, size_t limit, size_t *ended)
{
    struct upload *all = ARENA_ARRAY(cx->arena, limit + 1, struct upload);
    TRY(list(cx, t, 0, limit, all, ended));
    for (size_t i = 0; i < *ended; i++)
        end(t, &all[i]);
    return OK;
}

enum code upload_release_blob(struct ctx *cx, struct txn *t, struct str key, struct str value)
{
    struct upload u;
    TRY(row_decode(cx, key, value, &u));
    txn_blob_unref(t, &u.blob, key);
    return OK;
}
