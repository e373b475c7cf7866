#include "core/signin/passkey.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/credential/kdf.h"
#include "core/signin/factor.h"
#include "core/signin/totp.h"
#include "store/key.h"

enum {
    FAMILY_PASSKEY = 'k',
    FAMILY_CREDENTIAL = 'c', /* the hash of a credential's id -> whose it is */
    FAMILY_CHALLENGE = 'u',
    VERSION = 1,
    ROW_MAX = 4096,
    SWEEP_ROWS = 1000,
};

static struct key key_for(principal_id who, uint64_t id)
{
    struct key k = key_of(FAMILY_PASSKEY);
    key_u64(&k, who);
    key_u64(&k, id);
    return k;
}

static struct key all_of(principal_id who)
{
    struct key k = key_of(FAMILY_PASSKEY);
    key_u64(&k, who);
    return k;
}

static struct key credential_key(struct str credential)
{
    unsigned char hash[KDF_BYTES];
    struct key k = key_of(FAMILY_CREDENTIAL);
    kdf_sha256(credential, hash);
    key_text(&k, str_of(hash, sizeof hash));
    return k;
}

uint64_t passkey_row_id(struct str credential)
{
    unsigned char hash[KDF_BYTES];
    uint64_t id = 0;
    kdf_sha256(credential, hash);
    struct cur c = cur_of(str_of(hash, sizeof hash));
    must(cur_le64(&c, &id));
    return id;
}

static void put(struct ctx *cx, struct txn *t, const struct passkey_row *r)
{
    struct buf b = buf_of(cx->arena, ROW_MAX);
    struct key k = key_for(r->who, r->id);
    buf_le8(&b, VERSION);
    buf_le32(&b, r->counter);
    buf_le64(&b, (uint64_t)r->created_ms);
    buf_le64(&b, (uint64_t)r->used_ms);
    buf_le_str(&b, r->credential);
    buf_le_str(&b, r->key);
    buf_le_str(&b, r->host);
    buf_le_str(&b, str_sub(r->name, 0, PASSKEY_NAME_MAX));
    must(!b.overflow);
    txn_put(t, key_str(&k), buf_str(&b));
}

static enum code decode(struct ctx *cx, struct str key, struct str value, struct passkey_row *out)
{
    struct str own = str_dup(cx->arena, value);
    struct cur k = cur_of(str_from(key, 1)), v = cur_of(own);
    struct passkey_row r = {0};
    uint64_t created, used;
    uint8_t version;
    if (!cur_key_u64(&k, &r.who) || !cur_key_u64(&k, &r.id) || !cur_le8(&v, &version) ||
        version != VERSION || !cur_le32(&v, &r.counter) || !cur_le64(&v, &created) ||
        !cur_le64(&v, &used) || !cur_le_str(&v, &r.credential) || !cur_le_str(&v, &r.key) ||
        !cur_le_str(&v, &r.host) || !cur_le_str(&v, &r.name))
        return fail(cx, E_CORRUPT, "the row of a passkey cannot be read");
    r.created_ms = (int64_t)created;
    r.used_ms = (int64_t)used;
    *out = r;
    return OK;
}

static enum code take_all(struct ctx *cx, struct scan *w, struct passkey_row **out, size_t *count)
{
    struct passkey_row *list = ARENA_ARRAY(cx->arena, PASSKEYS_MAX, struct passkey_row);
    struct str key, value;
    size_t n = 0;
    while (n < PASSKEYS_MAX && scan_next(w, &key, &value)) {
        TRY(decode(cx, key, value, &list[n]));
        n++;
    }
    *out = list;
    *count = n;
    return scan_error(w);
}

static enum code add(struct ctx *cx, struct txn *t, void *arg)
{
    const struct passkey_row *r = arg;
    struct key from = all_of(r->who), to = key_after(&from), index = credential_key(r->credential);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t, range);
    struct passkey_row *list;
    struct str value;
    size_t count;
    TRY(take_all(cx, w, &list, &count));
    if (count == PASSKEYS_MAX)
        return fail(cx, E_LIMIT, "more than %d passkeys", PASSKEYS_MAX);
    enum code code = txn_get(cx, t, key_str(&index), &value);
    if (code == OK)
        return fail(cx, E_EXISTS, "passkey: that credential is known");
    if (code != E_NOT_FOUND)
        return code;
    struct buf b = buf_of(cx->arena, 32);
    buf_le8(&b, VERSION);
    buf_le64(&b, r->who);
    txn_put(t, key_str(&index), buf_str(&b));
    put(cx, t, r);
    return factor_adjust(cx, t, r->who, (struct factor_change){.passkeys = 1});
}

enum code passkey_row_add(struct ctx *cx, struct core *c, const struct passkey_row *r)
{
    struct passkey_row own = *r;
    must(r->credential.n <= PASSKEY_CREDENTIAL_MAX && r->key.n <= PASSKEY_KEY_MAX);
    must(r->host.n <= PASSKEY_HOST_MAX);
    return store_update(cx, c->store, SIGNIN_PART, add, &own);
}

enum code passkey_row_find(struct ctx *cx, struct core *c, struct str credential,
                           struct passkey_row *out)
{
    struct key index = credential_key(credential);
    struct str value;
    principal_id who;
    uint8_t version;
    TRY(store_get(cx, c->store, SIGNIN_PART, key_str(&index), &value));
    struct cur v = cur_of(value);
    if (!cur_le8(&v, &version) || version != VERSION || !cur_le64(&v, &who))
        return fail(cx, E_CORRUPT, "the row of a credential cannot be read");
    struct key k = key_for(who, passkey_row_id(credential));
    TRY(store_get(cx, c->store, SIGNIN_PART, key_str(&k), &value));
    TRY(decode(cx, key_str(&k), value, out));
    return str_eq(out->credential, credential) ? OK : fail(cx, E_NOT_FOUND, "passkey: another");
}

enum code passkey_row_list(struct ctx *cx, struct core *c, principal_id who,
                           struct passkey_row **out, size_t *count)
{
    struct key from = all_of(who), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, SIGNIN_PART, range);
    return take_all(cx, w, out, count);
}

static enum code read_row(struct ctx *cx, struct txn *t, const struct passkey_row *r,
                          struct passkey_row *out)
{
    struct key k = key_for(r->who, r->id);
    struct str value;
    TRY(txn_get(cx, t, key_str(&k), &value));
    return decode(cx, key_str(&k), value, out);
}

static enum code rename_it(struct ctx *cx, struct txn *t, void *arg)
{
    const struct passkey_row *r = arg;
    struct passkey_row now;
    TRY(read_row(cx, t, r, &now));
    now.name = r->name;
    put(cx, t, &now);
    return OK;
}

enum code passkey_row_rename(struct ctx *cx, struct core *c, const struct passkey_row *r)
{
    struct passkey_row own = *r;
    return store_update(cx, c->store, SIGNIN_PART, rename_it, &own);
}

static enum code drop(struct ctx *cx, struct txn *t, void *arg)
{
    const struct passkey_row *r = arg;
    struct passkey_row now;
    TRY(read_row(cx, t, r, &now));
    struct key k = key_for(r->who, r->id), index = credential_key(now.credential);
    txn_delete(t, key_str(&k));
    txn_delete(t, key_str(&index));
    TRY(factor_adjust(cx, t, r->who, (struct factor_change){.passkeys = -1}));
    return recovery_tidy(cx, t, r->who);
}

enum code passkey_row_drop(struct ctx *cx, struct core *c, principal_id who, uint64_t id)
{
    struct passkey_row r = {.who = who, .id = id};
    return store_update(cx, c->store, SIGNIN_PART, drop, &r);
}

/* Keys are in the order of time, so that the past is one range. */
static struct key mark_key(const struct challenge_mark *m)
{
    struct key k = key_of(FAMILY_CHALLENGE);
    key_u64(&k, (uint64_t)m->until_ms);
    key_text(&k, str_of(m->hash, sizeof m->hash));
    return k;
}

static enum code use_mark(struct ctx *cx, struct txn *t, const struct challenge_mark *m)
{
    struct key k = mark_key(m);
    struct str value;
    enum code code = txn_get(cx, t, key_str(&k), &value);
    if (code == OK)
        return fail(cx, E_EXISTS, "challenge: answered before");
    if (code != E_NOT_FOUND)
        return code;
    txn_put(t, key_str(&k), STR("\1"));
    return OK;
}

struct use {
    const struct passkey_row *row; /* or NULL */
    const struct challenge_mark *mark;
};

/* WebAuthn level 2 section 7.2, steps 21 and 22. */
static enum code use_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct use *u = arg;
    struct passkey_row now;
    TRY(use_mark(cx, t, u->mark));
    if (!u->row)
        return OK;
    TRY(read_row(cx, t, u->row, &now));
    if ((now.counter || u->row->counter) && u->row->counter <= now.counter)
        return fail(cx, E_DENIED, "passkey: its counter did not grow");
    now.counter = u->row->counter;
    now.used_ms = u->row->used_ms;
    put(cx, t, &now);
    return OK;
}

enum code passkey_row_use(struct ctx *cx, struct core *c, const struct passkey_row *r,
                          const struct challenge_mark *mark)
{
    struct use u = {r, mark};
    return store_update(cx, c->store, SIGNIN_PART, use_in, &u);
}

enum code challenge_use(struct ctx *cx, struct core *c, const struct challenge_mark *mark)
{
    struct use u = {NULL, mark};
    return store_update(cx, c->store, SIGNIN_PART, use_in, &u);
}

struct sweep {
    int64_t now_ms;
    size_t removed;
};

static enum code sweep_in(struct ctx *cx, struct txn *t, void *arg)
{
    struct sweep *s = arg;
    struct key from = key_of(FAMILY_CHALLENGE), to = key_of(FAMILY_CHALLENGE);
    key_u64(&to, (uint64_t)s->now_ms);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t, range);
    struct str key, value, *dead = ARENA_ARRAY(cx->arena, SWEEP_ROWS, struct str);
    s->removed = 0;
    while (s->removed < SWEEP_ROWS && scan_next(w, &key, &value))
        dead[s->removed++] = str_dup(cx->arena, key);
    for (size_t i = 0; i < s->removed; i++)
        txn_delete(t, dead[i]);
    return scan_error(w);
}

enum code challenge_sweep(struct ctx *cx, struct core *c)
{
    struct sweep s = {.now_ms = cx->now_ms, .removed = SWEEP_ROWS};
    while (s.removed == SWEEP_ROWS)
        TRY(store_update(cx, c->store, SIGNIN_PART, sweep_in, &s));
    return OK;
}
