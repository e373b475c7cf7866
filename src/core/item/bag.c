/* Bags as rows: the properties of one owner by tag, packed into pages. */
#include "core/item/bag.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/item/item.h"

enum { PAGE_VERSION = 1, FORM_INLINE = 0, FORM_BLOB = 1, ATTACHED_OBJECT = 0x3701000d };

struct key bags_key(enum property_class class, uint64_t id)
{
    struct key k = row_key(ROW_BAG);
    key_u32(&k, (uint32_t) class);
    key_u64(&k, id);
    return k;
}

struct key bag_key(const struct property_owner *owner)
{
    struct key k = bags_key(owner->class, owner->id);
    key_u32(&k, (uint32_t)owner->part);
    key_u32(&k, owner->row);
    return k;
}

struct key bag_blob_tag(const struct property_owner *owner, uint32_t tag)
{
    struct key k = bag_key(owner);
    key_u32(&k, tag);
    return k;
}

bool bag_key_owner(struct str key, struct property_owner *out)
{
    struct cur c = cur_of(str_from(key, 1));
    uint32_t class, part;
    if (!cur_key_u32(&c, &class) || !cur_key_u64(&c, &out->id) || !cur_key_u32(&c, &part) ||
        !cur_key_u32(&c, &out->row))
        return false;
    out->class = (enum property_class) class;
    out->part = (enum property_part)part;
    return true;
}

static bool property_take(struct cur *c, struct property *out)
{
    uint8_t form;
    struct str id;
    if (!cur_le32(c, &out->tag) || !cur_le8(c, &form) || form > FORM_BLOB)
        return false;
    out->is_blob = form == FORM_BLOB;
    if (!out->is_blob) {
        if (!cur_le_str(c, &out->value))
            return false;
        out->size = out->value.n;
        return true;
    }
    if (!cur_bytes(c, sizeof out->blob.bytes, &id) || !cur_le64(c, &out->size))
        return false;
    memcpy(out->blob.bytes, id.p, id.n);
    return true;
}

enum code bag_page_decode(struct ctx *cx, struct str value, struct property_row *out)
{
    struct cur c = cur_of(value);
    uint8_t version;
    uint16_t count;
    if (!cur_le8(&c, &version) || version != PAGE_VERSION || !cur_le16(&c, &count))
        return fail(cx, E_CORRUPT, "a property page has an unknown version");
    struct property_row page = {.at = ARENA_ARRAY(cx->arena, (size_t)count + 1, struct property)};
    for (; page.count < count; page.count++)
        if (!property_take(&c, &page.at[page.count]))
            return fail(cx, E_CORRUPT, "a property page is cut short");
    *out = page;
    return OK;
}

struct str bag_page_encode(struct arena *a, const struct property *at, size_t count)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    buf_le8(&b, PAGE_VERSION);
    buf_le16(&b, (uint16_t)count);
    for (size_t i = 0; i < count; i++) {
        buf_le32(&b, at[i].tag);
        buf_le8(&b, at[i].is_blob ? FORM_BLOB : FORM_INLINE);
        if (at[i].is_blob) {
            buf_add(&b, str_of(at[i].blob.bytes, sizeof at[i].blob.bytes));
            buf_le64(&b, at[i].size);
        } else {
            buf_le_str(&b, at[i].value);
        }
    }
    must(!b.overflow);
    return buf_str(&b);
}

enum code bag_release_blobs(struct ctx *cx, struct txn *t, struct str key, struct str value)
{
    struct property_owner owner;
    struct property_row page;
    if (!bag_key_owner(key, &owner))
        return fail(cx, E_CORRUPT, "a property page's key is broken");
    TRY(bag_page_decode(cx, value, &page));
    for (size_t i = 0; i < page.count; i++) {
        struct key tag = bag_blob_tag(&owner, page.at[i].tag);
        if (page.at[i].is_blob)
            txn_blob_unref(t, &page.at[i].blob, key_str(&tag));
    }
    return OK;
}

struct bag_rows {
    struct str *keys, *values;
    size_t count;
};

static enum code rows_load(struct ctx *cx, struct account_txn *t, struct key from,
                           struct bag_rows *out)
{
    struct key to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t->t, range);
    struct str key, value;
    size_t room = 0;
    while (scan_next(w, &key, &value)) {
        if (out->count == room) {
            size_t more = room ? room * 2 : 8;
            size_t was = room * sizeof key, is = more * sizeof key;
            out->keys = arena_grow(cx->arena, out->keys, was, is);
            out->values = arena_grow(cx->arena, out->values, was, is);
            room = more;
        }
        out->keys[out->count] = str_dup(cx->arena, key);
        out->values[out->count++] = str_dup(cx->arena, value);
    }
    return scan_error(w);
}

/* The item that an attachment holds, or 0. */
static item_id embedded_in(const struct property *p)
{
    struct cur c = cur_of(p->value);
    uint64_t id;
    if (p->tag != ATTACHED_OBJECT || p->is_blob || p->value.n != sizeof id || !cur_le64(&c, &id))
        return 0;
    return id;
}

/* What an attachment says is an item is one only if the item says so, too. */
static enum code embedded_is(struct ctx *cx, struct account_txn *t, item_id id, item_id parent,
                             bool *out)
{
    struct key k = item_key(id);
    struct str value;
    struct item_home home;
    *out = false;
    enum code code = id ? txn_get(cx, t->t, key_str(&k), &value) : E_NOT_FOUND;
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    TRY(item_home_decode(cx, value, &home));
    *out = home.flags & ITEM_EMBEDDED && home.parent == parent;
    return OK;
}

static enum code end_below(struct ctx *cx, struct account_txn *t, item_id id, struct key from,
                           int depth);

static enum code embedded_end(struct ctx *cx, struct account_txn *t, item_id holder,
                              const struct property *p, int depth)
{
    bool is;
    item_id inner = embedded_in(p);
    struct key k = item_key(inner);
    TRY(embedded_is(cx, t, inner, holder, &is));
    if (!is)
        return OK;
    TRY(end_below(cx, t, inner, bags_key(PROPERTY_OF_ITEM, inner), depth + 1));
    txn_delete(t->t, key_str(&k));
    return OK;
}

/* The bags of an item whose keys start with from. */
static enum code end_below(struct ctx *cx, struct account_txn *t, item_id id, struct key from,
                           int depth)
{
    struct bag_rows rows = {0};
    if (depth > PROPERTY_EMBED_MAX)
        return fail(cx, E_CORRUPT, "items in items in items");
    TRY(rows_load(cx, t, from, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        struct property_row page;
        TRY(bag_page_decode(cx, rows.values[i], &page));
        for (size_t j = 0; j < page.count; j++)
            TRY(embedded_end(cx, t, id, &page.at[j], depth));
        TRY(bag_release_blobs(cx, t->t, rows.keys[i], rows.values[i]));
        txn_delete(t->t, rows.keys[i]);
    }
    return OK;
}

enum code bags_end(struct ctx *cx, struct account_txn *t, item_id id)
{
    return end_below(cx, t, id, bags_key(PROPERTY_OF_ITEM, id), 0);
}

enum code bag_end(struct ctx *cx, struct account_txn *t, const struct property_owner *owner)
{
    return end_below(cx, t, owner->id, bag_key(owner), 0);
}

static enum code copy_below(struct ctx *cx, struct account_txn *t, item_id from, item_id to,
                            int depth);

/* Embedded items get ids of their own in the copy. */
static enum code embedded_copy(struct ctx *cx, struct account_txn *t, struct property *p,
                               item_id holders[2], int depth)
{
    bool is;
    item_id inner = embedded_in(p);
    TRY(embedded_is(cx, t, inner, holders[0], &is));
    if (!is)
        return OK;
    item_id id = txn_ids(t, 1);
    struct item_home home = {
        .flags = ITEM_EMBEDDED | ITEM_HAS_BAG, .source = id, .parent = holders[1]};
    struct key k = item_key(id);
    txn_put(t->t, key_str(&k), item_home_encode(cx->arena, &home));
    struct buf b = buf_of(cx->arena, sizeof id);
    buf_le64(&b, id);
    p->value = buf_str(&b);
    return copy_below(cx, t, inner, id, depth + 1);
}

static enum code copy_below(struct ctx *cx, struct account_txn *t, item_id from, item_id to,
                            int depth)
{
    struct bag_rows rows = {0};
    if (depth > PROPERTY_EMBED_MAX)
        return fail(cx, E_CORRUPT, "items in items in items");
    TRY(rows_load(cx, t, bags_key(PROPERTY_OF_ITEM, from), &rows));
    for (size_t i = 0; i < rows.count; i++) {
        struct property_row page;
        struct property_owner owner;
        TRY(bag_page_decode(cx, rows.values[i], &page));
        if (!bag_key_owner(rows.keys[i], &owner))
            return fail(cx, E_CORRUPT, "a property page's key is broken");
        owner.id = to;
        for (size_t j = 0; j < page.count; j++) {
            struct key tag = bag_blob_tag(&owner, page.at[j].tag);
            if (page.at[j].is_blob)
                txn_blob_ref(t->t, &page.at[j].blob, key_str(&tag));
            TRY(embedded_copy(cx, t, &page.at[j], (item_id[2]){from, to}, depth));
        }
        struct key old = bags_key(PROPERTY_OF_ITEM, from), new = bags_key(PROPERTY_OF_ITEM, to);
        struct str parts[] = {key_str(&new), str_from(rows.keys[i], old.n)};
        txn_put(t->t, str_join(cx->arena, parts, 2),
                bag_page_encode(cx->arena, page.at, page.count));
    }
    return OK;
}

enum code bags_copy(struct ctx *cx, struct account_txn *t, item_id from, item_id to)
{
    return copy_below(cx, t, from, to, 0);
}
