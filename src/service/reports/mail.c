/* A report's mail: a few words for people and one packed file, signed as ours. */
#include "base/arena.h"
#include "base/buf.h"
#include "format/base64.h"
#include "format/date.h"
#include "service/delivery.h"
#include "service/mailauth/signer.h"
#include "service/reports/parts.h"

static struct str write_mail(struct ctx *cx, struct reports *r, const struct report_mail *m)
{
    struct str packed = base64_encode_lines(cx->arena, m->bytes);
    struct buf b = buf_of(cx->arena, packed.n + 16 * 1024);
    buf_printf(&b, "From: <%.*s>\r\nTo: <%.*s>\r\nSubject: %.*s\r\nDate: ", STR_ARG(r->config.from),
               STR_ARG(m->to), STR_ARG(m->subject));
    date_put_rfc5322(&b, (struct date){.utc_ms = cx->now_ms});
    buf_printf(&b, "\r\nMessage-ID: <%.*s@%.*s>\r\n", STR_ARG(m->id), STR_ARG(r->from_domain));
    buf_add(&b, m->fields);
    buf_printf(&b,
               "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
               "Content-Type: %.*s;\r\n boundary=\"=_%016jx\"\r\n\r\n",
               STR_ARG(m->type), (uintmax_t)tally_hash(m->id));
    buf_printf(&b, "--=_%016jx\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n%.*s",
               (uintmax_t)tally_hash(m->id), STR_ARG(m->text));
    buf_printf(&b,
               "\r\n--=_%016jx\r\nContent-Type: %.*s;\r\n name=\"%.*s\"\r\n"
               "Content-Transfer-Encoding: base64\r\n"
               "Content-Disposition: attachment;\r\n filename=\"%.*s\"\r\n\r\n",
               (uintmax_t)tally_hash(m->id), STR_ARG(m->file_type), STR_ARG(m->file),
               STR_ARG(m->file));
    buf_add(&b, packed);
    buf_printf(&b, "\r\n--=_%016jx--\r\n", (uintmax_t)tally_hash(m->id));
    must(!b.overflow);
    return buf_str(&b);
}

enum code report_mail_send(struct ctx *cx, struct reports *r, const struct report_mail *m)
{
    struct delivery_recipient to = {.notify = 1}; /* NEVER: nobody waits for a bounce */
    struct str bytes = write_mail(cx, r, m), signature;
    TRY(delivery_route(cx, r->is.delivery, m->to, 0, 0, &to.route));
    TRY(signer_sign(cx, r->is.signer, r->from_domain, bytes, &signature));
    const struct delivery_message mail = {
        .bytes = str_join(cx->arena, (struct str[]){signature, bytes}, 2),
        .return_path = r->config.from,
        .received = str_printf(cx->arena, "Received: by %.*s (Postroad) id %.*s\r\n",
                               STR_ARG(r->is.core->host_name), STR_ARG(m->id)),
        .id = m->id,
        .received_ms = cx->now_ms,
    };
    return delivery_run(cx, r->is.delivery, &mail, &to, 1);
}
