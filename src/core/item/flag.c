/* Flags, keywords, and the read state of each reader. */
#include "core/item/item.h"

enum { CHANGEABLE = FLAG_SEEN | FLAG_ANSWERED | FLAG_FLAGGED | FLAG_DELETED | FLAG_DRAFT };

static void marks_apply(const struct item_flags *change, uint64_t bits, struct placement *place)
{
    uint32_t flags = change->flags & CHANGEABLE & ~change->kept;
    if (change->keywords_kept)
        bits = change->how == FLAGS_SET ? place->keywords : 0;
    switch (change->how) {
    case FLAGS_ADD:
        place->flags |= flags;
        place->keywords |= bits;
        break;
    case FLAGS_REMOVE:
        place->flags &= ~flags;
        place->keywords &= ~bits;
        break;
    case FLAGS_SET:
        place->flags = (place->flags & (~(uint32_t)CHANGEABLE | change->kept)) | flags;
        place->keywords = bits;
        break;
    }
}

static void marks_count(struct folder_counts *c, uint32_t flags, uint32_t one)
{
    if (flags & FLAG_HIDDEN)
        return;
    c->unread += flags & FLAG_SEEN ? 0 : one;
    c->deleted += flags & FLAG_DELETED ? one : 0;
}

/* A change of read state alone moves the read number only. */
static void numbers_move(struct placement *place, const struct placement *was, uint64_t modseq)
{
    if ((place->flags ^ was->flags) & FLAG_SEEN)
        place->read_modseq = modseq;
    if ((place->flags ^ was->flags) & ~(uint32_t)FLAG_SEEN || place->keywords != was->keywords)
        place->content_modseq = modseq;
}

static void place_rewrite(struct account_txn *t, struct folder_slot *slot, uint32_t uid,
                          const struct placement *was, const struct placement *place)
{
    struct key k = uid_key(ROW_PLACE, slot->id, uid);
    txn_put(t->t, key_str(&k), placement_encode(t->cx->arena, place));
    txn_change_drop(t, placement_modseq(was));
    struct change_row row = {.what = CHANGE_ITEM, .folder = slot->id, .uid = uid, .place = *place};
    txn_change_put(t, placement_modseq(place), &row);
    marks_count(&slot->counts, was->flags, (uint32_t)-1);
    marks_count(&slot->counts, place->flags, 1);
    slot->counts.modseq = placement_modseq(place);
    slot->counts_dirty = true;
}

enum code item_touch(struct ctx *cx, struct account_txn *t, folder_id folder, uint32_t uid)
{
    struct folder_slot *slot;
    struct placement was;
    TRY(txn_folder(cx, t, folder, &slot));
    TRY(item_place_load(cx, t, folder, uid, &was));
    TRY(txn_touch(cx, t));
    struct placement place = was;
    place.content_modseq = txn_number(t);
    place_rewrite(t, slot, uid, &was, &place);
    return OK;
}

struct marking {
    folder_id folder;
    uint32_t uid;
    bool changed;
    uint64_t modseq;
};

static enum code flags_set(struct ctx *cx, struct account_txn *t, const struct item_flags *change,
                           struct marking *m)
{
    struct folder_slot *slot = NULL;
    struct placement was;
    TRY(item_target(cx, t, m->folder, &slot));
    TRY(item_place_load(cx, t, m->folder, m->uid, &was));
    if (placement_modseq(&was) > change->unchanged_since)
        return fail(cx, E_CONFLICT, "item %u changed at %llu", m->uid,
                    (unsigned long long)placement_modseq(&was));
    uint64_t bits;
    struct keyword_names names = {change->keywords, change->keyword_count,
                                  change->how != FLAGS_REMOVE && !change->keywords_kept};
    TRY(keywords_to_bits(cx, t, slot, &names, &bits));
    struct placement place = was;
    marks_apply(change, bits, &place);
    m->changed = place.flags != was.flags || place.keywords != was.keywords;
    if (m->changed) {
        TRY(txn_touch(cx, t));
        numbers_move(&place, &was, txn_number(t));
        place_rewrite(t, slot, m->uid, &was, &place);
    }
    m->modseq = placement_modseq(&place);
    return OK;
}

/* \Seen goes to the reader's marks, all else to the item. */
static enum code flags_set_apart(struct ctx *cx, struct account_txn *t,
                                 const struct item_flags *change, struct marking *m)
{
    struct item_flags rest = *change;
    struct item_seen seen = {.reader = change->reader, .folder = m->folder, .uid = m->uid};
    bool named = change->flags & FLAG_SEEN, marked = false;
    rest.kept |= FLAG_SEEN;
    TRY(flags_set(cx, t, &rest, m));
    if (change->kept & FLAG_SEEN || (!named && change->how != FLAGS_SET))
        return OK;
    seen.seen = named && change->how != FLAGS_REMOVE;
    TRY(item_set_seen_for(cx, t, &seen, &marked, &m->modseq));
    m->changed |= marked;
    return OK;
}

enum code item_set_flags(struct ctx *cx, struct account_txn *t, folder_id folder, uint32_t uid,
                         const struct item_flags *change, bool *changed, uint64_t *modseq)
{
    struct marking m = {.folder = folder, .uid = uid};
    struct folder_slot *slot = NULL;
    bool apart = false;
    if (change->reader && change->reader != t->id) {
        TRY(item_target(cx, t, folder, &slot));
        TRY(txn_folder_row(cx, t, folder, &slot));
        apart = slot->row->flags & FOLDER_PER_READER;
    }
    TRY(apart ? flags_set_apart(cx, t, change, &m) : flags_set(cx, t, change, &m));
    *changed = m.changed;
    *modseq = m.modseq;
    return OK;
}
