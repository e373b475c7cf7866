#include "core/annotation/annotation.h"
#include "core/rights.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/sync/change.h"
#include "proto/imap/sync/event.h"
#include "proto/imap/sync/limit.h"
#include "proto/imap/sync/sync.h"
#include "proto/imap/wire/parse.h"

/* COPY and MOVE: RFC 9051 section 6.4.7, RFC 6851. */
struct copy {
    struct imap_session *session;
    bool move;
    account_id account; /* of the target */
    uint32_t rights;    /* there */
    folder_id from, to;
    uint32_t uid_validity;
    int64_t now_ms;
    uint32_t *source, *target; /* uids, for COPYUID */
    size_t done, tried;
};

/* To or within somebody else's account: a new item that refers to the same blob, with the flags
   that may be set there (RFC 4314 section 4). */
static enum code adopt(struct ctx *cx, struct account_txn *t, const struct copy *x, uint32_t uid,
                       struct item_placed *out)
{
    const struct imap_selected *sel = x->session->selected;
    struct item_row row;
    struct view_row flags = imap_row(sel, view_find(sel->view, uid));
    struct str keywords[FOLDER_KEYWORDS_MAX];
    size_t count = 0;
    TRY(item_get(cx, x->session->env->core, sel->account, sel->folder, uid, &row));
    if (!(x->rights & RIGHT_WRITE))
        flags.keywords = 0;
    for (uint64_t bits = flags.keywords; bits; bits &= bits - 1) {
        struct str name = imap_keyword(sel, (unsigned)__builtin_ctzll(bits));
        if (name.p)
            keywords[count++] = name;
    }
    uint32_t set = flags.flags & imap_flags_of(x->rights) & ~(uint32_t)FLAG_SEEN;
    return item_adopt(cx, t, &row, set, keywords, count, x->to, x->now_ms, out);
}

/* What this reader sees goes along; shared ones where they may be set (RFC 5257 section 4.7). */
static enum code annotate(struct ctx *cx, struct account_txn *t, const struct copy *x, uint32_t uid,
                          const struct item_placed *placed)
{
    const struct imap_session *s = x->session;
    const struct imap_selected *sel = s->selected;
    struct view_row row = imap_row(sel, view_find(sel->view, uid));
    struct annotation_owner from = {.class = ANNOTATION_OF_ITEM, .id = row.id};
    struct annotation_item to = {placed->folder, placed->uid, UINT64_MAX};
    struct annotations all;
    size_t count = 0;
    TRY(annotation_list(cx, s->env->core, sel->account, &from, s->reader, &all));
    struct annotation_change *set = ARENA_ARRAY(cx->arena, all.count, struct annotation_change);
    for (size_t i = 0; i < all.count; i++) {
        const struct annotation *one = &all.at[i];
        if (!one->removed && (one->reader || x->rights & RIGHT_ANNOTATE))
            set[count++] = (struct annotation_change){
                .reader = one->reader, .name = one->name, .value = one->value};
    }
    return count ? annotation_set_item(cx, t, &to, set, count) : OK;
}

/* The copy is as read as the message was for this reader. */
static enum code mark(struct ctx *cx, struct account_txn *t, const struct copy *x, uint32_t uid,
                      const struct item_placed *placed)
{
    const struct imap_session *s = x->session;
    uint32_t at = view_find(s->selected->view, uid);
    bool seen = imap_row(s->selected, at).flags & FLAG_SEEN & imap_flags_of(x->rights);
    struct item_seen to = {s->reader, placed->folder, placed->uid, seen};
    bool changed;
    uint64_t modseq;
    return item_set_seen_for(cx, t, &to, &changed, &modseq);
}

static enum code copy_one(struct ctx *cx, struct account_txn *t, const struct copy *x, uint32_t uid,
                          struct item_placed *out)
{
    account_id from = x->session->selected->account, reader = x->session->reader;
    if (x->account == from && from == reader)
        return x->move ? item_move(cx, t, x->from, uid, x->to, x->now_ms, out)
                       : item_copy(cx, t, x->from, uid, x->to, x->now_ms, out);
    bool moves = x->account == from && x->move;
    TRY(moves ? item_move(cx, t, x->from, uid, x->to, x->now_ms, out) : adopt(cx, t, x, uid, out));
    if (!moves)
        TRY(annotate(cx, t, x, uid, out));
    return mark(cx, t, x, uid, out);
}

static enum code copy_some(struct ctx *cx, struct account_txn *t, const uint32_t *uids,
                           size_t count, void *arg)
{
    struct copy *x = arg;
    x->tried = x->done;
    for (size_t i = 0; i < count; i++) {
        struct item_placed placed;
        enum code code = copy_one(cx, t, x, uids[i], &placed);
        if (code == E_NOT_FOUND)
            continue; /* removed by another session: it will be told */
        TRY(code);
        x->source[x->tried] = uids[i];
        x->target[x->tried++] = placed.uid;
        x->uid_validity = placed.uid_validity;
    }
    return OK;
}

static void copied(void *arg)
{
    struct copy *x = arg;
    x->done = x->tried;
}

static enum code take_back(struct ctx *cx, struct account_txn *t, const uint32_t *uids,
                           size_t count, void *arg)
{
    const struct copy *x = arg;
    for (size_t i = 0; i < count; i++) {
        enum code code = item_remove(cx, t, x->to, uids[i], x->now_ms);
        if (code != E_NOT_FOUND)
            TRY(code);
    }
    return OK;
}

/* All or nothing (RFC 9051 section 6.4.7): what earlier transactions copied goes again. */
static void undo(const struct ctx *cx, struct imap_session *s, struct copy *x)
{
    struct ctx own = *cx; /* the first error is what is told */
    struct imap_uids uids = {x->target, x->done};
    struct imap_change change = {x->account, &uids, take_back, NULL, x, true};
    if (imap_change_all(&own, s, &change) == OK)
        x->done = 0;
}

static struct str copy_uid(struct ctx *cx, const struct copy *x)
{
    struct buf b = buf_of(cx->arena, IMAP_REPLY_MAX);
    struct imap_set source = {0}, target = {0};
    for (size_t i = 0; i < x->done; i++) {
        imap_set_add(cx->arena, &source, x->source[i]);
        imap_set_add(cx->arena, &target, x->target[i]);
    }
    buf_printf(&b, "COPYUID %u ", x->uid_validity);
    imap_set_put(&b, &source, 0);
    buf_byte(&b, ' ');
    imap_set_put(&b, &target, 0);
    return buf_str(&b);
}

static enum code target_of(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                           struct str path, struct copy *x)
{
    struct imap_box *box AUTO(imap_box_close) = NULL;
    enum code found = imap_box_open(cx, s, path, RIGHT_INSERT, &box);
    if (found == E_NOT_FOUND)
        call->response = STR("TRYCREATE");
    TRY(found);
    x->account = box->account;
    x->rights = box->rights;
    x->to = box->folder->id;
    return OK;
}

static enum code remove_copied(struct ctx *cx, struct account_txn *t, const uint32_t *uids,
                               size_t count, void *arg)
{
    const struct copy *x = arg;
    for (size_t i = 0; i < count; i++) {
        enum code code = item_remove(cx, t, x->from, uids[i], x->now_ms);
        if (code != E_NOT_FOUND)
            TRY(code);
    }
    return OK;
}

/* Between accounts nothing is atomic: what is durable there goes here, so that a message may be
   twice for a moment, and is never lost. */
static enum code end_sources(struct ctx *cx, struct imap_session *s, struct copy *x)
{
    struct imap_uids uids = {x->source, x->done};
    struct imap_change change = {s->selected->account, &uids, remove_copied, NULL, x, true};
    return imap_change_all(cx, s, &change);
}

static enum code copy_or_move(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                              bool move)
{
    struct cur c = call->arg;
    struct imap_set set, places;
    struct str path;
    struct copy x = {.session = s, .move = move, .from = s->selected->folder, .now_ms = cx->now_ms};
    TRY(imap_seqset_parse(cx, &c, &set));
    if (!imap_sp(&c))
        return fail(cx, E_SYNTAX, "messages and a mailbox expected");
    TRY(imap_mailbox(cx, s, &c, &path));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the mailbox");
    TRY(imap_places(cx, s, call, &set, &places));
    if (move)
        imap_limit_places(cx, s, call, &places);
    else /* all or none (RFC 9738 section 3.1.1) */
        TRY(imap_limit_saves(cx, s, call, imap_set_size(&places)));
    TRY(target_of(cx, s, call, path, &x));
    if (move)
        TRY(imap_writable(cx, s, RIGHT_DELETE | RIGHT_EXPUNGE));
    struct imap_uids uids = imap_uids_of(cx, s, &places);
    x.source = ARENA_ARRAY(cx->arena, uids.count, uint32_t);
    x.target = ARENA_ARRAY(cx->arena, uids.count, uint32_t);
    struct imap_change change = {x.account, &uids, copy_some, copied, &x, false};
    enum code code = imap_change_all(cx, s, &change);
    if (code != OK && !move)
        undo(cx, s, &x);
    if (code == E_LIMIT)
        call->response = STR("OVERQUOTA");
    if (!x.done)
        return code;
    if (move && x.account != s->selected->account) {
        enum code ended = end_sources(cx, s, &x);
        code = code == OK ? ended : code;
    }
    call->highest = move;
    struct filter_event e = {.cause = CAUSE_COPY,
                             .account = x.account,
                             .folder = x.to,
                             .uids = x.target,
                             .count = x.done};
    if (code == OK || move)
        imap_event_added(cx, s, &e);
    if (move)
        buf_printf(&call->text, "* OK [%.*s] Moved\r\n", STR_ARG(copy_uid(cx, &x)));
    else if (code == OK)
        call->response = copy_uid(cx, &x);
    return code;
}

enum code imap_copy(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    return copy_or_move(cx, s, call, false);
}

enum code imap_move(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    return copy_or_move(cx, s, call, true);
}
