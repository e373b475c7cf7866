#include "core/annotation/annotation.h"
#include "core/objectid/objectid.h"
#include "core/rights.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/sync/resync.h"
#include "proto/imap/sync/sync.h"
#include "proto/imap/wire/parse.h"
#include "proto/imap/wire/reply.h"

struct parameters {
    bool condstore, qresync, annotate;
    struct imap_resync resync;
};

/* " (CONDSTORE QRESYNC (67890007 20050715194045000))": RFC 7162 sections 3.1.8 and 3.2.5. */
static enum code parameters(struct ctx *cx, const struct imap_session *s, struct cur *c,
                            struct parameters *out)
{
    if (!cur_text(c, STR(" (")))
        return OK;
    do {
        struct str name;
        if (!imap_atom(c, &name))
            return fail(cx, E_SYNTAX, "parameter expected");
        if (str_ieq(name, STR("QRESYNC"))) {
            TRY(imap_resync_parse(cx, s, c, &out->resync));
            out->qresync = true;
        } else if (str_ieq(name, STR("ANNOTATE"))) { /* RFC 5257 section 4.1 */
            out->annotate = true;
            continue;
        } else if (!str_ieq(name, STR("CONDSTORE"))) {
            return fail(cx, E_SYNTAX, "no such parameter");
        }
        out->condstore = true;
    } while (imap_sp(c));
    return cur_char(c, ')') ? OK : fail(cx, E_SYNTAX, "closing bracket expected");
}

static void put_ok(struct buf *out, const char *name, uint64_t n, const char *text)
{
    buf_printf(out, "* OK [%s %llu] %s\r\n", name, (unsigned long long)n, text);
}

/* RFC 9051 section 6.3.2, and what RFC 3501 wants beside. */
static void tell(struct ctx *cx, struct imap_session *s, struct imap_call *call, struct str path)
{
    const struct view *v = s->selected->view;
    struct buf *out = &call->text;
    uint32_t count = view_count(v), unseen = view_first_unseen(v), recent = 0;
    imap_put_folder_flags(s, out);
    buf_printf(out, "* %u EXISTS\r\n", count);
    for (size_t i = 0; i < s->selected->recent.count; i++)
        recent += count - view_find(v, s->selected->recent.at[i].first);
    if (!s->rev2) {
        buf_printf(out, "* %u RECENT\r\n", recent);
        if (unseen < count && !s->uidonly)
            put_ok(out, "UNSEEN", (uint64_t)unseen + 1, "The first unseen message");
    }
    put_ok(out, "UIDVALIDITY", view_uid_validity(v), "UIDs are valid");
    put_ok(out, "UIDNEXT", view_uid_next(v), "The next UID");
    put_ok(out, "HIGHESTMODSEQ", view_modseq(v), "The highest number of a change");
    buf_printf(out, "* OK [MAILBOXID (%.*s)] The mailbox's id\r\n",
               STR_ARG(objectid_mailbox(cx->arena, s->selected->account, s->selected->folder)));
    if (s->selected->read_only)
        buf_add(out, STR("* OK [ANNOTATIONS READ-ONLY] Annotations are told\r\n"));
    else
        put_ok(out, "ANNOTATIONS", ANNOTATION_VALUE_MAX, "The most bytes of an annotation");
    buf_add(out, STR("* OK [URLMECH INTERNAL] What URLs can be signed by\r\n")); /* RFC 4467 */
    if (s->rev2) {
        buf_add(out, STR("* LIST () \"/\" "));
        imap_mailbox_put(cx, s, out, path);
        buf_add(out, STR("\r\n"));
    }
}

enum {
    CHANGES =
        RIGHT_INSERT | RIGHT_EXPUNGE | RIGHT_SEEN | RIGHT_DELETE | RIGHT_WRITE | RIGHT_ANNOTATE
};

static enum code open_folder(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                             struct str path, bool read_only)
{
    struct core *core = s->env->core;
    struct imap_box *box AUTO(imap_box_close) = NULL;
    TRY(imap_box_open(cx, s, path, RIGHT_READ, &box));
    folder_id folder = box->folder->id;
    read_only = read_only || !(box->rights & CHANGES); /* RFC 4314 section 5.2 */
    struct view *v;
    TRY(view_get(cx, core, box->account, folder, s->reader, &v));
    imap_selected_open(s, box->account, v, read_only);
    s->selected->rights = box->rights;
    tell(cx, s, call, box->name);
    call->response = read_only ? STR("READ-ONLY") : STR("READ-WRITE");
    return OK;
}

/* A failed SELECT leaves nothing selected (RFC 9051 section 6.3.2). */
static enum code select_any(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                            bool read_only)
{
    struct cur c = call->arg;
    struct str path;
    struct parameters p = {0};
    TRY(imap_mailbox(cx, s, &c, &path));
    enum code parsed = parameters(cx, s, &c, &p);
    if (parsed == E_DENIED) /* message numbers where UIDONLY is on */
        return imap_uid_required(cx, call);
    TRY(parsed);
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the mailbox");
    s->condstore |= p.condstore;
    if (s->selected) {
        imap_unselect(s);
        imap_say(call, STR("* OK [CLOSED] The mailbox before is closed\r\n"));
    }
    TRY(open_folder(cx, s, call, path, read_only));
    s->selected->annotate = p.annotate;
    return p.qresync ? imap_resync_tell(cx, s, call, &p.resync) : OK;
}

enum code imap_select(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    return select_any(cx, s, call, false);
}

enum code imap_examine(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    return select_any(cx, s, call, true);
}
