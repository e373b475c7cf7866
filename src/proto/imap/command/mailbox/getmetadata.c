#include "proto/imap/command/handlers.h"
#include "proto/imap/metadata/metadata.h"
#include "proto/imap/wire/parse.h"

/* "(MAXSIZE 1024 DEPTH 1)", when that is what comes; a list of entries begins with "/". */
static enum code options(struct ctx *cx, struct cur *c, struct imap_meta_query *q)
{
    struct cur ahead = *c;
    struct str word;
    if (!cur_char(&ahead, '(') || !ascii_is_alpha((char)cur_peek(&ahead)))
        return OK;
    do {
        uint32_t depth;
        if (!imap_atom(&ahead, &word) || !imap_sp(&ahead))
            return fail(cx, E_SYNTAX, "option expected");
        if (str_ieq(word, STR("MAXSIZE"))) {
            if (!cur_u64(&ahead, &q->size_max))
                return fail(cx, E_SYNTAX, "MAXSIZE wants a number");
        } else if (str_ieq(word, STR("DEPTH"))) {
            if (cur_word(&ahead, STR("infinity")))
                q->depth = UINT32_MAX - 1;
            else if (cur_u32(&ahead, &depth) && depth <= 1)
                q->depth = depth;
            else
                return fail(cx, E_SYNTAX, "DEPTH is 0, 1 or infinity");
        } else {
            return fail(cx, E_SYNTAX, "no such option of GETMETADATA");
        }
    } while (imap_sp(&ahead));
    if (!cur_char(&ahead, ')') || !imap_sp(&ahead))
        return fail(cx, E_SYNTAX, "closing bracket expected");
    *c = ahead;
    return OK;
}

/* Options stand before the mailbox (RFC 5464 section 5) or behind it (section 4.2.1). */
static enum code parse(struct ctx *cx, const struct imap_session *s, struct cur *c,
                       struct imap_meta_query *q, struct str *name)
{
    TRY(options(cx, c, q));
    TRY(imap_mailbox(cx, s, c, name));
    if (!imap_sp(c))
        return fail(cx, E_SYNTAX, "entries expected");
    TRY(options(cx, c, q));
    TRY(imap_meta_names(cx, c, &q->names));
    return cur_end(c) ? OK : fail(cx, E_SYNTAX, "more after the entries");
}

/* RFC 5464 section 4.2. */
enum code imap_getmetadata(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct imap_meta_query *q = ARENA_NEW(cx->arena, struct imap_meta_query);
    struct imap_meta_of of = {0};
    struct imap_box *box AUTO(imap_box_close) = NULL;
    q->size_max = UINT64_MAX;
    TRY(parse(cx, s, &c, q, &of.name));
    if (of.name.n) {
        TRY(imap_box_open(cx, s, of.name, 0, &box));
        TRY(imap_meta_may(cx, box->rights));
        of = (struct imap_meta_of){.box = box, .name = box->name};
    }
    TRY(imap_meta_put(cx, s, call, &of, q));
    if (q->longest)
        call->response =
            str_printf(cx->arena, "METADATA LONGENTRIES %llu", (unsigned long long)q->longest);
    return OK;
}
