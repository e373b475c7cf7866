/* Scripts: the sums are right, the active ones are there, and so are the texts. */
#include "base/arena.h"
#include "core/script/rows.h"
#include "core/upkeep/checker.h"

static enum code text_check(struct checker *k, const struct script *row, struct str key)
{
    bool is_there = false;
    TRY(blob_is_referred(k->cx, k->c->store, &row->text, k->t.id, key, &is_there));
    if (!is_there && check_fault(k, "a script's text is not referred to",
                                 str_printf(k->cx->arena, "script %u", row->number), true))
        txn_blob_ref(k->t.t, &row->text, key);
    return OK;
}

static enum code head_check(struct checker *k, const struct key *key, struct script_head *head,
                            const struct script_head *is)
{
    bool right = head->count == is->count && head->bytes == is->bytes && head->last >= is->last &&
                 head->active[SCRIPT_ACTIVE] == is->active[SCRIPT_ACTIVE] &&
                 blob_id_eq(&head->text[SCRIPT_ACTIVE], &is->text[SCRIPT_ACTIVE]) &&
                 head->active[SCRIPT_AFTER] == is->active[SCRIPT_AFTER] &&
                 blob_id_eq(&head->text[SCRIPT_AFTER], &is->text[SCRIPT_AFTER]);
    if (!right && check_fault(k, "the row of the scripts is wrong", (struct str){0}, true))
        check_fix_put(k, key, script_head_encode(k->cx->arena, is));
    bool filtered = is->active[SCRIPT_ACTIVE] || is->active[SCRIPT_AFTER];
    if (filtered != k->t.row.facts.filtered &&
        check_fault(k, "the account's mark of an active script is wrong", (struct str){0}, true))
        account_txn_set_filtered(&k->t, filtered);
    return OK;
}

enum code check_scripts(struct checker *k)
{
    const struct script_owner owner = {.level = SCRIPT_OF_ACCOUNT, .id = k->t.id};
    struct key from = script_head_key(&owner), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(k->cx, k->t.t, range);
    struct script_head head = {0}, is = {0};
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct script row;
        uint32_t number;
        if (!script_number_of_key(key, &number)) {
            TRY(script_head_decode(k->cx, value, &head));
            continue;
        }
        TRY(script_row_decode(k->cx, value, &row));
        TRY(text_check(k, &row, str_dup(k->cx->arena, key)));
        if (row.number == (uint32_t)SCRIPT_COMPANION) {
            is.active[SCRIPT_AFTER] = row.number;
            is.text[SCRIPT_AFTER] = row.text;
            continue;
        }
        is.count++;
        is.bytes += row.bytes;
        is.last = row.number > is.last ? row.number : is.last;
        if (row.number == head.active[SCRIPT_ACTIVE]) {
            is.active[SCRIPT_ACTIVE] = row.number;
            is.text[SCRIPT_ACTIVE] = row.text;
        }
    }
    TRY(scan_error(w));
    is.last = head.last > is.last ? head.last : is.last;
    return head_check(k, &from, &head, &is);
}
