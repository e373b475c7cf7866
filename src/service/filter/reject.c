/* reject and ereject (RFC 5429): refused in the session where that can be, else reject sends a
   disposition notice (RFC 8098), ereject a bounce. */
#include "base/random.h"
#include "format/header.h"
#include "format/utf8.h"
#include "service/filter/write.h"

enum { REFUSAL_LINES_MAX = 20, REFUSAL_LINE_MAX = 400 };

/* "550 5.7.1 first" CRLF "550-..." made of the reason; empty when SMTP cannot say it. */
static struct str session_text(struct arena *a, struct str reason)
{
    struct buf b = buf_of(a, REFUSAL_LINES_MAX * (REFUSAL_LINE_MAX + 16));
    struct cur c = cur_of(str_trim(reason));
    struct str line, last = {0};
    size_t lines = 0;
    if (!utf8_is_ascii(reason))
        return (struct str){0};
    while (!cur_end(&c)) {
        if (!cur_line(&c, &line)) {
            line = c.rest;
            c.rest = (struct str){0};
        }
        if (line.n > REFUSAL_LINE_MAX || ++lines > REFUSAL_LINES_MAX)
            return (struct str){0};
        if (last.p)
            buf_printf(&b, "550-5.7.1 %.*s\r\n", STR_ARG(last));
        last = line.n ? made_line(a, line) : STR(" ");
    }
    if (!last.n)
        last = STR("The recipient refuses this message");
    buf_printf(&b, "550 5.7.1 %.*s", STR_ARG(last));
    return b.overflow ? (struct str){0} : buf_str(&b);
}

static struct str notice_body(struct filtering *x, struct str reason, struct str boundary)
{
    struct arena *a = x->cx->arena;
    const struct filter_for *to = x->to;
    struct str id = made_line(a, header_unfold(a, field_of(x, STR("Message-ID"))));
    struct buf b = buf_of(a, MADE_MAX);
    buf_printf(&b,
               "Content-Type: multipart/report; report-type=disposition-notification;\r\n"
               "\tboundary=\"%.*s\"\r\n\r\n--%.*s\r\n",
               STR_ARG(boundary), STR_ARG(boundary));
    buf_add(&b, made_text(a, str_printf(a, "Your message to %.*s was refused:\n\n%.*s",
                                        STR_ARG(to->address), STR_ARG(reason))));
    buf_printf(&b, "\r\n--%.*s\r\nContent-Type: message/disposition-notification\r\n\r\n",
               STR_ARG(boundary));
    buf_printf(&b, "Reporting-UA: %.*s; Postroad\r\n", STR_ARG(x->f->core->host_name));
    if (to->orcpt.n && utf8_is_ascii(to->orcpt))
        buf_printf(&b, "Original-Recipient: %.*s\r\n", STR_ARG(to->orcpt));
    buf_printf(&b, "Final-Recipient: %s; %.*s\r\n", utf8_is_ascii(to->address) ? "rfc822" : "utf-8",
               STR_ARG(to->address));
    if (id.n)
        buf_printf(&b, "Original-Message-ID: %.*s\r\n", STR_ARG(id));
    buf_add(&b, STR("Disposition: automatic-action/MDN-sent-automatically; deleted\r\n"));
    buf_printf(&b, "\r\n--%.*s\r\nContent-Type: text/rfc822-headers\r\n\r\n", STR_ARG(boundary));
    buf_add(&b, mime_header(x->message->mime, 0));
    buf_printf(&b, "\r\n--%.*s--\r\n", STR_ARG(boundary));
    return buf_str(&b);
}

static struct str notice_write(struct filtering *x, struct str reason)
{
    struct arena *a = x->cx->arena;
    struct str about = header_text(a, field_of(x, STR("Subject")));
    struct str boundary = str_printf(a, "mdn.%016jx", (uintmax_t)random_u64(x->cx->random));
    const struct made m = {
        .from = made_owner(x),
        .to = str_printf(a, "<%.*s>", STR_ARG(x->message->m->return_path)),
        .subject = str_join(a, (struct str[]){STR("Rejected: "), about}, 2),
        .auto_submitted = STR("auto-replied (rejected)"),
        .in_reply_to = made_line(a, header_unfold(a, field_of(x, STR("Message-ID")))),
        .content = notice_body(x, reason, boundary),
    };
    return made_write(x, &m);
}

/* Both ways are made: delivery knows whether the session can still say it. */
enum code reject_do(struct filtering *x, const struct sieve_action *a)
{
    const struct delivery_message *m = x->message->m;
    struct filter_sent *sent;
    bool bounce = a->act == SIEVE_EREJECT;
    x->plan->refused = true;
    x->plan->refusal = session_text(x->cx->arena, a->reason);
    if (bounce && !x->plan->refusal.n)
        x->plan->refusal = STR("550 5.7.1 The recipient refuses this message");
    if (!m->return_path.n)
        return OK; /* nobody to be told */
    TRY(sent_add(x, bounce ? FILTER_BOUNCE : FILTER_REFUSAL, &sent));
    if (bounce) {
        sent->return_path = m->return_path;
        sent->to = x->to->address;
        sent->refusal =
            str_printf(x->cx->arena, "550 5.7.1 %.*s", STR_ARG(made_line(x->cx->arena, a->reason)));
        return OK;
    }
    TRY(blob_of(x, notice_write(x, a->reason), &sent->blob));
    sent->to = m->return_path;
    return OK;
}
