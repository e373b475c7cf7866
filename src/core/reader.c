#include "core/reader.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/item/item.h"

enum { READER_VERSION = 1 };

static struct key reader_key(principal_id reader, folder_id folder)
{
    struct key k = row_key(ROW_READER);
    key_u64(&k, reader);
    key_u32(&k, folder);
    return k;
}

static struct key block_key(principal_id reader, folder_id folder, uint32_t first)
{
    struct key k = reader_key(reader, folder);
    key_u32(&k, first);
    return k;
}

bool reader_block_get(const struct reader_block *block, uint32_t uid)
{
    uint32_t bit = uid - block->first;
    return block->seen[bit / 8] >> bit % 8 & 1;
}

static struct str number_encode(struct arena *a, uint64_t modseq)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    buf_le8(&b, READER_VERSION);
    buf_le64(&b, modseq);
    return buf_str(&b);
}

static enum code number_take(struct ctx *cx, struct cur *c, uint64_t *out)
{
    uint8_t version;
    if (!cur_le8(c, &version) || version != READER_VERSION || !cur_le64(c, out))
        return fail(cx, E_CORRUPT, "a read state row has an unknown version");
    return OK;
}

static struct str block_encode(struct arena *a, const struct reader_block *block)
{
    struct str parts[] = {number_encode(a, block->modseq), str_of(block->seen, sizeof block->seen)};
    return str_join(a, parts, 2);
}

static enum code block_decode(struct ctx *cx, struct str value, struct reader_block *out)
{
    struct cur c = cur_of(value);
    struct str bits;
    TRY(number_take(cx, &c, &out->modseq));
    if (!cur_bytes(&c, sizeof out->seen, &bits))
        return fail(cx, E_CORRUPT, "a read state row is cut short");
    memcpy(out->seen, bits.p, bits.n);
    return OK;
}

static struct reader_block *block_add(struct ctx *cx, struct reader_state *state, size_t *room)
{
    if (state->count == *room) {
        size_t more = *room ? *room * 2 : 16;
        state->blocks = arena_grow(cx->arena, state->blocks, *room * sizeof *state->blocks,
                                   more * sizeof *state->blocks);
        *room = more;
    }
    return &state->blocks[state->count++];
}

enum code reader_state_load(struct ctx *cx, struct core *c, const struct entry_name *name,
                            struct reader_state *out)
{
    struct key from = reader_key(name->reader, (folder_id)name->folder), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, name->account, range);
    struct reader_state state = {0};
    size_t room = 0;
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct cur rest = cur_of(str_from(key, from.n)), number = cur_of(value);
        uint32_t first;
        if (cur_end(&rest)) {
            TRY(number_take(cx, &number, &state.modseq));
            continue;
        }
        if (!cur_key_u32(&rest, &first))
            return fail(cx, E_CORRUPT, "a read state row's key is broken");
        struct reader_block *block = block_add(cx, &state, &room);
        block->first = first;
        TRY(block_decode(cx, value, block));
    }
    TRY(scan_error(w));
    *out = state;
    return OK;
}

enum code reader_number(struct ctx *cx, struct account_txn *t, principal_id reader,
                        folder_id folder, uint64_t *out)
{
    struct key k = reader_key(reader, folder);
    struct str value;
    *out = 0;
    enum code code = txn_get(cx, t->t, key_str(&k), &value);
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    struct cur c = cur_of(value);
    return number_take(cx, &c, out);
}

/* One change row for a reader and a folder, at the last number. */
static enum code number_move(struct ctx *cx, struct account_txn *t, const struct item_seen *seen,
                             uint64_t modseq)
{
    uint64_t before;
    TRY(reader_number(cx, t, seen->reader, seen->folder, &before));
    if (before)
        txn_change_drop(t, before);
    struct key k = reader_key(seen->reader, seen->folder);
    txn_put(t->t, key_str(&k), number_encode(cx->arena, modseq));
    struct change_row row = {.what = CHANGE_READ, .folder = seen->folder, .reader = seen->reader};
    txn_change_put(t, modseq, &row);
    return OK;
}

static enum code own_seen(struct ctx *cx, struct account_txn *t, const struct item_seen *seen,
                          bool *changed, uint64_t *modseq)
{
    struct item_flags change = {.how = seen->seen ? FLAGS_ADD : FLAGS_REMOVE,
                                .flags = FLAG_SEEN,
                                .unchanged_since = UINT64_MAX};
    return item_set_flags(cx, t, seen->folder, seen->uid, &change, changed, modseq);
}

enum code item_set_seen_for(struct ctx *cx, struct account_txn *t, const struct item_seen *seen,
                            bool *changed, uint64_t *modseq)
{
    struct folder_slot *slot;
    struct placement place;
    TRY(item_target(cx, t, seen->folder, &slot));
    TRY(txn_folder_row(cx, t, seen->folder, &slot));
    if (!(slot->row->flags & FOLDER_PER_READER) || !seen->reader || seen->reader == t->id)
        return own_seen(cx, t, seen, changed, modseq);
    TRY(item_place_load(cx, t, seen->folder, seen->uid, &place));
    struct reader_block block = {.first = seen->uid / READER_BLOCK * READER_BLOCK};
    struct key k = block_key(seen->reader, seen->folder, block.first);
    struct str value;
    enum code code = txn_get(cx, t->t, key_str(&k), &value);
    if (code == OK)
        TRY(block_decode(cx, value, &block));
    else if (code != E_NOT_FOUND)
        return code;
    bool differs = reader_block_get(&block, seen->uid) != seen->seen;
    if (differs) {
        TRY(txn_touch(cx, t));
        uint32_t bit = seen->uid - block.first;
        block.seen[bit / 8] = (unsigned char)(block.seen[bit / 8] ^ 1u << bit % 8);
        block.modseq = txn_number(t);
        txn_put(t->t, key_str(&k), block_encode(cx->arena, &block));
        TRY(number_move(cx, t, seen, block.modseq));
    }
    *changed = differs;
    *modseq = block.modseq > placement_modseq(&place) ? block.modseq : placement_modseq(&place);
    return OK;
}
