#include "core/object/object.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/txn.h"
#include <stdlib.h>

enum { ROW_VERSION = 1 };

/* What is known of a kind as a whole. */
struct head {
    uint32_t count;
    uint64_t forgotten; /* gone rows up to this number have ended */
};

static struct key head_key(enum object_kind kind)
{
    struct key k = row_key(ROW_OBJECT);
    key_u32(&k, kind);
    return k;
}

static struct key object_key(enum object_kind kind, struct str name)
{
    struct key k = head_key(kind);
    key_text(&k, name);
    return k;
}

static enum code broken(struct ctx *cx)
{
    return fail(cx, E_CORRUPT, "a row of objects cannot be read: a newer server wrote it?");
}

static enum code head_decode(struct ctx *cx, struct str value, struct head *out)
{
    struct cur c = cur_of(value);
    uint8_t version;
    bool ok = cur_le8(&c, &version) && version == ROW_VERSION && cur_le32(&c, &out->count) &&
              cur_le64(&c, &out->forgotten);
    return ok ? OK : broken(cx);
}

static void head_put(struct ctx *cx, struct account_txn *t, enum object_kind kind,
                     const struct head *head)
{
    struct key k = head_key(kind);
    struct buf b = buf_of(cx->arena, 16);
    buf_le8(&b, ROW_VERSION);
    buf_le32(&b, head->count);
    buf_le64(&b, head->forgotten);
    txn_put(t->t, key_str(&k), buf_str(&b));
}

static enum code head_get(struct ctx *cx, struct core *c, const struct account_txn *t,
                          account_id account, enum object_kind kind, struct head *out)
{
    struct key k = head_key(kind);
    struct str value;
    enum code code = t ? txn_get(cx, t->t, key_str(&k), &value)
                       : store_get(cx, c->store, account, key_str(&k), &value);
    *out = (struct head){0};
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    return head_decode(cx, value, out);
}

static struct str object_encode(struct arena *a, const struct object *o)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    buf_le8(&b, ROW_VERSION);
    buf_le8(&b, o->gone);
    buf_le64(&b, o->created_modseq);
    buf_le64(&b, o->modseq);
    buf_le64(&b, (uint64_t)o->changed_ms);
    buf_le_str(&b, o->value);
    return buf_str(&b);
}

/* The value points into the row's. */
static enum code object_decode(struct ctx *cx, struct str row, struct object *out)
{
    struct cur c = cur_of(row);
    uint8_t version, gone;
    uint64_t changed;
    if (!cur_le8(&c, &version) || version != ROW_VERSION || !cur_le8(&c, &gone) ||
        !cur_le64(&c, &out->created_modseq) || !cur_le64(&c, &out->modseq) ||
        !cur_le64(&c, &changed) || !cur_le_str(&c, &out->value))
        return broken(cx);
    out->gone = gone;
    out->changed_ms = (int64_t)changed;
    return OK;
}

/* key: of a scan. False: it is a head's. */
static enum code name_of(struct ctx *cx, struct str key, uint32_t *kind, struct str *name)
{
    struct cur c = cur_of(str_from(key, 1));
    *name = (struct str){0};
    if (!cur_key_u32(&c, kind) || (!cur_end(&c) && !cur_key_text(&c, cx->arena, name)))
        return broken(cx);
    *name = str_dup(cx->arena, *name);
    return OK;
}

static enum code row_get(struct ctx *cx, struct core *c, const struct account_txn *t,
                         account_id account, const struct key *k, struct object *out)
{
    struct str row;
    TRY(t ? txn_get(cx, t->t, key_str(k), &row)
          : store_get(cx, c->store, account, key_str(k), &row));
    return object_decode(cx, row, out);
}

static enum code one(struct ctx *cx, struct core *c, const struct account_txn *t,
                     account_id account, const struct key *k, struct object *out)
{
    struct object o = {0};
    TRY(row_get(cx, c, t, account, k, &o));
    if (o.gone)
        return fail(cx, E_NOT_FOUND, "it is gone");
    *out = o;
    return OK;
}

enum code object_get(struct ctx *cx, struct core *c, account_id account, enum object_kind kind,
                     struct str name, struct object *out)
{
    if (!name.n || name.n > OBJECT_NAME_MAX)
        return fail(cx, E_NOT_FOUND, "no such name");
    struct key k = object_key(kind, name);
    TRY(one(cx, c, NULL, account, &k, out));
    out->name = str_dup(cx->arena, name);
    return OK;
}

enum code object_txn_get(struct ctx *cx, struct account_txn *t, enum object_kind kind,
                         struct str name, struct object *out)
{
    if (!name.n || name.n > OBJECT_NAME_MAX)
        return fail(cx, E_NOT_FOUND, "no such name");
    struct key k = object_key(kind, name);
    TRY(one(cx, NULL, t, t->id, &k, out));
    out->name = str_dup(cx->arena, name);
    return OK;
}

/* Rows above a number; gone ones only when they are asked for. */
static enum code walk(struct ctx *cx, struct scan *w, uint64_t since, bool with_gone,
                      struct objects *out)
{
    size_t room = 0;
    struct str key, row;
    *out = (struct objects){0};
    while (scan_next(w, &key, &row)) {
        struct object o = {0};
        uint32_t kind;
        TRY(name_of(cx, key, &kind, &o.name));
        if (!o.name.n)
            continue;
        TRY(object_decode(cx, row, &o));
        if (o.modseq <= since || (o.gone && !with_gone))
            continue;
        if (out->count == room) {
            size_t more = room ? room * 2 : 16;
            out->at = arena_grow(cx->arena, out->at, room * sizeof o, more * sizeof o);
            room = more;
        }
        o.value = str_dup(cx->arena, o.value);
        out->at[out->count++] = o;
    }
    return scan_error(w);
}

static struct scan *scan_of(struct ctx *cx, struct core *c, account_id account,
                            enum object_kind kind)
{
    struct key from = head_key(kind), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    return store_scan(cx, c->store, account, range);
}

enum code object_list(struct ctx *cx, struct core *c, account_id account, enum object_kind kind,
                      struct objects *out)
{
    struct scan *w AUTO(scan_close) = scan_of(cx, c, account, kind);
    return walk(cx, w, 0, false, out);
}

static int by_number(const void *a, const void *b)
{
    const struct object *x = a, *y = b;
    return (x->modseq > y->modseq) - (x->modseq < y->modseq);
}

enum code object_changes(struct ctx *cx, struct core *c, account_id account, enum object_kind kind,
                         uint64_t since, struct objects *out)
{
    struct scan *w AUTO(scan_close) = scan_of(cx, c, account, kind);
    struct head head;
    TRY(walk(cx, w, since, true, out));
    /* Read after the walk: what ended meanwhile is then known to have. */
    TRY(head_get(cx, c, NULL, account, kind, &head));
    if (since < head.forgotten)
        return fail(cx, E_NOT_FOUND, "what went since then is not known any more");
    if (out->count)
        qsort(out->at, out->count, sizeof *out->at, by_number);
    return OK;
}

static enum code new_check(struct ctx *cx, const struct object *new)
{
    if (!new->name.n || new->name.n > OBJECT_NAME_MAX)
        return fail(cx, E_SYNTAX, "an object's name has 1 to %d bytes", OBJECT_NAME_MAX);
    if (new->value.n > OBJECT_BYTES_MAX)
        return fail(cx, E_LIMIT, "an object has at most %d bytes", OBJECT_BYTES_MAX);
    return OK;
}

enum code object_put(struct ctx *cx, struct account_txn *t, enum object_kind kind,
                     const struct object *new, uint32_t most, uint64_t *modseq)
{
    struct object was = {.gone = true};
    struct head head;
    TRY(new_check(cx, new));
    struct key k = object_key(kind, new->name);
    enum code code = row_get(cx, NULL, t, t->id, &k, &was);
    if (code != OK && code != E_NOT_FOUND)
        return code;
    TRY(head_get(cx, NULL, t, t->id, kind, &head));
    if (was.gone && head.count >= most)
        return fail(cx, E_LIMIT, "there are %u already", head.count);
    struct object o = *new;
    o.modseq = txn_number(t);
    o.created_modseq = was.gone ? o.modseq : was.created_modseq;
    o.changed_ms = cx->now_ms;
    o.gone = false;
    txn_put(t->t, key_str(&k), object_encode(cx->arena, &o));
    head.count += was.gone;
    if (was.gone)
        head_put(cx, t, kind, &head);
    if (modseq)
        *modseq = o.modseq;
    return OK;
}

enum code object_remove(struct ctx *cx, struct account_txn *t, enum object_kind kind,
                        struct str name)
{
    struct object o;
    struct head head;
    TRY(object_txn_get(cx, t, kind, name, &o));
    TRY(head_get(cx, NULL, t, t->id, kind, &head));
    struct key k = object_key(kind, name);
    o.gone = true;
    o.value = (struct str){0};
    o.modseq = txn_number(t);
    o.changed_ms = cx->now_ms;
    txn_put(t->t, key_str(&k), object_encode(cx->arena, &o));
    head.count--;
    head_put(cx, t, kind, &head);
    return OK;
}

uint64_t object_number(struct account_txn *t)
{
    return txn_number(t);
}

static enum code forget(struct ctx *cx, struct account_txn *t, struct str key, uint32_t kind,
                        uint64_t modseq)
{
    struct head head;
    TRY(head_get(cx, NULL, t, t->id, (enum object_kind)kind, &head));
    if (head.forgotten < modseq) {
        head.forgotten = modseq;
        head_put(cx, t, (enum object_kind)kind, &head);
    }
    txn_delete(t->t, key);
    return OK;
}

/* A row that may end. */
struct due {
    struct str key;
    uint32_t kind;
    uint64_t modseq;
};

static enum code due_find(struct ctx *cx, struct account_txn *t, struct due *due, size_t limit,
                          size_t *count)
{
    struct key from = row_key(ROW_OBJECT), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t->t, range);
    int64_t before = cx->now_ms - (int64_t)OBJECT_GONE_DAYS * 24 * 3600 * 1000;
    struct str key, row, name;
    *count = 0;
    while (*count < limit && scan_next(w, &key, &row)) {
        struct object o = {0};
        uint32_t kind;
        TRY(name_of(cx, key, &kind, &name));
        if (!name.n)
            continue;
        TRY(object_decode(cx, row, &o));
        if (o.gone && o.changed_ms < before)
            due[(*count)++] = (struct due){str_dup(cx->arena, key), kind, o.modseq};
    }
    return scan_error(w);
}

enum code object_sweep(struct ctx *cx, struct account_txn *t, size_t limit, size_t *ended)
{
    struct due *due = ARENA_ARRAY(cx->arena, limit, struct due);
    size_t count;
    TRY(due_find(cx, t, due, limit, &count));
    for (size_t i = 0; i < count; i++)
        TRY(forget(cx, t, due[i].key, due[i].kind, due[i].modseq));
    *ended = count;
    return OK;
}
