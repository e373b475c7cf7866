#include "core/rights.h"
#include "format/date.h"
#include "format/summary.h"
#include "proto/imap/annotate/annotate.h"
#include "proto/imap/append/append.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/wire/parse.h"

/* "{", "~" or a letter of an extension's word: where the message starts. */
static bool at_message(const struct cur *c)
{
    return cur_peek(c) != '"';
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

static enum code expected(struct ctx *cx)
{
    return fail(cx, E_SYNTAX, "message expected");
}

/* "UTF8 (~{n}…)": RFC 6855 section 4. */
static enum code utf8_literal(struct ctx *cx, struct cur *c, struct str *out)
{
    if (cur_peek(c) != '~' || !imap_literal(c, out) || !cur_char(c, ')'))
        return fail(cx, E_SYNTAX, "a literal8 in brackets expected");
    return OK;
}

/* The message's own bytes: of the request, or put together in the arena. */
static enum code content(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                         struct cur *c, struct str *out)
{
    struct rope parts = rope_of(cx->arena);
    if (cur_word(c, STR("UTF8 (")))
        return utf8_literal(cx, c, out);
    if (!cur_word(c, STR("CATENATE ")))
        return imap_literal(c, out) ? OK : fail(cx, E_SYNTAX, "the message has to be a literal");
    enum code code = imap_catenate(cx, s, call, c, &parts);
    if (code == OK)
        *out = rope_flatten(&parts, cx->arena);
    rope_drop(&parts);
    return code;
}

static struct item_new *item_more(struct ctx *cx, struct imap_append *a)
{
    if (a->count == a->cap) {
        size_t cap = a->cap ? a->cap * 4 : 1;
        a->items =
            arena_grow(cx->arena, a->items, a->cap * sizeof *a->items, cap * sizeof *a->items);
        a->notes =
            arena_grow(cx->arena, a->notes, a->cap * sizeof *a->notes, cap * sizeof *a->notes);
        a->cap = cap;
    }
    return &a->items[a->count++];
}

enum code imap_append_message(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                              struct cur *c, struct imap_append *a)
{
    struct imap_flags flags = {0};
    struct imap_notes notes = {0};
    struct str bytes, summary;
    struct blob_new *blob;
    int64_t received_ms = cx->now_ms;
    if (a->count == IMAP_LITERALS_MAX)
        return fail(cx, E_LIMIT, "more than %d messages", IMAP_LITERALS_MAX);
    if (!imap_sp(c))
        return expected(cx);
    if (cur_peek(c) == '(') {
        TRY(imap_flag_list(cx, c, false, &flags));
        if (!imap_sp(c))
            return expected(cx);
    }
    if (!at_message(c)) {
        TRY(date_time(cx, c, &received_ms));
        if (!imap_sp(c))
            return expected(cx);
    }
    if (cur_word(c, STR("ANNOTATION "))) { /* RFC 5257 section 4.6 */
        TRY(imap_notes_parse(cx, s, call, c, &notes));
        if (!imap_sp(c))
            return expected(cx);
    }
    TRY(content(cx, s, call, c, &bytes));
    if (!bytes.n)
        return fail(cx, E_UNSUPPORTED, "an empty message");
    enum code encoded = imap_binary_encode(cx, bytes, &bytes);
    if (encoded == E_UNSUPPORTED)
        call->response = STR("UNKNOWN-CTE");
    TRY(encoded);
    TRY(blob_prepare(cx, s->env->core->store, bytes, &blob));
    TRY(summary_make(cx, bytes, &summary));
    *item_more(cx, a) = (struct item_new){.flags = flags.flags,
                                          .keywords = flags.keywords,
                                          .keyword_count = flags.keyword_count,
                                          .received_ms = received_ms,
                                          .saved_ms = cx->now_ms,
                                          .blob = blob,
                                          .summary = summary};
    a->notes[a->count - 1] = notes;
    return OK;
}

enum code imap_append_target(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                             struct str name, struct imap_append *a)
{
    uint64_t bytes = 0;
    struct imap_box *box AUTO(imap_box_close) = NULL;
    enum code found = imap_box_open(cx, s, name, RIGHT_INSERT, &box);
    if (found == E_NOT_FOUND)
        call->response = STR("TRYCREATE");
    TRY(found);
    a->account = box->account;
    a->folder = box->folder->id;
    for (size_t i = 0; i < a->count; i++) {
        struct item_new *new = &a->items[i];
        new->folder = box->folder->id;
        new->reader = s->reader;
        new->flags &= imap_flags_of(box->rights); /* RFC 4314 section 4 */
        if (!(box->rights & RIGHT_WRITE))
            new->keyword_count = 0;
        if (a->notes[i].shares)
            TRY(imap_rights_check(cx, box->rights, RIGHT_ANNOTATE));
        bytes += blob_new_size(a->items[i].blob);
    }
    a->placed = ARENA_ARRAY(cx->arena, a->count, struct item_placed);
    return account_may_receive(cx, box->view, bytes);
}

static enum code add_one(struct ctx *cx, struct account_txn *t, const struct imap_append *a,
                         size_t at)
{
    const struct imap_notes *notes = &a->notes[at];
    TRY(item_add(cx, t, &a->items[at], &a->placed[at]));
    struct annotation_item item = {a->folder, a->placed[at].uid, UINT64_MAX};
    return notes->count ? annotation_set_item(cx, t, &item, notes->at, notes->count) : OK;
}

enum code imap_append_add(struct ctx *cx, struct account_txn *t, const struct imap_append *a)
{
    for (size_t i = 0; i < a->count; i++)
        TRY(add_one(cx, t, a, i));
    return OK;
}

struct str imap_append_uid(struct ctx *cx, const struct imap_append *a)
{
    struct buf b = buf_of(cx->arena, IMAP_LINE_MAX);
    struct imap_set uids = {0};
    for (size_t i = 0; i < a->count; i++)
        imap_set_add(cx->arena, &uids, a->placed[i].uid);
    buf_printf(&b, "APPENDUID %u ", a->placed[0].uid_validity);
    imap_set_put(&b, &uids, 0);
    return buf_str(&b);
}
