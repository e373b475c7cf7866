#include "core/rights.h"
#include "format/bodystructure.h"
#include "format/imap_url.h"
#include "format/summary.h"
#include "proto/imap/append/append.h"
#include "proto/imap/fetch/fetch.h"
#include "proto/imap/mailbox/mailbox.h"

/* A message of a folder, as long as it is shown. */
static enum code message(struct ctx *cx, struct imap_session *s, const struct imap_box *box,
                         const struct imap_url *url, struct item_row *out)
{
    struct view *v AUTO(view_unref) = NULL;
    if (url->uid_validity && url->uid_validity != box->folder->uid_validity)
        return fail(cx, E_NOT_FOUND, "the URL is of an older mailbox");
    TRY(view_get(cx, s->env->core, box->account, box->folder->id, s->reader, &v));
    uint32_t at = view_find(v, url->uid);
    if (at == view_count(v) || view_at(v, at).uid != url->uid)
        return fail(cx, E_NOT_FOUND, "no such message");
    return item_get(cx, s->env->core, box->account, box->folder->id, url->uid, out);
}

static enum code selected_message(struct ctx *cx, struct imap_session *s,
                                  const struct imap_url *url, struct item_row *out)
{
    const struct imap_selected *sel = s->selected;
    if (!sel || (url->uid_validity && url->uid_validity != view_uid_validity(sel->view)))
        return fail(cx, E_NOT_FOUND, "the URL stands beside nothing");
    uint32_t at = view_find(sel->view, url->uid);
    if (at == view_count(sel->view) || view_at(sel->view, at).uid != url->uid)
        return fail(cx, E_NOT_FOUND, "no such message");
    return item_get(cx, s->env->core, sel->account, sel->folder, url->uid, out);
}

static enum code find(struct ctx *cx, struct imap_session *s, struct str text, struct imap_url *url,
                      struct item_row *row)
{
    TRY(imap_url_parse(cx, text, url));
    if (url->absolute && !str_ieq(url->host, s->env->core->host_name))
        return fail(cx, E_UNSUPPORTED, "a URL of another server");
    if (!url->mailbox.n)
        return selected_message(cx, s, url, row);
    struct imap_box *box AUTO(imap_box_close) = NULL;
    TRY(imap_box_open(cx, s, url->mailbox, RIGHT_READ, &box));
    return message(cx, s, box, url, row);
}

enum code imap_url_read(struct ctx *cx, struct imap_session *s, struct str text, struct rope *out)
{
    struct imap_url url;
    struct item_row row;
    struct imap_section section = {.kind = IMAP_SECTION_BODY};
    TRY(find(cx, s, text, &url, &row));
    struct cur c = cur_of(str_printf(cx->arena, "[%.*s]", STR_ARG(url.section)));
    TRY(imap_section_parse(cx, &c, &section));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "no such section");
    section.partial = url.partial;
    section.from = url.from;
    section.count = url.count ? url.count : UINT64_MAX;
    return imap_section_read(cx, s, &row, &section, out);
}

enum code imap_url_encoding(struct ctx *cx, struct imap_session *s, struct str text,
                            enum mime_encoding *out)
{
    struct imap_url url;
    struct item_row row;
    struct mime_section found;
    struct summary_part part;
    TRY(find(cx, s, text, &url, &row));
    *out = MIME_7BIT;
    if (!url.section.n || !ascii_is_digit(url.section.p[url.section.n - 1]))
        return OK; /* headers and texts are not encoded */
    TRY(summary_section(cx, row.summary, url.section, &found, &part));
    *out = part.node.encoding;
    return OK;
}

/* The part as an entity of its own, its header before it, is what its structure is made of. */
enum code imap_url_structure(struct ctx *cx, struct imap_session *s, struct str text,
                             struct str *out)
{
    struct imap_url url;
    struct item_row row;
    struct mime *m;
    struct rope bytes = rope_of(cx->arena);
    struct imap_section body = {.kind = IMAP_SECTION_BODY}, header = body;
    struct buf b = buf_of(cx->arena, IMAP_REPLY_MAX);
    TRY(find(cx, s, text, &url, &row));
    body.section = url.section;
    if (url.section.n) {
        if (!ascii_is_digit(url.section.p[url.section.n - 1]))
            return fail(cx, E_UNSUPPORTED, "a header has no structure");
        header.section = str_printf(cx->arena, "%.*s.MIME", STR_ARG(url.section));
        TRY(imap_section_read(cx, s, &row, &header, &bytes));
    }
    enum code code = imap_section_read(cx, s, &row, &body, &bytes);
    if (code == OK)
        code = mime_parse(cx, rope_flatten(&bytes, cx->arena), NULL, &m);
    rope_drop(&bytes);
    TRY(code);
    bodystructure_put(&b, m, true);
    *out = buf_str(&b);
    return OK;
}
