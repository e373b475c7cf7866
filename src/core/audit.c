#include "core/audit.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/credential/kdf.h"
#include "store/key.h"

enum { VERSION = 1, FIELD_MAX = 4000, ROW_MAX = 20000, LIST_MAX = 10000 };
enum { FAMILY_ENTRY = 'e', FAMILY_HEAD = 'h' };

/* The last number and the hash of its row: the next row begins with that hash, so that no row can
   be changed, left out or put in between without all that follow showing it. */
struct head {
    uint64_t number;
    unsigned char hash[KDF_BYTES];
};

static struct key entry_key(uint64_t number)
{
    struct key k = key_of(FAMILY_ENTRY);
    key_u64(&k, number);
    return k;
}

static bool parse_head(struct str value, struct head *out)
{
    struct cur c = cur_of(value);
    struct str hash;
    if (!cur_le64(&c, &out->number) || !cur_bytes(&c, KDF_BYTES, &hash))
        return false;
    memcpy(out->hash, hash.p, KDF_BYTES);
    return true;
}

static enum code read_head(struct ctx *cx, enum code code, struct str value, struct head *out)
{
    *out = (struct head){0};
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    return parse_head(value, out) ? OK : fail(cx, E_CORRUPT, "audit: head");
}

static struct str encode(struct arena *a, const struct audit_entry *e, const struct head *before)
{
    struct buf b = buf_of(a, ROW_MAX);
    buf_le8(&b, VERSION);
    buf_add(&b, str_of(before->hash, KDF_BYTES));
    buf_le64(&b, before->number + 1);
    buf_le64(&b, (uint64_t)e->at_ms);
    buf_le_str(&b, e->actor);
    buf_le_str(&b, e->act);
    buf_le_str(&b, e->object);
    buf_le_str(&b, e->detail);
    must(!b.overflow);
    return buf_str(&b);
}

static bool parse(struct str row, struct audit_entry *e, struct str *before)
{
    struct cur c = cur_of(row);
    uint8_t version;
    uint64_t at;
    if (!cur_le8(&c, &version) || version != VERSION || !cur_bytes(&c, KDF_BYTES, before) ||
        !cur_le64(&c, &e->number) || !cur_le64(&c, &at) || !cur_le_str(&c, &e->actor) ||
        !cur_le_str(&c, &e->act) || !cur_le_str(&c, &e->object) || !cur_le_str(&c, &e->detail))
        return false;
    e->at_ms = (int64_t)at;
    return true;
}

static enum code append(struct ctx *cx, struct txn *t, void *arg)
{
    struct head head;
    struct key k = key_of(FAMILY_HEAD);
    struct str value = {0};
    enum code code = txn_get(cx, t, key_str(&k), &value);
    TRY(read_head(cx, code, value, &head));
    struct str row = encode(cx->arena, arg, &head);
    struct key entry = entry_key(++head.number);
    kdf_sha256(row, head.hash);
    txn_put(t, key_str(&entry), row);
    struct buf b = buf_of(cx->arena, sizeof head);
    buf_le64(&b, head.number);
    buf_add(&b, str_of(head.hash, KDF_BYTES));
    txn_put(t, key_str(&k), buf_str(&b));
    return OK;
}

enum code audit_add(struct ctx *cx, struct core *c, const struct audit_entry *entry)
{
    struct audit_entry e = *entry;
    e.actor = str_sub(e.actor, 0, FIELD_MAX);
    e.act = str_sub(e.act, 0, FIELD_MAX);
    e.object = str_sub(e.object, 0, FIELD_MAX);
    e.detail = str_sub(e.detail, 0, FIELD_MAX);
    return store_update(cx, c->store, AUDIT_PART, append, &e);
}

enum code audit_list(struct ctx *cx, struct core *c, uint64_t before, size_t limit,
                     struct audit_entry **out, size_t *count)
{
    struct key from = entry_key(0), to = entry_key(before ? before : UINT64_MAX);
    struct scan *w AUTO(scan_close) =
        store_scan(cx, c->store, AUDIT_PART,
                   (struct range){.from = key_str(&from), .to = key_str(&to), .backward = true});
    limit = limit < LIST_MAX ? limit : LIST_MAX;
    struct audit_entry *all = ARENA_ARRAY(cx->arena, limit, struct audit_entry);
    struct str key, value, hash;
    size_t n = 0;
    while (n < limit && scan_next(w, &key, &value)) {
        if (!parse(str_dup(cx->arena, value), &all[n], &hash))
            return fail(cx, E_CORRUPT, "audit: an entry");
        n++;
    }
    TRY(scan_error(w));
    *out = all;
    *count = n;
    return OK;
}

/* Whether row is what follows the head before it; moves the head on. */
static bool follows(struct str key, struct str row, struct head *head)
{
    struct audit_entry e;
    struct str before;
    struct key wanted = entry_key(head->number + 1);
    if (!str_eq(key, key_str(&wanted)) || !parse(row, &e, &before) ||
        e.number != head->number + 1 || !str_eq(before, str_of(head->hash, KDF_BYTES)))
        return false;
    head->number++;
    kdf_sha256(row, head->hash);
    return true;
}

enum code audit_verify(struct ctx *cx, struct core *c, uint64_t *good)
{
    struct key from = entry_key(0), to = key_of(FAMILY_ENTRY), k = key_of(FAMILY_HEAD);
    struct head head = {0}, wanted;
    struct str key, value = {0};
    to = key_after(&to);
    enum code code = store_get(cx, c->store, AUDIT_PART, key_str(&k), &value);
    TRY(read_head(cx, code, value, &wanted));
    struct scan *w AUTO(scan_close) = store_scan(
        cx, c->store, AUDIT_PART, (struct range){.from = key_str(&from), .to = key_str(&to)});
    bool whole = true;
    while (whole && scan_next(w, &key, &value)) {
        whole = follows(key, value, &head);
        /* Entries may be added meanwhile: the chain must go through the head, not end in it. */
        if (whole && head.number == wanted.number)
            whole = kdf_equal(head.hash, wanted.hash, KDF_BYTES);
    }
    TRY(scan_error(w));
    *good = head.number;
    if (!whole || head.number < wanted.number)
        return fail(cx, E_CORRUPT, "audit: the chain breaks after entry %llu",
                    (unsigned long long)head.number);
    return OK;
}
