/* Setting and listing properties. */
#include "core/property.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/item/bag.h"
#include "core/item/item.h"
#include "format/utf8.h"

enum {
    PAGE_BYTES = 16 * 1024,
    PROPERTY_OVERHEAD = 48,
    TAG_USER_FIRST = 0x00010000, /* below: of the bag itself */
    TAG_NEXT_RECIPIENT = 1,
    TAG_NEXT_ATTACHMENT = 2,
    TAG_ATTACHED_OBJECT = 0x3701000d
};

/* One bag with room for what is added to it. */
struct bag {
    struct property *at;
    size_t count, room;
    size_t pages;
    bool exists;
};

static struct property *bag_room(struct ctx *cx, struct bag *bag)
{
    if (bag->count == bag->room) {
        size_t more = bag->room ? bag->room * 2 : 32;
        bag->at =
            arena_grow(cx->arena, bag->at, bag->room * sizeof *bag->at, more * sizeof *bag->at);
        bag->room = more;
    }
    return &bag->at[bag->count];
}

static enum code bag_collect(struct ctx *cx, struct scan *w, struct bag *out)
{
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct property_row page;
        TRY(bag_page_decode(cx, str_dup(cx->arena, value), &page));
        for (size_t i = 0; i < page.count; i++) {
            *bag_room(cx, out) = page.at[i];
            out->count++;
        }
        out->pages++;
        out->exists = true;
    }
    return scan_error(w);
}

static enum code bag_load(struct ctx *cx, struct account_txn *t, const struct property_owner *owner,
                          struct bag *out)
{
    struct key from = bag_key(owner), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t->t, range);
    return bag_collect(cx, w, out);
}

static struct key page_key(const struct property_owner *owner, size_t page)
{
    struct key k = bag_key(owner);
    key_u32(&k, (uint32_t)page);
    return k;
}

static void bag_store(struct account_txn *t, const struct property_owner *owner,
                      const struct bag *bag)
{
    size_t page = 0, first = 0;
    do {
        size_t bytes = 0, n = first;
        while (n < bag->count && (n == first || bytes < PAGE_BYTES))
            bytes += bag->at[n++].value.n + PROPERTY_OVERHEAD;
        struct key k = page_key(owner, page++);
        const struct property *at = bag->count ? bag->at + first : NULL; /* an empty bag has none */
        txn_put(t->t, key_str(&k), bag_page_encode(t->cx->arena, at, n - first));
        first = n;
    } while (first < bag->count);
    for (; page < bag->pages; page++) {
        struct key k = page_key(owner, page);
        txn_delete(t->t, key_str(&k));
    }
}

enum code property_list(struct ctx *cx, struct core *c, account_id account,
                        const struct property_owner *owner, struct property **out, size_t *count)
{
    struct key from = bag_key(owner), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, account, range);
    struct bag bag = {0};
    TRY(bag_collect(cx, w, &bag));
    size_t own = 0;
    while (own < bag.count && bag.at[own].tag < TAG_USER_FIRST)
        own++;
    *out = bag.at ? bag.at + own : NULL;
    *count = bag.count - own;
    return OK;
}

/* Bytes of types whose values all have the same; 0 for the others. */
static size_t fixed_size(uint32_t type)
{
    switch (type) {
    case PROPERTY_BOOL:
        return 1;
    case PROPERTY_I2:
        return 2;
    case PROPERTY_I4:
    case PROPERTY_FLOAT:
    case PROPERTY_ERROR:
        return 4;
    case PROPERTY_DOUBLE:
    case PROPERTY_CURRENCY:
    case PROPERTY_APPTIME:
    case PROPERTY_I8:
    case PROPERTY_SYSTIME:
        return 8;
    case PROPERTY_CLSID:
        return 16;
    default:
        return 0;
    }
}

static bool value_fits(uint32_t type, struct str value)
{
    size_t fixed = fixed_size(type);
    if (fixed)
        return value.n == fixed;
    if (type == PROPERTY_UNICODE || type == PROPERTY_STRING8)
        return utf8_valid(value);
    return true;
}

static bool values_fit(uint32_t type, struct str values)
{
    struct cur c = cur_of(values);
    struct str one;
    while (!cur_end(&c))
        if (!cur_le_str(&c, &one) || !value_fits(type, one))
            return false;
    return true;
}

static enum code change_check(struct ctx *cx, const struct property_change *change)
{
    uint32_t type = change->tag & 0xffff;
    bool many = type & PROPERTY_MANY && (type & ~(uint32_t)PROPERTY_MANY) <= PROPERTY_BINARY;
    type &= many ? ~(uint32_t)PROPERTY_MANY : UINT32_MAX; /* types unknown here hold anything */
    if (change->tag < TAG_USER_FIRST)
        return fail(cx, E_SYNTAX, "property tag %08x", change->tag);
    if (change->remove)
        return OK;
    if (!change->blob && change->value.n > PROPERTY_INLINE_MAX)
        return fail(cx, E_LIMIT, "property %08x of %zu bytes", change->tag, change->value.n);
    bool fits = change->blob ? many || !fixed_size(type)
                : many       ? values_fit(type, change->value)
                             : value_fits(type, change->value);
    if (!fits)
        return fail(cx, E_SYNTAX, "property %08x: the value does not fit its type", change->tag);
    return OK;
}

static size_t place_of(const struct bag *bag, uint32_t tag)
{
    size_t low = 0, high = bag->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bag->at[middle].tag < tag)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void blob_drop(struct account_txn *t, const struct property_owner *owner,
                      const struct property *p)
{
    struct key tag = bag_blob_tag(owner, p->tag);
    if (p->is_blob)
        txn_blob_unref(t->t, &p->blob, key_str(&tag));
}

static enum code change_apply(struct ctx *cx, struct account_txn *t,
                              const struct property_owner *owner,
                              const struct property_change *change, struct bag *bag)
{
    size_t at = place_of(bag, change->tag);
    bool is_there = at < bag->count && bag->at[at].tag == change->tag;
    bool same = is_there && change->blob && bag->at[at].is_blob &&
                blob_id_eq(&bag->at[at].blob, blob_new_id(change->blob));
    if (is_there && !same)
        blob_drop(t, owner, &bag->at[at]);
    if (change->remove) {
        for (size_t i = at + 1; is_there && i < bag->count; i++)
            bag->at[i - 1] = bag->at[i];
        bag->count -= is_there;
        return OK;
    }
    if (!is_there) {
        if (bag->count >= PROPERTY_BAG_MAX)
            return fail(cx, E_LIMIT, "a bag of %d properties", PROPERTY_BAG_MAX);
        bag_room(cx, bag);
        for (size_t i = bag->count++; i > at; i--)
            bag->at[i] = bag->at[i - 1];
    }
    struct property *p = &bag->at[at];
    *p = (struct property){.tag = change->tag, .value = change->value, .size = change->value.n};
    if (change->blob) {
        struct key tag = bag_blob_tag(owner, change->tag);
        p->is_blob = true;
        p->value = (struct str){0};
        p->blob = *blob_new_id(change->blob);
        p->size = blob_new_size(change->blob);
        txn_blob_put(t->t, change->blob, key_str(&tag));
    }
    return OK;
}

static enum code home_load(struct ctx *cx, struct account_txn *t, item_id id, struct item_home *out)
{
    struct key k = item_key(id);
    struct str value;
    enum code code = txn_get(cx, t->t, key_str(&k), &value);
    if (code == E_NOT_FOUND)
        return fail(cx, E_NOT_FOUND, "no item %llu", (unsigned long long)id);
    TRY(code);
    return item_home_decode(cx, value, out);
}

static enum code bag_noted(struct ctx *cx, struct account_txn *t, item_id id,
                           struct item_home *home)
{
    TRY(home_load(cx, t, id, home));
    if (!(home->flags & ITEM_HAS_BAG)) {
        struct key k = item_key(id);
        home->flags |= ITEM_HAS_BAG;
        txn_put(t->t, key_str(&k), item_home_encode(cx->arena, home));
    }
    return OK;
}

/* The item that all of this lies in gets a new number; depth: how deep it lies. */
static enum code item_moved_on(struct ctx *cx, struct account_txn *t, item_id id, int *depth)
{
    struct item_home home;
    TRY(bag_noted(cx, t, id, &home));
    for (*depth = 0; home.flags & ITEM_EMBEDDED; ++*depth) {
        if (*depth > PROPERTY_EMBED_MAX)
            return fail(cx, E_CORRUPT, "items in items in items");
        TRY(home_load(cx, t, home.parent, &home));
    }
    return item_touch(cx, t, home.folder, home.uid);
}

static enum code owner_moved_on(struct ctx *cx, struct account_txn *t,
                                const struct property_owner *owner, const struct bag *bag)
{
    struct folder_slot *slot;
    int depth = 0;
    switch (owner->class) {
    case PROPERTY_OF_ACCOUNT:
        return owner->id ? fail(cx, E_NOT_FOUND, "no such account") : OK;
    case PROPERTY_OF_FOLDER:
        TRY(txn_folder_row(cx, t, (folder_id)owner->id, &slot));
        txn_folder_changed(t, slot);
        return OK;
    case PROPERTY_OF_ITEM:
        if (owner->part != PART_SELF && !bag->exists)
            return fail(cx, E_NOT_FOUND, "no such recipient or attachment");
        return item_moved_on(cx, t, owner->id, &depth);
    }
    return fail(cx, E_NOT_FOUND, "no such owner");
}

enum code property_set(struct ctx *cx, struct account_txn *t, const struct property_owner *owner,
                       const struct property_change *changes, size_t count)
{
    struct bag bag = {0};
    TRY(bag_load(cx, t, owner, &bag));
    TRY(owner_moved_on(cx, t, owner, &bag));
    for (size_t i = 0; i < count; i++) {
        TRY(change_check(cx, &changes[i]));
        TRY(change_apply(cx, t, owner, &changes[i], &bag));
    }
    bag_store(t, owner, &bag);
    return OK;
}

enum code property_note(struct ctx *cx, struct account_txn *t, item_id item,
                        const struct property_change *change)
{
    struct property_owner self = {.class = PROPERTY_OF_ITEM, .id = item};
    struct item_home home;
    struct bag bag = {0};
    TRY(bag_noted(cx, t, item, &home));
    TRY(bag_load(cx, t, &self, &bag));
    TRY(change_check(cx, change));
    TRY(change_apply(cx, t, &self, change, &bag));
    bag_store(t, &self, &bag);
    return OK;
}

static struct str u32_value(struct arena *a, uint32_t v)
{
    struct buf b = buf_of(a, sizeof v);
    buf_le32(&b, v);
    return buf_str(&b);
}

/* The next number is kept in the item's own bag, so that none comes twice. */
static enum code row_number(struct ctx *cx, struct account_txn *t, item_id item,
                            enum property_part part, uint32_t *out)
{
    struct property_owner self = {.class = PROPERTY_OF_ITEM, .id = item};
    struct property_change next = {.tag = part == PART_RECIPIENT ? TAG_NEXT_RECIPIENT
                                                                 : TAG_NEXT_ATTACHMENT};
    struct bag bag = {0};
    TRY(bag_load(cx, t, &self, &bag));
    size_t at = place_of(&bag, next.tag);
    uint32_t number = 0;
    if (at < bag.count && bag.at[at].tag == next.tag) {
        struct cur c = cur_of(bag.at[at].value);
        if (!cur_le32(&c, &number))
            return fail(cx, E_CORRUPT, "a bag's counter is broken");
    }
    if (number >= PROPERTY_ROWS_MAX)
        return fail(cx, E_LIMIT, "item %llu: %u rows", (unsigned long long)item, number);
    next.value = u32_value(cx->arena, number + 1);
    TRY(change_apply(cx, t, &self, &next, &bag));
    bag_store(t, &self, &bag);
    *out = number;
    return OK;
}

enum code property_row_add(struct ctx *cx, struct account_txn *t, item_id item,
                           enum property_part part, uint32_t *row)
{
    int depth = 0;
    uint32_t number = 0;
    if (part != PART_RECIPIENT && part != PART_ATTACHMENT)
        return fail(cx, E_SYNTAX, "rows are recipients or attachments");
    TRY(item_moved_on(cx, t, item, &depth));
    TRY(row_number(cx, t, item, part, &number));
    struct property_owner owner = {
        .class = PROPERTY_OF_ITEM, .id = item, .part = part, .row = number};
    bag_store(t, &owner, &(struct bag){0});
    *row = number;
    return OK;
}

enum code property_row_remove(struct ctx *cx, struct account_txn *t, item_id item,
                              enum property_part part, uint32_t row)
{
    struct property_owner owner = {.class = PROPERTY_OF_ITEM, .id = item, .part = part, .row = row};
    struct bag bag = {0};
    TRY(bag_load(cx, t, &owner, &bag));
    if (!bag.exists || part == PART_SELF)
        return fail(cx, E_NOT_FOUND, "no such recipient or attachment");
    TRY(owner_moved_on(cx, t, &owner, &bag));
    return bag_end(cx, t, &owner);
}

enum code property_rows(struct ctx *cx, struct core *c, account_id account, item_id item,
                        enum property_part part, struct property_numbers *out)
{
    struct key from = bags_key(PROPERTY_OF_ITEM, item);
    key_u32(&from, (uint32_t)part);
    struct key to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, account, range);
    uint32_t *rows = ARENA_ARRAY(cx->arena, PROPERTY_ROWS_MAX, uint32_t);
    size_t n = 0;
    struct str key, value;
    while (n < PROPERTY_ROWS_MAX && scan_next(w, &key, &value)) {
        struct property_owner owner;
        if (!bag_key_owner(key, &owner))
            return fail(cx, E_CORRUPT, "a property page's key is broken");
        if (n == 0 || rows[n - 1] != owner.row)
            rows[n++] = owner.row;
    }
    TRY(scan_error(w));
    *out = (struct property_numbers){rows, n};
    return OK;
}

enum code property_embed(struct ctx *cx, struct account_txn *t, item_id item, uint32_t attachment,
                         item_id *out)
{
    struct property_owner owner = {
        .class = PROPERTY_OF_ITEM, .id = item, .part = PART_ATTACHMENT, .row = attachment};
    struct bag bag = {0};
    int depth = 0;
    TRY(bag_load(cx, t, &owner, &bag));
    if (!bag.exists)
        return fail(cx, E_NOT_FOUND, "no such attachment");
    TRY(item_moved_on(cx, t, item, &depth));
    if (depth >= PROPERTY_EMBED_MAX)
        return fail(cx, E_LIMIT, "items in items, %d deep", depth);
    size_t at = place_of(&bag, TAG_ATTACHED_OBJECT);
    if (at < bag.count && bag.at[at].tag == TAG_ATTACHED_OBJECT)
        return fail(cx, E_EXISTS, "the attachment holds something");
    item_id id = txn_ids(t, 1);
    struct item_home home = {.flags = ITEM_EMBEDDED | ITEM_HAS_BAG, .source = id, .parent = item};
    struct key k = item_key(id);
    txn_put(t->t, key_str(&k), item_home_encode(cx->arena, &home));
    struct buf b = buf_of(cx->arena, sizeof id);
    buf_le64(&b, id);
    struct property_change hold = {.tag = TAG_ATTACHED_OBJECT, .value = buf_str(&b)};
    TRY(change_apply(cx, t, &owner, &hold, &bag));
    bag_store(t, &owner, &bag);
    *out = id;
    return OK;
}
