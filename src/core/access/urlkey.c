#include "core/access/urlkey.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/random.h"
#include "core/txn.h"

struct making {
    const struct url_key_of *of;
    unsigned char key[URL_KEY_BYTES];
};

/* By user first, so that all of one are a range. */
static struct key row_of(const struct url_key_of *of)
{
    struct key k = row_key(ROW_URL_KEY);
    key_u64(&k, of->user);
    if (of->folder)
        key_u32(&k, of->folder);
    return k;
}

static enum code decode(struct ctx *cx, struct str value, unsigned char out[URL_KEY_BYTES])
{
    if (value.n != 1 + URL_KEY_BYTES || value.p[0] != 1)
        return fail(cx, E_CORRUPT, "a URL key's row cannot be read");
    memcpy(out, value.p + 1, URL_KEY_BYTES);
    return OK;
}

/* Whoever is first makes it. */
static enum code make_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct making *x = arg;
    struct key k = row_of(x->of);
    struct str value;
    enum code code = txn_get(cx, t->t, key_str(&k), &value);
    if (code == OK)
        return decode(cx, value, x->key);
    if (code != E_NOT_FOUND)
        return code;
    struct buf b = buf_of(cx->arena, 1 + URL_KEY_BYTES);
    buf_le8(&b, 1);
    buf_add(&b, str_of(x->key, sizeof x->key));
    txn_put(t->t, key_str(&k), buf_str(&b));
    return OK;
}

enum code url_key_get(struct ctx *cx, struct core *c, const struct url_key_of *of, bool make,
                      unsigned char out[URL_KEY_BYTES])
{
    struct making x = {.of = of};
    struct key k = row_of(of);
    struct str value;
    enum code code = store_get(cx, c->store, of->account, key_str(&k), &value);
    if (code == OK)
        return decode(cx, value, out);
    if (code != E_NOT_FOUND || !make)
        return code;
    random_bytes(cx->random, x.key, sizeof x.key);
    TRY(account_update(cx, c, of->account, make_in, &x));
    memcpy(out, x.key, URL_KEY_BYTES);
    return OK;
}

static enum code reset_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct making *x = arg;
    struct key k = row_of(x->of), after = key_after(&k);
    struct range range = {.from = key_str(&k), .to = key_str(&after)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t->t, range);
    struct str *keys = ARENA_ARRAY(cx->arena, FOLDERS_MAX, struct str);
    struct str key, value;
    size_t count = 0;
    while (count < FOLDERS_MAX && scan_next(w, &key, &value))
        keys[count++] = str_dup(cx->arena, key);
    TRY(scan_error(w));
    for (size_t i = 0; i < count; i++)
        txn_delete(t->t, keys[i]);
    return OK;
}

enum code url_key_reset(struct ctx *cx, struct core *c, const struct url_key_of *of)
{
    struct making x = {.of = of};
    return account_update(cx, c, of->account, reset_in, &x);
}
