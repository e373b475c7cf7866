/* The maildrop: a folder's view at log-in. RFC 1939 has the server lock it; here several sessions
   may look at it at a time, each at its own picture, and what another has removed is gone. */
#include "core/rights.h"
#include "format/summary.h"
#include "proto/pop3/session.h"
#include "proto/pop3/stuff.h"

enum { ROWS_AT_ONCE = 64, REMOVE_RIGHTS = RIGHT_DELETE | RIGHT_EXPUNGE };

static enum code may(struct ctx *cx, const struct pop3_session *s, folder_id folder,
                     uint32_t rights)
{
    if (s->account == s->reader) /* an account is its owner's */
        return OK;
    return rights_check(cx, s->env->core, s->account, folder, s->reader, rights);
}

static enum code inbox_of(struct ctx *cx, const struct pop3_session *s, folder_id *out)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    TRY(account_view_recent(cx, s->env->core, s->account, &v));
    const struct folder_facts *f = account_folder_by_role(v, ROLE_INBOX);
    if (!f)
        return fail(cx, E_NOT_FOUND, "no inbox");
    *out = f->id;
    return OK;
}

enum code pop3_maildrop_open(struct ctx *cx, struct pop3_session *s)
{
    folder_id inbox = 0;
    struct view *view;
    TRY(inbox_of(cx, s, &inbox));
    TRY(may(cx, s, inbox, RIGHT_READ));
    enum code remove = may(cx, s, inbox, REMOVE_RIGHTS);
    if (remove != OK && remove != E_DENIED && remove != E_NOT_FOUND)
        return remove;
    TRY(view_get(cx, s->env->core, s->account, inbox, s->reader, &view));
    struct pop3_maildrop *d = calloc(1, sizeof *d);
    must(d);
    *d =
        (struct pop3_maildrop){.view = view, .count = view_count(view), .may_delete = remove == OK};
    s->drop = d;
    return OK;
}

void pop3_maildrop_close(struct pop3_session *s)
{
    if (!s->drop)
        return;
    view_unref(s->drop->view);
    free(s->drop->sizes);
    free(s->drop->deleted);
    free(s->drop);
    s->drop = NULL;
}

/* The bytes of a message as sent. Nearly all messages are lines already: their size is known. */
static enum code size_of(struct ctx *cx, const struct pop3_session *s, const struct item_row *row,
                         uint32_t *out)
{
    struct summary_facts facts;
    uint64_t size = row->size;
    TRY(summary_facts(cx, row->summary, &facts));
    if (facts.flags & SUMMARY_LOOSE_LINES) {
        struct arena *own AUTO(arena_close) = arena_open();
        struct rope bytes = rope_of(own);
        TRY(item_bytes(cx, s->env->core, row, 0, UINT64_MAX, &bytes));
        size = pop3_stuff_size(&bytes);
        rope_drop(&bytes);
    }
    *out = (uint32_t)size;
    return OK;
}

static enum code read_sizes(struct ctx *cx, const struct pop3_session *s, uint32_t *sizes)
{
    const struct view *v = s->drop->view;
    struct item_scan *w AUTO(item_scan_close) =
        item_scan(cx, s->env->core, s->account, view_folder(v), 1, UINT32_MAX);
    struct item_row item;
    bool has = item_next(w, &item);
    for (uint32_t at = 0; at < s->drop->count;) {
        struct view_row rows[ROWS_AT_ONCE];
        uint32_t n = view_rows(v, at, ROWS_AT_ONCE, rows);
        for (uint32_t i = 0; i < n; i++) {
            while (has && item.uid < rows[i].uid)
                has = item_next(w, &item);
            sizes[at + i] = POP3_GONE;
            if (has && item.uid == rows[i].uid)
                TRY(size_of(cx, s, &item, &sizes[at + i]));
        }
        at += n;
    }
    return item_scan_error(w);
}

enum code pop3_maildrop_sizes(struct ctx *cx, struct pop3_session *s)
{
    if (s->drop->sizes || !s->drop->count)
        return OK;
    uint32_t *sizes = calloc(s->drop->count, sizeof *sizes);
    must(sizes);
    enum code code = read_sizes(cx, s, sizes);
    if (code == OK)
        s->drop->sizes = sizes;
    else
        free(sizes);
    return code;
}

bool pop3_is_deleted(const struct pop3_maildrop *d, uint32_t place)
{
    return d->deleted && d->deleted[place];
}

enum code pop3_message(struct ctx *cx, const struct pop3_session *s, struct cur *arg,
                       uint32_t *place)
{
    uint32_t number;
    if (!cur_u32(arg, &number) || (!cur_end(arg) && !cur_char(arg, ' ')))
        return fail(cx, E_SYNTAX, "the number of a message is wanted");
    const struct pop3_maildrop *d = s->drop;
    if (number == 0 || number > d->count || pop3_is_deleted(d, number - 1) ||
        (d->sizes && d->sizes[number - 1] == POP3_GONE))
        return fail(cx, E_NOT_FOUND, "no such message");
    *place = number - 1;
    return OK;
}

/* A run of uids to remove in one transaction. */
struct removal {
    folder_id folder;
    int64_t now_ms;
    const uint32_t *uids;
    size_t count;
};

static enum code remove_some(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct removal *r = arg;
    for (size_t i = 0; i < r->count; i++) {
        enum code code = item_remove(cx, t, r->folder, r->uids[i], r->now_ms);
        if (code != E_NOT_FOUND) /* another session was quicker */
            TRY(code);
    }
    return OK;
}

static enum code remove_all(struct ctx *cx, const struct pop3_session *s, const uint32_t *uids,
                            size_t count)
{
    size_t most = ITEM_CHANGE_MAX;
    struct removal r = {.folder = view_folder(s->drop->view), .now_ms = cx->now_ms};
    for (size_t at = 0; at < count;) {
        r.uids = uids + at;
        r.count = count - at < most ? count - at : most;
        enum code code = account_update(cx, s->env->core, s->account, remove_some, &r);
        if (code == E_LIMIT && r.count > 1) { /* too many bytes for one commit, perhaps */
            most = r.count / 2;
            continue;
        }
        TRY(code);
        at += r.count;
    }
    return OK;
}

enum code pop3_maildrop_update(struct ctx *cx, struct pop3_session *s)
{
    const struct pop3_maildrop *d = s->drop;
    if (!d->deleted_count)
        return OK;
    TRY(may(cx, s, view_folder(d->view), REMOVE_RIGHTS));
    uint32_t *uids = ARENA_ARRAY(cx->arena, d->deleted_count, uint32_t);
    size_t count = 0;
    for (uint32_t at = 0; at < d->count; at++)
        if (d->deleted[at])
            uids[count++] = view_at(d->view, at).uid;
    return remove_all(cx, s, uids, count);
}
