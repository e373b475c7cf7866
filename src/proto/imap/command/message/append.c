#include "core/rights.h"
#include "format/date.h"
#include "format/summary.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/wire/parse.h"

struct append {
    account_id account;
    struct item_new *items;
    struct item_placed *placed;
    size_t count, cap;
};

/* "{", "~" or a quote: where the message starts. */
static bool at_message(const struct cur *c)
{
    return cur_peek(c) == '{' || cur_peek(c) == '~';
}

static enum code date_time(struct ctx *cx, struct cur *c, int64_t *out)
{
    struct str text;
    struct date date;
    if (!cur_char(c, '"') || !cur_until(c, '"', &text) || !date_parse_imap(text, &date))
        return fail(cx, E_SYNTAX, "date-time expected");
    *out = date.utc_ms;
    return OK;
}

/* [SP flags] [SP date-time] SP literal (RFC 9051 section 6.3.12, RFC 3502). */
static enum code message(struct ctx *cx, struct imap_session *s, struct cur *c,
                         struct item_new *out)
{
    struct imap_flags flags = {0};
    struct str bytes, summary;
    struct blob_new *blob;
    int64_t received_ms = cx->now_ms;
    if (!imap_sp(c))
        return fail(cx, E_SYNTAX, "message expected");
    if (cur_peek(c) == '(') {
        TRY(imap_flag_list(cx, c, false, &flags));
        if (!imap_sp(c))
            return fail(cx, E_SYNTAX, "message expected");
    }
    if (!at_message(c)) {
        TRY(date_time(cx, c, &received_ms));
        if (!imap_sp(c))
            return fail(cx, E_SYNTAX, "message expected");
    }
    if (!imap_literal(c, &bytes))
        return fail(cx, E_SYNTAX, "the message has to be a literal");
    if (!bytes.n)
        return fail(cx, E_UNSUPPORTED, "an empty message");
    TRY(blob_prepare(cx, s->env->core->store, bytes, &blob));
    TRY(summary_make(cx, bytes, &summary));
    *out = (struct item_new){.flags = flags.flags,
                             .keywords = flags.keywords,
                             .keyword_count = flags.keyword_count,
                             .received_ms = received_ms,
                             .saved_ms = cx->now_ms,
                             .blob = blob,
                             .summary = summary};
    return OK;
}

static enum code messages(struct ctx *cx, struct imap_session *s, struct cur *c, struct append *out)
{
    do {
        if (out->count == IMAP_LITERALS_MAX)
            return fail(cx, E_LIMIT, "more than %d messages", IMAP_LITERALS_MAX);
        if (out->count == out->cap) {
            size_t cap = out->cap ? out->cap * 4 : 1;
            out->items = arena_grow(cx->arena, out->items, out->cap * sizeof *out->items,
                                    cap * sizeof *out->items);
            out->cap = cap;
        }
        TRY(message(cx, s, c, &out->items[out->count]));
        out->count++;
    } while (!cur_end(c));
    out->placed = ARENA_ARRAY(cx->arena, out->count, struct item_placed);
    return OK;
}

/* All or none (RFC 3502). */
static enum code add_all(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct append *a = arg;
    for (size_t i = 0; i < a->count; i++)
        TRY(item_add(cx, t, &a->items[i], &a->placed[i]));
    return OK;
}

static enum code target(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                        struct str path, struct append *a)
{
    uint64_t bytes = 0;
    struct imap_box *box AUTO(imap_box_close) = NULL;
    enum code found = imap_box_open(cx, s, path, RIGHT_INSERT, &box);
    if (found == E_NOT_FOUND)
        call->response = STR("TRYCREATE");
    TRY(found);
    a->account = box->account;
    for (size_t i = 0; i < a->count; i++) {
        struct item_new *new = &a->items[i];
        new->folder = box->folder->id;
        new->reader = s->reader;
        new->flags &= imap_flags_of(box->rights); /* RFC 4314 section 4 */
        if (!(box->rights & RIGHT_WRITE))
            new->keyword_count = 0;
        bytes += blob_new_size(a->items[i].blob);
    }
    enum code room = account_may_receive(cx, box->view, bytes);
    if (room == E_LIMIT) {
        call->response = STR("OVERQUOTA");
        call->said = STR("The mailbox is full");
    }
    return room;
}

static struct str append_uid(struct ctx *cx, const struct append *a)
{
    struct buf b = buf_of(cx->arena, IMAP_LINE_MAX);
    struct imap_set uids = {0};
    for (size_t i = 0; i < a->count; i++)
        imap_set_add(cx->arena, &uids, a->placed[i].uid);
    buf_printf(&b, "APPENDUID %u ", a->placed[0].uid_validity);
    imap_set_put(&b, &uids, 0);
    return buf_str(&b);
}

enum code imap_append(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str path;
    struct append a = {0};
    TRY(imap_mailbox(cx, s, &c, &path));
    TRY(messages(cx, s, &c, &a));
    TRY(target(cx, s, call, path, &a));
    TRY(account_update(cx, s->env->core, a.account, add_all, &a));
    call->response = append_uid(cx, &a);
    return OK;
}
