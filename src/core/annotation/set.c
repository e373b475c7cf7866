/* Changing annotations, within their limits. */
#include "base/arena.h"
#include "core/annotation/annotation.h"
#include "core/annotation/rows.h"
#include "core/item/item.h"

/* What one call changes. */
struct setting {
    struct ctx *cx;
    struct txn *t;
    struct annotation_owner owner;
    uint64_t modseq;
    struct annotation_sum was, sum;
};

/* Those of one reader as the transaction sees them. */
struct shelf {
    uint32_t there, removed; /* rows */
    uint64_t bytes;
    struct str oldest; /* the key of the removed one that went first */
    uint64_t oldest_modseq;
};

static enum code shelf_load(struct setting *x, principal_id reader, struct shelf *out)
{
    struct key from = annotation_reader_key(&x->owner, reader), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(x->cx, x->t, range);
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct annotation row = {0};
        struct annotation_owner owner;
        bool is_sum;
        TRY(annotation_key_decode(x->cx, key, &owner, &row, &is_sum));
        TRY(annotation_decode(x->cx, value, &row));
        out->bytes += annotation_bytes(&row);
        out->there += !row.removed;
        out->removed += row.removed;
        if (row.removed && (!out->oldest.n || row.modseq < out->oldest_modseq)) {
            out->oldest = str_dup(x->cx->arena, key);
            out->oldest_modseq = row.modseq;
        }
    }
    return scan_error(w);
}

static enum code row_load(struct setting *x, const struct key *k, struct annotation *out,
                          bool *is_row)
{
    struct str value;
    enum code code = txn_get(x->cx, x->t, key_str(k), &value);
    *is_row = code == OK;
    if (code == E_NOT_FOUND) {
        out->removed = true;
        return OK;
    }
    TRY(code);
    return annotation_decode(x->cx, value, out);
}

static enum code change_check(struct ctx *cx, const struct annotation_change *change)
{
    if (!annotation_name_ok(change->name))
        return fail(cx, E_SYNTAX, "no name for an annotation");
    if (change->value.n > ANNOTATION_VALUE_MAX)
        return fail(cx, E_LIMIT, "an annotation of %zu bytes", change->value.n);
    return OK;
}

/* Is there a place for a row more? Those that were removed make room first. */
static enum code room_for(struct setting *x, const struct annotation *row, uint64_t bytes_before,
                          bool is_row)
{
    struct shelf shelf = {0};
    TRY(shelf_load(x, row->reader, &shelf));
    if (shelf.bytes - bytes_before + annotation_bytes(row) > ANNOTATIONS_BYTES_MAX)
        return fail(x->cx, E_LIMIT, "more than %d bytes of annotations", ANNOTATIONS_BYTES_MAX);
    if (is_row || shelf.there + shelf.removed < ANNOTATIONS_MAX)
        return OK;
    if (!shelf.oldest.n)
        return fail(x->cx, E_LIMIT, "more than %d annotations", ANNOTATIONS_MAX);
    txn_delete(x->t, shelf.oldest);
    x->sum.count--;
    return OK;
}

static enum code change_apply(struct setting *x, const struct annotation_change *change)
{
    struct key k = annotation_key(&x->owner, change->reader, change->name);
    struct annotation was = {.reader = change->reader, .name = change->name};
    bool is_row;
    TRY(row_load(x, &k, &was, &is_row));
    struct annotation row = {.reader = change->reader,
                             .name = change->name,
                             .value = change->value,
                             .removed = change->remove,
                             .modseq = x->modseq};
    if (row.removed && !is_row)
        return OK;
    if (!row.removed)
        TRY(room_for(x, &row, annotation_bytes(&was), is_row));
    if (!is_row && ++x->sum.count > ANNOTATIONS_OWNER_MAX)
        return fail(x->cx, E_LIMIT, "more than %d annotations of all", ANNOTATIONS_OWNER_MAX);
    x->sum.bytes += annotation_bytes(&row) - annotation_bytes(&was);
    txn_put(x->t, key_str(&k), annotation_encode(x->cx->arena, &row));
    return OK;
}

static enum code changes_apply(struct setting *x, const struct annotation_change *changes,
                               size_t count)
{
    for (size_t i = 0; i < count; i++)
        TRY(change_apply(x, &changes[i]));
    struct key k = annotation_owner_key(&x->owner);
    txn_put(x->t, key_str(&k), annotation_sum_encode(x->cx->arena, &x->sum));
    return OK;
}

/* Would anything be other than it is? */
static enum code differs(struct setting *x, const struct annotation_change *changes, size_t count,
                         bool *out)
{
    *out = false;
    for (size_t i = 0; i < count && !*out; i++) {
        struct key k = annotation_key(&x->owner, changes[i].reader, changes[i].name);
        struct annotation is = {0};
        bool is_row;
        TRY(row_load(x, &k, &is, &is_row));
        *out =
            changes[i].remove != is.removed || (!is.removed && !str_eq(is.value, changes[i].value));
    }
    return OK;
}

static enum code setting_begin(struct setting *x, const struct annotation_change *changes,
                               size_t count, bool *any)
{
    for (size_t i = 0; i < count; i++)
        TRY(change_check(x->cx, &changes[i]));
    TRY(annotation_sum_load(x->cx, x->t, &x->owner, &x->was));
    x->sum = x->was;
    return differs(x, changes, count, any);
}

/* An item in a folder; embedded ones have no annotations. */
static enum code item_moved_on(struct ctx *cx, struct account_txn *t, item_id id, uint64_t *out)
{
    struct key k = item_key(id);
    struct str value;
    struct item_home home;
    enum code code = txn_get(cx, t->t, key_str(&k), &value);
    if (code == E_NOT_FOUND)
        return fail(cx, E_NOT_FOUND, "nothing to annotate");
    TRY(code);
    TRY(item_home_decode(cx, value, &home));
    if (home.flags & ITEM_EMBEDDED)
        return fail(cx, E_NOT_FOUND, "nothing to annotate");
    TRY(item_touch(cx, t, home.folder, home.uid));
    *out = t->row.facts.modseq;
    return OK;
}

/* The number of the change. */
static enum code owner_moved_on(struct ctx *cx, struct account_txn *t,
                                const struct annotation_owner *owner, uint64_t *out)
{
    struct folder_slot *slot = NULL;
    switch (owner->class) {
    case ANNOTATION_OF_ACCOUNT:
        if (owner->id)
            break;
        *out = txn_number(t);
        return OK;
    case ANNOTATION_OF_FOLDER:
        TRY(txn_folder_row(cx, t, (folder_id)owner->id, &slot));
        if (slot->row->flags & FOLDER_REMOVED)
            break;
        txn_folder_changed(t, slot);
        *out = slot->row->own_modseq;
        return OK;
    case ANNOTATION_OF_ITEM:
        return item_moved_on(cx, t, owner->id, out);
    }
    return fail(cx, E_NOT_FOUND, "nothing to annotate");
}

uint64_t account_annotations_max(const struct account_facts *facts)
{
    uint64_t own = facts->quota.annotation_bytes;
    return own ? own : ANNOTATIONS_ACCOUNT_BYTES_MAX;
}

enum code annotation_set(struct ctx *cx, struct account_txn *t,
                         const struct annotation_owner *owner,
                         const struct annotation_change *changes, size_t count)
{
    struct setting x = {.cx = cx, .t = t->t, .owner = *owner};
    bool any;
    TRY(setting_begin(&x, changes, count, &any));
    if (!any)
        return OK;
    TRY(owner_moved_on(cx, t, owner, &x.modseq));
    TRY(changes_apply(&x, changes, count));
    uint64_t *bytes = &t->row.facts.annotation_bytes;
    if (x.sum.bytes > x.was.bytes &&
        *bytes + (x.sum.bytes - x.was.bytes) > account_annotations_max(&t->row.facts))
        return fail(cx, E_LIMIT, "account %llu is full of annotations", (unsigned long long)t->id);
    *bytes += x.sum.bytes - x.was.bytes;
    return OK;
}

enum code annotation_set_item(struct ctx *cx, struct account_txn *t,
                              const struct annotation_item *item,
                              const struct annotation_change *changes, size_t count)
{
    struct placement place;
    struct folder_slot *slot;
    TRY(item_target(cx, t, item->folder, &slot));
    TRY(item_place_load(cx, t, item->folder, item->uid, &place));
    if (placement_modseq(&place) > item->unchanged_since)
        return fail(cx, E_CONFLICT, "item %u changed meanwhile", item->uid);
    struct annotation_owner owner = {.class = ANNOTATION_OF_ITEM, .id = place.id};
    return annotation_set(cx, t, &owner, changes, count);
}

/* Those of one reader, or the shared ones, as changes that set them. */
static enum code changes_of(struct ctx *cx, struct account_txn *t,
                            const struct annotation_owner *from, principal_id reader,
                            struct annotation_change *out, size_t *count)
{
    struct key first = annotation_reader_key(from, reader), after = key_after(&first);
    struct range range = {.from = key_str(&first), .to = key_str(&after)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t->t, range);
    struct str key, value;
    while (*count < 2 * ANNOTATIONS_MAX && scan_next(w, &key, &value)) {
        struct annotation row = {0};
        struct annotation_owner owner;
        bool is_sum;
        TRY(annotation_key_decode(cx, str_dup(cx->arena, key), &owner, &row, &is_sum));
        TRY(annotation_decode(cx, str_dup(cx->arena, value), &row));
        if (!row.removed)
            out[(*count)++] = (struct annotation_change){
                .reader = row.reader, .name = row.name, .value = row.value};
    }
    return scan_error(w);
}

enum code annotations_copy(struct ctx *cx, struct account_txn *t, item_id from, item_id to)
{
    struct annotation_owner source = {.class = ANNOTATION_OF_ITEM, .id = from};
    struct annotation_owner target = {.class = ANNOTATION_OF_ITEM, .id = to};
    struct annotation_sum sum;
    TRY(annotation_sum_load(cx, t->t, &source, &sum));
    if (!sum.count)
        return OK;
    struct annotation_change *all =
        ARENA_ARRAY(cx->arena, 2 * ANNOTATIONS_MAX, struct annotation_change);
    size_t count = 0;
    TRY(changes_of(cx, t, &source, 0, all, &count));
    TRY(changes_of(cx, t, &source, t->id, all, &count));
    return annotation_set(cx, t, &target, all, count);
}

struct server_change {
    const struct annotation_change *changes;
    size_t count;
};

static enum code server_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct server_change *all = arg;
    struct setting x = {
        .cx = cx, .t = t, .owner.class = ANNOTATION_OF_ACCOUNT, .modseq = txn_version(t) + 1};
    bool any;
    TRY(setting_begin(&x, all->changes, all->count, &any));
    return any ? changes_apply(&x, all->changes, all->count) : OK;
}

enum code annotation_server_set(struct ctx *cx, struct core *c,
                                const struct annotation_change *changes, size_t count)
{
    struct server_change all = {changes, count};
    return store_update(cx, c->store, SERVER_PART, server_in, &all);
}
