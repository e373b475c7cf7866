/* Reports that come back: notices of delivery (RFC 3464) and of disposition (RFC 8098). */
#include "base/cur.h"
#include "base/log.h"
#include "core/object/sent.h"
#include "format/header.h"
#include "format/mime.h"
#include "service/delivery/parts.h"
#include "service/receipt/receipt.h"

enum { STATUS_BYTES_MAX = 256 * 1024, REPLY_MAX = 500, ADDRESS_MAX = 330 };

/* What a report says. */
struct returned {
    struct str message_id; /* of what was sent */
    struct sent_news *news;
    size_t count;
};

bool returned_is(const struct delivery_message *m)
{
    struct header_field f;
    return !m->return_path.n && header_find(m->bytes, STR("Content-Type"), &f) &&
           str_istarts(str_trim(f.value), STR("multipart/report"));
}

/* Behind the type of "rfc822; jane@a.example" and "smtp; 550 5.1.1 No". */
static struct str typed(struct ctx *cx, struct str value, size_t max)
{
    struct str line = str_trim(header_unfold(cx->arena, value));
    size_t semicolon = str_chr(line, ';');
    struct str rest = semicolon == SIZE_MAX ? line : str_trim(str_from(line, semicolon + 1));
    return str_sub(rest, 0, max);
}

static enum sent_delivered delivered_of(struct str action)
{
    static const struct {
        struct str word;
        enum sent_delivered is;
    } rows[] = {
        {STR("failed"), SENT_NO}, {STR("delivered"), SENT_YES}, {STR("expanded"), SENT_YES}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_istarts(str_trim(action), rows[i].word))
            return rows[i].is;
    return SENT_UNKNOWN;
}

/* One group of fields, up to its blank line; false: it is no recipient's. */
static bool recipient_take(struct ctx *cx, struct cur *c, struct sent_news *out)
{
    struct str original = {0}, final = {0}, status = {0}, reply = {0};
    struct header_field f;
    while (header_next(c, &f)) {
        if (str_ieq(f.name, STR("Original-Recipient")))
            original = typed(cx, f.value, ADDRESS_MAX);
        else if (str_ieq(f.name, STR("Final-Recipient")))
            final = typed(cx, f.value, ADDRESS_MAX);
        else if (str_ieq(f.name, STR("Action")))
            out->delivered = delivered_of(f.value);
        else if (str_ieq(f.name, STR("Status")))
            status = str_trim(str_sub(f.value, 0, REPLY_MAX));
        else if (str_ieq(f.name, STR("Diagnostic-Code")))
            reply = typed(cx, f.value, REPLY_MAX);
    }
    out->address = original.n ? original : final;
    out->reply = reply.n ? reply : status;
    return out->address.n > 0;
}

static void status_read(struct ctx *cx, struct str body, struct returned *out)
{
    struct cur c = cur_of(body);
    out->news = ARENA_ARRAY(cx->arena, SENT_NEWS_MAX, struct sent_news);
    while (out->count < SENT_NEWS_MAX) {
        struct sent_news one = {.kind = SENT_DSN};
        while (cur_peek(&c) == '\r' || cur_peek(&c) == '\n')
            c.rest = str_from(c.rest, 1);
        size_t before = c.rest.n;
        if (recipient_take(cx, &c, &one))
            out->news[out->count++] = one;
        if (c.rest.n == before)
            return; /* the end, or lines that are no fields */
    }
}

static bool is_type(const struct mime_part *p, const char *type, const char *const *subtypes)
{
    if (!str_ieq(p->type.type, str_z(type)))
        return false;
    for (; *subtypes; subtypes++)
        if (str_ieq(p->type.subtype, str_z(*subtypes)))
            return true;
    return false;
}

static enum code dsn_read(struct ctx *cx, struct str message, struct returned *out)
{
    static const char *const status[] = {"delivery-status", "global-delivery-status", NULL};
    static const char *const whole[] = {"rfc822", "global", "global-headers", NULL};
    static const char *const headers[] = {"rfc822-headers", NULL};
    struct mime *m;
    struct header_field f;
    TRY(mime_parse(cx, message, NULL, &m));
    for (uint32_t i = 0; i < m->count; i++) {
        const struct mime_part *p = &m->parts[i];
        bool returns = is_type(p, "message", whole) || is_type(p, "text", headers);
        if (is_type(p, "message", status) && !out->count)
            status_read(cx, mime_content(cx->arena, m, i, STATUS_BYTES_MAX), out);
        else if (returns && !out->message_id.n &&
                 header_find(mime_content(cx->arena, m, i, STATUS_BYTES_MAX), STR("Message-ID"),
                             &f))
            out->message_id = str_trim(header_unfold(cx->arena, f.value));
    }
    return out->count ? OK : fail(cx, E_SYNTAX, "no notice of delivery");
}

static enum code mdn_read(struct ctx *cx, struct str message, struct returned *out)
{
    struct receipt r;
    TRY(receipt_read(cx, message, &r));
    struct str who = r.original_recipient.n ? r.original_recipient : r.final_recipient;
    out->news = ARENA_NEW(cx->arena, struct sent_news);
    out->count = 1;
    *out->news = (struct sent_news){.kind = SENT_MDN,
                                    .address = typed(cx, who, ADDRESS_MAX),
                                    .displayed = str_eq(r.type, STR("displayed"))};
    out->message_id = r.original_id;
    return OK;
}

void returned_tie(struct ctx *cx, struct delivery *d, struct str message, account_id account,
                  item_id item)
{
    struct returned r = {0};
    enum code code = mdn_read(cx, message, &r);
    if (code == E_SYNTAX)
        code = dsn_read(cx, message, &r);
    for (size_t i = 0; i < r.count; i++)
        r.news[i].item = item;
    if (code == OK)
        code = sent_reported(cx, d->core, account, r.message_id, r.news, r.count);
    if (code != OK && code != E_SYNTAX)
        log_event(d->core->log, LOG_WARN, "delivery.report_untied", "account=%ju code=%s what=%s",
                  (uintmax_t)account, code_name(code), log_quote(cx->arena, str_z(cx->err.what)));
}
