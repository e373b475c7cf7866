/* Annotations: each is of something that is there, and the sums are right. */
#include "base/arena.h"
#include "core/annotation/rows.h"
#include "core/upkeep/checker.h"

/* One owner on its way through. */
struct owner_walk {
    struct checker *k;
    struct annotation_owner owner;
    struct annotation_sum kept, sum;
    bool any, has_sum, is_there;
};

static struct str where(const struct owner_walk *w)
{
    return str_printf(w->k->cx->arena, "class %u owner %llu", (unsigned)w->owner.class,
                      (unsigned long long)w->owner.id);
}

static bool folder_is_there(const struct checker *k, folder_id id)
{
    for (const struct folder_slot *slot = k->t.folders; slot; slot = slot->next)
        if (slot->id == id)
            return !slot->gone && !(slot->row->flags & FOLDER_REMOVED);
    return false;
}

static enum code owner_is_there(struct owner_walk *w)
{
    struct str value;
    struct key home = item_key(w->owner.id);
    switch (w->owner.class) {
    case ANNOTATION_OF_ACCOUNT:
        w->is_there = !w->owner.id;
        return OK;
    case ANNOTATION_OF_FOLDER:
        w->is_there = folder_is_there(w->k, (folder_id)w->owner.id);
        return OK;
    case ANNOTATION_OF_ITEM:
        return check_row(w->k, &home, &value, &w->is_there);
    }
    w->is_there = false;
    return OK;
}

static void owner_end(struct owner_walk *w)
{
    if (!w->any || !w->is_there)
        return;
    w->k->annotation_bytes += w->sum.bytes;
    struct key key = annotation_owner_key(&w->owner);
    bool right = w->has_sum && w->kept.bytes == w->sum.bytes && w->kept.count == w->sum.count;
    if (!right && check_fault(w->k, "a sum of annotations is missing or wrong", where(w), true))
        check_fix_put(w->k, &key, annotation_sum_encode(w->k->cx->arena, &w->sum));
}

static enum code owner_begin(struct owner_walk *w, const struct annotation_owner *owner)
{
    owner_end(w);
    *w = (struct owner_walk){.k = w->k, .owner = *owner, .any = true};
    TRY(owner_is_there(w));
    if (!w->is_there)
        (void)check_fault(w->k, "annotations are of nothing", where(w), true);
    return OK;
}

static enum code row_look(struct owner_walk *w, struct str key, struct str value)
{
    struct annotation_owner owner;
    struct annotation row = {0};
    bool is_sum;
    TRY(annotation_key_decode(w->k->cx, key, &owner, &row, &is_sum));
    if (!w->any || owner.class != w->owner.class || owner.id != w->owner.id)
        TRY(owner_begin(w, &owner));
    if (!w->is_there && w->k->repair)
        check_fix_drop(w->k, key);
    if (is_sum) {
        w->has_sum = true;
        return annotation_sum_decode(w->k->cx, value, &w->kept);
    }
    TRY(annotation_decode(w->k->cx, value, &row));
    w->sum.count++;
    w->sum.bytes += annotation_bytes(&row);
    return OK;
}

enum code check_annotations(struct checker *k)
{
    struct owner_walk walk = {.k = k};
    struct key from = row_key(ROW_ANNOTATION), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(k->cx, k->t.t, range);
    struct str key, value;
    while (scan_next(w, &key, &value))
        TRY(row_look(&walk, key, value));
    owner_end(&walk);
    return scan_error(w);
}
