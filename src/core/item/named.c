/* Named properties: a number for each name, for the life of the account. */
#include "base/buf.h"
#include "base/cur.h"
#include "core/property.h"
#include "core/txn.h"

enum { NAMED_VERSION = 1 };

static struct key name_key(struct arena *a, const struct property_name *name)
{
    struct key k = row_key(ROW_NAMED);
    key_text(&k, str_of(name->guid, sizeof name->guid));
    key_u32(&k, name->by_text ? 1 : 0);
    if (name->by_text)
        key_text(&k, str_lower(a, name->text));
    else
        key_u32(&k, name->number);
    return k;
}

static struct key number_key(uint16_t number)
{
    struct key k = row_key(ROW_NAMED_BY_NUMBER);
    key_u32(&k, number);
    return k;
}

/* The key has 255 bytes; control characters take two of them each. */
static enum code name_check(struct ctx *cx, const struct property_name *name)
{
    if (!name->by_text)
        return OK;
    if (name->text.n == 0)
        return fail(cx, E_SYNTAX, "a property without a name");
    if (name->text.n > PROPERTY_NAME_MAX)
        return fail(cx, E_LIMIT, "a property's name of %zu bytes", name->text.n);
    for (size_t i = 0; i < name->text.n; i++)
        if ((unsigned char)name->text.p[i] < 0x20)
            return fail(cx, E_SYNTAX, "a control character in a property's name");
    return OK;
}

static enum code number_decode(struct ctx *cx, struct str value, uint16_t *out)
{
    struct cur c = cur_of(value);
    uint8_t version;
    if (!cur_le8(&c, &version) || version != NAMED_VERSION || !cur_le16(&c, out))
        return fail(cx, E_CORRUPT, "a property name row has an unknown version");
    return OK;
}

enum code property_name_number(struct ctx *cx, struct account_txn *t,
                               const struct property_name *name, uint16_t *out)
{
    struct str value;
    TRY(name_check(cx, name));
    struct key by_name = name_key(cx->arena, name);
    enum code code = txn_get(cx, t->t, key_str(&by_name), &value);
    if (code == OK)
        return number_decode(cx, value, out);
    if (code != E_NOT_FOUND)
        return code;
    if (t->row.next_named > PROPERTY_NAMED_LAST - PROPERTY_NAMED_FIRST)
        return fail(cx, E_LIMIT, "account %llu: no number is left for a named property",
                    (unsigned long long)t->id);
    uint16_t number = (uint16_t)(PROPERTY_NAMED_FIRST + t->row.next_named++);
    struct buf b = buf_of(cx->arena, STORE_VALUE_MAX);
    buf_le8(&b, NAMED_VERSION);
    buf_le16(&b, number);
    txn_put(t->t, key_str(&by_name), buf_str(&b));
    struct buf n = buf_of(cx->arena, STORE_VALUE_MAX);
    struct key by_number = number_key(number);
    buf_le8(&n, NAMED_VERSION);
    buf_add(&n, str_of(name->guid, sizeof name->guid));
    buf_le8(&n, name->by_text);
    buf_le32(&n, name->by_text ? 0 : name->number);
    buf_le_str(&n, name->by_text ? name->text : (struct str){0});
    txn_put(t->t, key_str(&by_number), buf_str(&n));
    *out = number;
    return OK;
}

enum code property_name_find(struct ctx *cx, struct core *c, account_id account,
                             const struct property_name *name, uint16_t *out)
{
    struct str value;
    TRY(name_check(cx, name));
    struct key k = name_key(cx->arena, name);
    TRY(store_get(cx, c->store, account, key_str(&k), &value));
    return number_decode(cx, value, out);
}

enum code property_name_of(struct ctx *cx, struct core *c, account_id account, uint16_t number,
                           struct property_name *out)
{
    struct key k = number_key(number);
    struct str value, guid;
    TRY(store_get(cx, c->store, account, key_str(&k), &value));
    struct cur at = cur_of(value);
    struct property_name name = {0};
    uint8_t version, by_text;
    if (!cur_le8(&at, &version) || version != NAMED_VERSION ||
        !cur_bytes(&at, sizeof name.guid, &guid) || !cur_le8(&at, &by_text) ||
        !cur_le32(&at, &name.number) || !cur_le_str(&at, &name.text))
        return fail(cx, E_CORRUPT, "a property name row has an unknown version");
    memcpy(name.guid, guid.p, guid.n);
    name.by_text = by_text;
    *out = name;
    return OK;
}
