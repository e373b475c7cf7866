#include "core/share/sharing.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/directory/rows.h"
#include "core/txn.h"

enum { NOTE_VERSION = 1 };
/* A note is written again when it is as old as that, and is dropped only when it is much older: so
   none goes that somebody is just about to grant by. */
static const int64_t fresh_ms = INT64_C(3600000), stale_ms = INT64_C(86400000);

struct note {
    enum grantee_kind kind;
    principal_id who;
    account_id account;
    int64_t noted_ms;
};

static struct key note_key(const struct note *note)
{
    struct key k = rows_shared_key((uint32_t)note->kind, note->who);
    key_u64(&k, note->account);
    return k;
}

static enum code note_decode(struct ctx *cx, struct str key, struct str value, struct note *out)
{
    struct cur k = cur_of(str_from(key, 1)), v = cur_of(value);
    uint32_t kind;
    uint64_t noted;
    uint8_t version;
    if (!cur_key_u32(&k, &kind) || !cur_key_u64(&k, &out->who) || !cur_key_u64(&k, &out->account) ||
        !cur_le8(&v, &version) || version != NOTE_VERSION || !cur_le64(&v, &noted))
        return fail(cx, E_CORRUPT, "directory: a row of the index of grants");
    out->kind = (enum grantee_kind)kind;
    out->noted_ms = (int64_t)noted;
    return OK;
}

static enum code note_read(struct ctx *cx, const struct rows *r, struct note *note, bool *is_there)
{
    struct key k = note_key(note);
    struct str value;
    enum code code = rows_get(cx, r, &k, &value);
    *is_there = code == OK;
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    return note_decode(cx, key_str(&k), value, note);
}

static enum code note_put(struct ctx *cx, struct txn *t, void *arg)
{
    const struct note *note = arg;
    struct key k = note_key(note);
    struct buf b = buf_of(cx->arena, STORE_VALUE_MAX);
    buf_le8(&b, NOTE_VERSION);
    buf_le64(&b, (uint64_t)note->noted_ms);
    txn_put(t, key_str(&k), buf_str(&b));
    return OK;
}

static enum code note_make(struct ctx *cx, struct core *c, account_id account,
                           const struct grant *grant)
{
    struct rows r = rows_of(c);
    struct note note = {.kind = grant->kind, .who = grant->who, .account = account};
    bool is_there;
    TRY(note_read(cx, &r, &note, &is_there));
    if (is_there && note.noted_ms > cx->now_ms - fresh_ms)
        return OK;
    note.noted_ms = cx->now_ms;
    return store_update(cx, c->store, DIRECTORY_PART, note_put, &note);
}

struct granting {
    folder_id folder;
    const struct grant *grant;
};

static enum code grant_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct granting *g = arg;
    return rights_grant(cx, t, g->folder, g->grant);
}

enum code sharing_note(struct ctx *cx, struct core *c, account_id account,
                       const struct grant *grant)
{
    return grant->rights ? note_make(cx, c, account, grant) : OK;
}

enum code sharing_grant(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                        const struct grant *grant)
{
    struct granting g = {folder, grant};
    TRY(sharing_note(cx, c, account, grant));
    return account_update(cx, c, account, grant_in, &g);
}

static enum code take_accounts(struct ctx *cx, const struct rows *r, const struct note *of,
                               struct ids *out)
{
    struct key from = rows_shared_key((uint32_t)of->kind, of->who), to = key_after(&from);
    struct scan *w AUTO(scan_close) = rows_scan(cx, r, &from, &to);
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct note note;
        TRY(note_decode(cx, key, value, &note));
        if (out->n == SHARING_ACCOUNTS_MAX)
            return fail(cx, E_LIMIT, "more than %d accounts are shared", SHARING_ACCOUNTS_MAX);
        ids_add(cx->arena, out, note.account);
    }
    return scan_error(w);
}

static int by_number(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

enum code sharing_accounts(struct ctx *cx, struct core *c, principal_id reader, account_id **out,
                           size_t *count)
{
    struct rows r = rows_of(c);
    struct ids found = {0};
    principal_id *groups;
    size_t group_count, n = 0;
    struct note mine = {.kind = GRANTEE_PRINCIPAL, .who = reader};
    struct note all = {.kind = GRANTEE_DEFAULT};
    TRY(take_accounts(cx, &r, &mine, &found));
    TRY(take_accounts(cx, &r, &all, &found));
    TRY(directory_groups_of(cx, c, reader, &groups, &group_count));
    for (size_t i = 0; i < group_count; i++) {
        struct note group = {.kind = GRANTEE_GROUP, .who = groups[i]};
        TRY(take_accounts(cx, &r, &group, &found));
    }
    if (found.n)
        qsort(found.at, found.n, sizeof *found.at, by_number);
    for (size_t i = 0; i < found.n; i++)
        if (found.at[i] != reader && (n == 0 || found.at[n - 1] != found.at[i]))
            found.at[n++] = found.at[i];
    *out = found.at;
    *count = n;
    return OK;
}

static bool stands(const struct grant_row *grants, size_t count, const struct note *note)
{
    for (size_t i = 0; i < count; i++)
        if (grants[i].grant.kind == note->kind && grants[i].grant.who == note->who)
            return true;
    return false;
}

/* Whoever grants now has written the note anew, so that it is not the one that was judged. */
static enum code note_drop(struct ctx *cx, struct txn *t, void *arg)
{
    const struct note *judged = arg;
    struct rows r = rows_in(t);
    struct note now = *judged;
    bool is_there;
    TRY(note_read(cx, &r, &now, &is_there));
    struct key k = note_key(judged);
    if (is_there && now.noted_ms == judged->noted_ms)
        txn_delete(t, key_str(&k));
    return OK;
}

static enum code judge(struct ctx *cx, struct core *c, const struct note *note)
{
    struct grant_row *grants;
    size_t count;
    TRY(rights_list_all(cx, c, note->account, &grants, &count));
    if (stands(grants, count, note))
        return OK;
    struct note judged = *note;
    return store_update(cx, c->store, DIRECTORY_PART, note_drop, &judged);
}

enum code sharing_sweep(struct ctx *cx, struct core *c)
{
    struct rows r = rows_of(c);
    struct key from = rows_shared_key(0, 0), to = key_after(&from);
    struct scan *w AUTO(scan_close) = rows_scan(cx, &r, &from, &to);
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct arena *own AUTO(arena_close) = arena_open();
        struct ctx one = *cx;
        struct note note;
        one.arena = own;
        TRY(note_decode(cx, key, value, &note));
        if (note.noted_ms > cx->now_ms - stale_ms)
            continue;
        enum code code = judge(&one, c, &note);
        if (code != OK)
            return fail(cx, code, "sweeping the index of grants");
    }
    return scan_error(w);
}

enum code sharing_check(struct ctx *cx, struct core *c, account_id account,
                        const struct sharing_report *to, struct check_account *sum)
{
    struct rows r = rows_of(c);
    struct grant_row *grants;
    size_t count;
    TRY(rights_list_all(cx, c, account, &grants, &count));
    for (size_t i = 0; i < count; i++) {
        const struct grant *g = &grants[i].grant;
        struct note note = {.kind = g->kind, .who = g->who, .account = account};
        bool is_there;
        TRY(note_read(cx, &r, &note, &is_there));
        if (is_there)
            continue;
        if (to->repair)
            TRY(note_make(cx, c, account, g));
        sum->faults++;
        sum->repaired += to->repair;
        if (to->fn)
            to->fn(to->arg, "a grant is not in the directory's index",
                   str_printf(cx->arena, "folder %u", grants[i].folder), to->repair);
    }
    return OK;
}
