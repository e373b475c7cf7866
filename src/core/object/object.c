#include "core/object/object.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/txn.h"
#include <stdlib.h>

enum { ROW_VERSION = 1 };
/* In a row. A long value lies in the rows behind it: the same key and a number from 0. */
enum row_flags { ROW_GONE = 1, ROW_LONG = 2 };

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

static struct key part_key(enum object_kind kind, struct str name, uint32_t n)
{
    struct key k = object_key(kind, name);
    key_u32(&k, n);
    return k;
}

size_t object_bytes_max(enum object_kind kind)
{
    return kind == OBJECT_SUBMISSION ? OBJECT_LONG_MAX : OBJECT_BYTES_MAX;
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
    buf_le8(&b, (uint8_t)((o->gone ? ROW_GONE : 0) | (o->long_bytes ? ROW_LONG : 0)));
    buf_le64(&b, o->created_modseq);
    buf_le64(&b, o->modseq);
    buf_le64(&b, (uint64_t)o->changed_ms);
    if (o->long_bytes)
        buf_le32(&b, o->long_bytes);
    else
        buf_le_str(&b, o->value);
    return buf_str(&b);
}

/* The value points into the row's; a long one is not there yet. */
static enum code object_decode(struct ctx *cx, struct str row, struct object *out)
{
    struct cur c = cur_of(row);
    uint8_t version, flags;
    uint64_t changed;
    if (!cur_le8(&c, &version) || version != ROW_VERSION || !cur_le8(&c, &flags) ||
        flags > (ROW_GONE | ROW_LONG) || !cur_le64(&c, &out->created_modseq) ||
        !cur_le64(&c, &out->modseq) || !cur_le64(&c, &changed))
        return broken(cx);
    if (flags & ROW_LONG ? !cur_le32(&c, &out->long_bytes) : !cur_le_str(&c, &out->value))
        return broken(cx);
    out->gone = flags & ROW_GONE;
    out->changed_ms = (int64_t)changed;
    return OK;
}

/* What a key of a scan is: a kind's head, an object, or a part of the one before it. */
struct place {
    uint32_t kind;
    struct str name; /* empty: a head's */
    bool part;
};

static enum code place_of(struct ctx *cx, struct str key, struct place *out)
{
    struct cur c = cur_of(str_from(key, 1));
    uint32_t n;
    *out = (struct place){0};
    if (!cur_key_u32(&c, &out->kind) || (!cur_end(&c) && !cur_key_text(&c, cx->arena, &out->name)))
        return broken(cx);
    out->name = str_dup(cx->arena, out->name);
    out->part = !cur_end(&c);
    return !out->part || (cur_key_u32(&c, &n) && cur_end(&c)) ? OK : broken(cx);
}

/* The parts of a long value, as a scan comes by them. */
struct gather {
    struct buf tail;
    bool open;
};

static void gather_open(struct ctx *cx, struct gather *g, const struct object *o)
{
    *g = (struct gather){.tail = buf_of(cx->arena, o->long_bytes), .open = true};
}

static enum code gather_close(struct ctx *cx, struct gather *g, struct object *o)
{
    if (!g->open)
        return OK;
    g->open = false;
    o->value = buf_str(&g->tail);
    return g->tail.overflow || o->value.n != o->long_bytes ? broken(cx) : OK;
}

static enum code row_get(struct ctx *cx, struct core *c, const struct account_txn *t,
                         account_id account, const struct key *k, struct object *out)
{
    struct str row;
    TRY(t ? txn_get(cx, t->t, key_str(k), &row)
          : store_get(cx, c->store, account, key_str(k), &row));
    return object_decode(cx, row, out);
}

/* Row and parts in one look: what is read while another writes is of one of both. */
static enum code long_get(struct ctx *cx, struct core *c, const struct account_txn *t,
                          account_id account, const struct key *k, struct object *out)
{
    struct key to = key_after(k);
    struct range range = {.from = key_str(k), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) =
        t ? txn_scan(cx, t->t, range) : store_scan(cx, c->store, account, range);
    struct gather g = {0};
    struct str key, row;
    *out = (struct object){.gone = true};
    while (scan_next(w, &key, &row)) {
        if (g.open) {
            buf_add(&g.tail, row);
            continue;
        }
        TRY(object_decode(cx, str_dup(cx->arena, row), out));
        if (!out->long_bytes)
            return OK;
        gather_open(cx, &g, out);
    }
    TRY(scan_error(w));
    return gather_close(cx, &g, out);
}

static enum code one(struct ctx *cx, struct core *c, const struct account_txn *t,
                     account_id account, const struct key *k, struct object *out)
{
    struct object o = {0};
    TRY(row_get(cx, c, t, account, k, &o));
    if (o.long_bytes)
        TRY(long_get(cx, c, t, account, k, &o));
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

static struct object *room_for(struct ctx *cx, struct objects *out, size_t *room)
{
    if (out->count == *room) {
        size_t more = *room ? *room * 2 : 16;
        out->at = arena_grow(cx->arena, out->at, *room * sizeof *out->at, more * sizeof *out->at);
        *room = more;
    }
    return &out->at[out->count++];
}

/* Rows above a number; gone ones only when they are asked for. */
static enum code walk(struct ctx *cx, struct scan *w, uint64_t since, bool with_gone,
                      struct objects *out)
{
    size_t room = 0;
    struct gather g = {0};
    struct object *last = NULL;
    struct str key, row;
    *out = (struct objects){0};
    while (scan_next(w, &key, &row)) {
        struct object o = {0};
        struct place at;
        TRY(place_of(cx, key, &at));
        if (at.part && g.open)
            buf_add(&g.tail, row);
        if (at.part || !at.name.n)
            continue;
        TRY(gather_close(cx, &g, last));
        TRY(object_decode(cx, row, &o));
        if (o.modseq <= since || (o.gone && !with_gone))
            continue;
        o.name = at.name;
        o.value = str_dup(cx->arena, o.value);
        last = room_for(cx, out, &room);
        *last = o;
        if (o.long_bytes)
            gather_open(cx, &g, last);
    }
    TRY(gather_close(cx, &g, last));
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

enum code object_count(struct ctx *cx, struct core *c, account_id account, enum object_kind kind,
                       uint32_t *count)
{
    struct head head;
    TRY(head_get(cx, c, NULL, account, kind, &head));
    *count = head.count;
    return OK;
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

static enum code new_check(struct ctx *cx, enum object_kind kind, const struct object *new)
{
    size_t most = object_bytes_max(kind);
    if (!new->name.n || new->name.n > OBJECT_NAME_MAX)
        return fail(cx, E_SYNTAX, "an object's name has 1 to %d bytes", OBJECT_NAME_MAX);
    if (new->value.n > most)
        return fail(cx, E_LIMIT, "an object has at most %zu bytes", most);
    return OK;
}

static void parts_put(struct account_txn *t, enum object_kind kind, const struct object *o)
{
    struct str left = o->value;
    for (uint32_t n = 0; o->long_bytes && left.n; n++) {
        struct key k = part_key(kind, o->name, n);
        size_t take = left.n < OBJECT_BYTES_MAX ? left.n : OBJECT_BYTES_MAX;
        txn_put(t->t, key_str(&k), str_sub(left, 0, take));
        left = str_from(left, take);
    }
}

static void parts_end(struct account_txn *t, enum object_kind kind, struct str name,
                      const struct object *was)
{
    for (uint32_t n = 0; n * (uint64_t)OBJECT_BYTES_MAX < was->long_bytes; n++) {
        struct key k = part_key(kind, name, n);
        txn_delete(t->t, key_str(&k));
    }
}

enum code object_put(struct ctx *cx, struct account_txn *t, enum object_kind kind,
                     const struct object *new, uint32_t most, uint64_t *modseq)
{
    struct object was = {.gone = true};
    struct head head;
    TRY(new_check(cx, kind, new));
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
    o.long_bytes = o.value.n > OBJECT_BYTES_MAX ? (uint32_t)o.value.n : 0;
    parts_end(t, kind, new->name, &was);
    txn_put(t->t, key_str(&k), object_encode(cx->arena, &o));
    parts_put(t, kind, &o);
    head.count += was.gone;
    if (was.gone)
        head_put(cx, t, kind, &head);
    if (modseq)
        *modseq = o.modseq;
    return OK;
}

enum code object_touch(struct ctx *cx, struct account_txn *t, enum object_kind kind,
                       struct str name)
{
    struct key k = object_key(kind, name);
    struct object o = {0};
    TRY(row_get(cx, NULL, t, t->id, &k, &o));
    if (o.gone)
        return fail(cx, E_NOT_FOUND, "it is gone");
    o.modseq = txn_number(t);
    o.changed_ms = cx->now_ms;
    txn_put(t->t, key_str(&k), object_encode(cx->arena, &o));
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
    parts_end(t, kind, name, &o);
    o.gone = true;
    o.long_bytes = 0;
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
    struct str key, row;
    *count = 0;
    while (*count < limit && scan_next(w, &key, &row)) {
        struct object o = {0};
        struct place at;
        TRY(place_of(cx, key, &at));
        if (!at.name.n || at.part)
            continue;
        TRY(object_decode(cx, row, &o));
        if (o.gone && o.changed_ms < before)
            due[(*count)++] = (struct due){str_dup(cx->arena, key), at.kind, o.modseq};
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
