/* When subscriptions to another's folders changed: an object of the subscriber for each account. */
#include "base/buf.h"
#include "base/cur.h"
#include "core/object/object.h"
#include "core/share/subscription.h"

enum { MARKS_VERSION = 1, MARK_BYTES = 12, HEAD_BYTES = 32 };

static struct str name_of(struct arena *a, account_id of)
{
    return str_printf(a, "A%llx", (unsigned long long)of);
}

static enum code decode(struct ctx *cx, struct str value, struct subscription_marks *out)
{
    struct cur c = cur_of(value);
    uint8_t version;
    uint32_t count;
    if (!cur_le8(&c, &version) || version != MARKS_VERSION || !cur_le64(&c, &out->floor) ||
        !cur_le32(&c, &count) || count > SUBSCRIPTION_MARKS_MAX)
        return fail(cx, E_CORRUPT, "what changed in subscriptions cannot be read");
    out->at = ARENA_ARRAY(cx->arena, count + (size_t)1, struct subscription_mark);
    for (size_t i = 0; i < count; i++) {
        if (!cur_le32(&c, &out->at[i].folder) || !cur_le64(&c, &out->at[i].number))
            return fail(cx, E_CORRUPT, "what changed in subscriptions cannot be read");
        out->number = out->at[i].number;
    }
    out->count = count;
    return OK;
}

static struct str encode(struct arena *a, const struct subscription_marks *m)
{
    struct buf b = buf_of(a, HEAD_BYTES + m->count * MARK_BYTES);
    buf_le8(&b, MARKS_VERSION);
    buf_le64(&b, m->floor);
    buf_le32(&b, (uint32_t)m->count);
    for (size_t i = 0; i < m->count; i++) {
        buf_le32(&b, m->at[i].folder);
        buf_le64(&b, m->at[i].number);
    }
    return buf_str(&b);
}

static enum code take(struct ctx *cx, enum code code, const struct object *o,
                      struct subscription_marks *out)
{
    *out = (struct subscription_marks){0};
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    return decode(cx, o->value, out);
}

enum code subscription_marks(struct ctx *cx, struct core *c, account_id subscriber, account_id of,
                             struct subscription_marks *out)
{
    struct object o;
    enum code code = object_get(cx, c, subscriber, OBJECT_SUBSCRIBED, name_of(cx->arena, of), &o);
    return take(cx, code, &o, out);
}

enum code subscription_txn_marks(struct ctx *cx, struct account_txn *t, account_id of,
                                 struct subscription_marks *out)
{
    struct object o;
    enum code code = object_txn_get(cx, t, OBJECT_SUBSCRIBED, name_of(cx->arena, of), &o);
    return take(cx, code, &o, out);
}

/* The newest last; of one folder the last change alone. */
enum code subscription_mark(struct ctx *cx, struct account_txn *t, account_id of, folder_id folder)
{
    struct object o = {.name = name_of(cx->arena, of)};
    struct subscription_marks old, new = {0};
    if (of == account_txn_facts(t)->id)
        return OK;
    TRY(subscription_txn_marks(cx, t, of, &old));
    new.floor = old.floor;
    new.at = ARENA_ARRAY(cx->arena, old.count + 1, struct subscription_mark);
    for (size_t i = 0; i < old.count; i++)
        if (old.at[i].folder != folder)
            new.at[new.count++] = old.at[i];
    new.at[new.count++] = (struct subscription_mark){folder, object_number(t)};
    if (new.count > SUBSCRIPTION_MARKS_MAX) {
        new.floor = new.at[0].number;
        new.at++;
        new.count--;
    }
    o.value = encode(cx->arena, &new);
    return object_put(cx, t, OBJECT_SUBSCRIBED, &o, SUBSCRIPTIONS_MAX, NULL);
}
