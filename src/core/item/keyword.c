/* Keywords: names kept in the folder's row, bits kept with each item. */
#include "core/item/item.h"

static int bit_find(const struct folder_row *row, struct str name)
{
    for (size_t i = 0; i < row->keyword_count; i++)
        if (str_ieq(row->keywords[i], name))
            return (int)i;
    return -1;
}

static enum code bit_make(struct ctx *cx, struct account_txn *t, struct folder_slot *slot,
                          struct str name, int *out)
{
    struct folder_row *row = slot->row;
    if (row->keyword_count >= FOLDER_KEYWORDS_MAX)
        return fail(cx, E_LIMIT, "folder %u has %d keywords", slot->id, FOLDER_KEYWORDS_MAX);
    row->keywords[row->keyword_count] = str_dup(cx->arena, name);
    *out = (int)row->keyword_count++;
    txn_folder_changed(t, slot);
    return OK;
}

enum code keywords_to_bits(struct ctx *cx, struct account_txn *t, struct folder_slot *slot,
                           const struct keyword_names *names, uint64_t *out)
{
    uint64_t bits = 0;
    if (names->count)
        TRY(txn_folder_row(cx, t, slot->id, &slot));
    for (size_t i = 0; i < names->count; i++) {
        struct str name = names->at[i];
        if (name.n == 0)
            return fail(cx, E_SYNTAX, "an empty keyword");
        if (name.n > ITEM_KEYWORD_MAX)
            return fail(cx, E_LIMIT, "a keyword of %zu bytes", name.n);
        int bit = bit_find(slot->row, name);
        if (bit < 0 && names->create)
            TRY(bit_make(cx, t, slot, name, &bit));
        if (bit >= 0)
            bits |= UINT64_C(1) << bit;
    }
    *out = bits;
    return OK;
}

enum code keywords_carry(struct ctx *cx, struct account_txn *t, struct folder_slot *from,
                         uint64_t bits, struct folder_slot *to, uint64_t *out)
{
    if (bits == 0 || from == to) {
        *out = bits;
        return OK;
    }
    TRY(txn_folder_row(cx, t, from->id, &from));
    struct str names[FOLDER_KEYWORDS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < from->row->keyword_count; i++)
        if (bits >> i & 1)
            names[count++] = from->row->keywords[i];
    return keywords_to_bits(
        cx, t, to, &(struct keyword_names){.at = names, .count = count, .create = true}, out);
}
