#include "core/upkeep/check.h"
#include "base/arena.h"
#include "core/share/sharing.h"
#include "core/upkeep/checker.h"
#include "core/view/seal.h"

enum { TRIES = 5, FIX_BYTES_MAX = 700 * 1024 };

bool check_fault(struct checker *k, const char *what, struct str about, bool can_repair)
{
    struct finding *f = ARENA_NEW(k->cx->arena, struct finding);
    f->what = what;
    f->about = about;
    f->repaired = k->repair && can_repair && k->fix_bytes < FIX_BYTES_MAX;
    *k->findings_end = f;
    k->findings_end = &f->next;
    k->counts.faults++;
    k->counts.repaired += f->repaired;
    return f->repaired;
}

static struct fix *fix_add(struct checker *k, struct str key)
{
    struct fix *f = ARENA_NEW(k->cx->arena, struct fix);
    f->key = str_dup(k->cx->arena, key);
    *k->fixes_end = f;
    k->fixes_end = &f->next;
    k->fix_bytes += key.n;
    return f;
}

void check_fix_put(struct checker *k, const struct key *key, struct str value)
{
    struct fix *f = fix_add(k, key_str(key));
    f->value = str_dup(k->cx->arena, value);
    k->fix_bytes += value.n;
}

void check_fix_drop(struct checker *k, struct str key)
{
    fix_add(k, key)->drop = true;
}

enum code check_row(struct checker *k, const struct key *key, struct str *value, bool *is_there)
{
    enum code code = txn_get(k->cx, k->t.t, key_str(key), value);
    *is_there = code == OK;
    return code == E_NOT_FOUND ? OK : code;
}

/* A folder's own change row is at its own number. */
static enum code check_own_change(struct checker *k, struct folder_slot *slot)
{
    struct key key = change_key(slot->row->own_modseq);
    struct str value, wanted;
    bool is_there;
    struct change_row row = {
        .what = CHANGE_FOLDER, .folder = slot->id, .folder_created = slot->row->created_modseq};
    if (slot->row->own_modseq == 0)
        return OK;
    if (slot->row->own_modseq > k->highest_modseq)
        k->highest_modseq = slot->row->own_modseq;
    wanted = change_row_encode(k->cx->arena, &row);
    TRY(check_row(k, &key, &value, &is_there));
    if ((!is_there || !str_eq(value, wanted)) &&
        check_fault(k, "a folder's change row is missing or wrong",
                    str_printf(k->cx->arena, "folder %u", slot->id), true))
        check_fix_put(k, &key, wanted);
    return OK;
}

static enum code check_folders(struct checker *k)
{
    TRY(txn_all_folders(k->cx, &k->t));
    for (struct folder_slot *slot = k->t.folders; slot; slot = slot->next) {
        k->counts.folders++;
        TRY(check_own_change(k, slot));
        TRY(check_folder_items(k, slot));
    }
    return OK;
}

static enum code check_roles(struct checker *k)
{
    for (size_t role = ROLE_NONE + 1; role < ROLE_COUNT; role++) {
        folder_id listed, is = 0;
        TRY(txn_role_folder(k->cx, &k->t, (enum role)role, &listed));
        for (struct folder_slot *slot = k->t.folders; slot; slot = slot->next)
            if (slot->row->role == (enum role)role)
                is = slot->id;
        if (listed != is &&
            check_fault(k, "the role table names another folder",
                        str_printf(k->cx->arena, "role %zu folder %u", role, is), true))
            TRY(txn_role_set(k->cx, &k->t, (enum role)role, is));
    }
    return OK;
}

static void check_account_row(struct checker *k)
{
    struct account_facts *f = &k->t.row.facts;
    if ((f->used_bytes != k->used_bytes || f->items != k->items) &&
        check_fault(k, "the account's counts are wrong", (struct str){0}, true)) {
        f->used_bytes = k->used_bytes;
        f->items = k->items;
    }
    if (f->annotation_bytes != k->annotation_bytes &&
        check_fault(k, "the account's sum of annotations is wrong", (struct str){0}, true))
        f->annotation_bytes = k->annotation_bytes;
    if (f->modseq < k->highest_modseq &&
        check_fault(k, "the counter is behind its changes", (struct str){0}, true))
        f->modseq = k->highest_modseq;
    if (k->t.row.next_id <= k->highest_id &&
        check_fault(k, "the next id is taken", (struct str){0}, true))
        k->t.row.next_id = k->highest_id + 1;
}

static enum code check_all(struct checker *k)
{
    TRY(check_folders(k));
    TRY(check_roles(k));
    TRY(check_homes(k));
    TRY(check_changes(k));
    TRY(check_threads(k));
    TRY(check_annotations(k));
    TRY(check_scripts(k));
    TRY(check_event_rows(k));
    check_account_row(k);
    return OK;
}

/* What was put right may be shown by them as it was. */
static enum code seals_drop(struct checker *k)
{
    for (struct folder_slot *slot = k->t.folders; slot; slot = slot->next)
        TRY(seal_drop(k->cx, k->t.t, slot->id));
    return OK;
}

static void fixes_write(struct checker *k)
{
    for (struct fix *f = k->fixes; f; f = f->next) {
        if (f->drop)
            txn_delete(k->t.t, f->key);
        else
            txn_put(k->t.t, f->key, f->value);
    }
    account_txn_finish(&k->t);
}

/* E_CONFLICT when the account changed in between. */
static enum code check_once(struct checker *k, account_id account)
{
    struct txn *txn AUTO(txn_abort) = txn_begin(k->cx, k->c->store, account);
    uint64_t version;
    k->findings_end = &k->findings;
    k->fixes_end = &k->fixes;
    TRY(account_txn_load(k->cx, txn, account, &k->t));
    enum code code = check_all(k);
    TRY(store_version(k->cx, k->c->store, account, &version));
    if (version != txn_version(txn) && (code != OK || k->findings))
        return E_CONFLICT;
    TRY(code);
    if (!k->counts.repaired)
        return OK;
    TRY(seals_drop(k));
    fixes_write(k);
    return txn_commit(k->cx, txn);
}

enum code core_check_account(struct ctx *cx, struct core *c, account_id account, bool repair,
                             check_account_fn *report, void *arg, struct check_account *out)
{
    struct checker k = {0};
    enum code code = E_CONFLICT;
    for (int i = 0; i < TRIES && code == E_CONFLICT; i++) {
        k = (struct checker){.cx = cx, .c = c, .repair = repair};
        code = check_once(&k, account);
    }
    if (code == E_CONFLICT)
        return fail(cx, E_BUSY, "account %llu changes all the time", (unsigned long long)account);
    TRY(code);
    for (const struct finding *f = k.findings; report && f; f = f->next)
        report(arg, f->what, f->about, f->repaired);
    *out = k.counts;
    return sharing_check(cx, c, account, &(struct sharing_report){report, arg, repair}, out);
}
