#include "core/upkeep/renew.h"
#include "core/txn.h"

enum { FOLDERS_AT_ONCE = 500 };

struct renewal {
    bool jumped;
    folder_id after; /* folders up to it are done */
    folder_id next;  /* out: what after becomes with the commit */
    size_t count;    /* out */
};

static void jump(struct account_txn *t)
{
    t->row.facts.modseq += RENEW_NUMBERS;
    t->row.next_id += RENEW_NUMBERS;
    t->row.next_folder += RENEW_FOLDERS;
    t->row.next_named += RENEW_NAMED;
}

/* The folder with the lowest id above after; NULL when there is none. */
static struct folder_slot *next_slot(struct account_txn *t, folder_id after)
{
    struct folder_slot *next = NULL;
    for (struct folder_slot *s = t->folders; s; s = s->next)
        if (s->id > after && !s->gone && (!next || s->id < next->id))
            next = s;
    return next;
}

static enum code renew_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct renewal *r = arg;
    r->count = 0;
    r->next = r->after;
    if (!r->jumped)
        jump(t);
    TRY(txn_all_folders(cx, t));
    struct folder_slot *slot;
    while (r->count < FOLDERS_AT_ONCE && (slot = next_slot(t, r->next))) {
        slot->counts.uid_validity = txn_uid_validity(cx, t);
        slot->counts_dirty = true;
        txn_folder_changed(t, slot);
        r->next = slot->id;
        r->count++;
    }
    return OK;
}

enum code account_renew(struct ctx *cx, struct core *c, account_id id, size_t *folders)
{
    struct renewal r = {0};
    *folders = 0;
    do {
        TRY(account_update(cx, c, id, renew_in, &r));
        r.jumped = true;
        r.after = r.next;
        *folders += r.count;
    } while (r.count == FOLDERS_AT_ONCE);
    return OK;
}
