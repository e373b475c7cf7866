/* Reports of success (RFC 3461 section 6, RFC 3464, RFC 6533). */
#include "format/date.h"
#include "format/utf8.h"
#include "service/delivery/parts.h"

enum { REPORT_MAX = 1024 * 1024, REPORTED_HEADER_MAX = 64 * 1024 };

struct report {
    struct buf b;
    const struct delivery_message *m;
    struct str host, boundary;
    bool utf8;
};

static bool is_reported(const struct delivery_recipient *to)
{
    return to->notify & NOTIFY_SUCCESS && to->result == OK;
}

/* Lines that are given in pieces. */
static void add(struct report *p, struct str a, struct str b, struct str c)
{
    buf_add(&p->b, a);
    buf_add(&p->b, b);
    buf_add(&p->b, c);
}

static void part_begin(struct report *p, const char *type)
{
    add(p, STR("\r\n--"), p->boundary, STR("\r\nContent-Type: "));
    add(p, str_z(type), p->utf8 ? STR("\r\nContent-Transfer-Encoding: 8bit") : STR(""),
        STR("\r\n\r\n"));
}

static void header_put(struct ctx *cx, struct report *p)
{
    const struct delivery_message *m = p->m;
    add(p, STR("From: Mail Delivery System <MAILER-DAEMON@"), p->host, STR(">\r\n"));
    add(p, STR("To: <"), m->return_path, STR(">\r\n"));
    buf_add(&p->b, STR("Subject: Your message was delivered\r\nDate: "));
    date_put_rfc5322(&p->b, (struct date){.utc_ms = cx->now_ms});
    buf_add(&p->b, STR("\r\nMessage-ID: <report."));
    add(p, m->id, STR("@"), p->host);
    buf_add(&p->b, STR(">\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
                       "Content-Type: multipart/report; report-type=delivery-status;\r\n"
                       "\tboundary=\""));
    add(p, p->boundary, STR("\"\r\n"), STR(""));
}

static void text_put(struct report *p, const struct delivery_recipient *to, size_t count)
{
    part_begin(p, "text/plain; charset=utf-8");
    buf_add(&p->b, STR("Your message was put into the mailbox of:\r\n\r\n"));
    for (size_t i = 0; i < count; i++)
        if (is_reported(&to[i]))
            add(p, STR("  "), to[i].route.address, STR("\r\n"));
}

static struct str address_type(struct str address)
{
    return utf8_is_ascii(address) ? STR("rfc822; ") : STR("utf-8; ");
}

static void status_put(struct report *p, const struct delivery_recipient *to, size_t count)
{
    part_begin(p, p->utf8 ? "message/global-delivery-status" : "message/delivery-status");
    if (p->m->envid.n)
        add(p, STR("Original-Envelope-Id: "), p->m->envid, STR("\r\n"));
    add(p, STR("Reporting-MTA: dns; "), p->host, STR("\r\nArrival-Date: "));
    date_put_rfc5322(&p->b, (struct date){.utc_ms = p->m->received_ms});
    buf_add(&p->b, STR("\r\n"));
    for (size_t i = 0; i < count; i++) {
        if (!is_reported(&to[i]))
            continue;
        struct str address = to[i].route.address;
        buf_add(&p->b, STR("\r\n"));
        if (to[i].orcpt.n)
            add(p, STR("Original-Recipient: "), to[i].orcpt, STR("\r\n"));
        add(p, STR("Final-Recipient: "), address_type(address), address);
        /* What becomes of a group's members is not told to whom it may not concern. */
        add(p, STR("\r\nAction: "),
            to[i].route.target_count > 1 ? STR("expanded") : STR("delivered"),
            STR("\r\nStatus: 2.0.0\r\n"));
    }
}

/* Of a message that was delivered the header section is enough (RFC 3461 section 4.3). */
static void headers_put(struct report *p)
{
    struct str head = str_sub(p->m->bytes, 0, REPORTED_HEADER_MAX);
    size_t end = str_find(head, STR("\r\n\r\n"));
    size_t cut = end == SIZE_MAX ? str_rchr(head, '\n') : end + 1;
    part_begin(p, p->utf8 ? "message/global-headers" : "text/rfc822-headers");
    if (cut != SIZE_MAX)
        buf_add(&p->b, str_sub(head, 0, cut + 1));
    add(p, STR("\r\n--"), p->boundary, STR("--\r\n"));
}

static bool needs_utf8(const struct delivery_message *m, const struct delivery_recipient *to,
                       size_t count)
{
    bool ascii =
        utf8_is_ascii(str_sub(m->bytes, 0, REPORTED_HEADER_MAX)) && utf8_is_ascii(m->return_path);
    for (size_t i = 0; i < count; i++)
        ascii &= utf8_is_ascii(to[i].route.address) && utf8_is_ascii(to[i].orcpt);
    return !ascii;
}

static struct str report_make(struct ctx *cx, struct delivery *d, const struct delivery_message *m,
                              const struct delivery_recipient *to, size_t count)
{
    struct report p = {
        .b = buf_of(cx->arena, REPORT_MAX),
        .m = m,
        .host = d->core->host_name,
        .boundary = str_printf(cx->arena, "=_%.*s_report", STR_ARG(m->id)),
        .utf8 = needs_utf8(m, to, count),
    };
    header_put(cx, &p);
    text_put(&p, to, count);
    status_put(&p, to, count);
    headers_put(&p);
    return p.b.overflow ? (struct str){0} : buf_str(&p.b);
}

enum code delivery_report(struct ctx *cx, struct delivery *d, const struct delivery_message *m,
                          const struct delivery_recipient *to, size_t count)
{
    struct delivery_recipient sender = {0};
    size_t due = 0;
    for (size_t i = 0; i < count; i++)
        due += is_reported(&to[i]);
    if (due == 0 || m->return_path.n == 0)
        return OK;
    enum code code = delivery_route(cx, d, m->return_path, 0, 0, &sender.route);
    if (code == OK && sender.route.kind != ROUTE_LOCAL)
        return fail(cx, E_NOT_FOUND, "a report is due to a sender elsewhere");
    TRY(code);
    struct delivery_message report = {
        .bytes = report_make(cx, d, m, to, count),
        .received = str_printf(cx->arena, "Received: by %.*s (Postroad) id report.%.*s\r\n",
                               STR_ARG(d->core->host_name), STR_ARG(m->id)),
        .id = str_printf(cx->arena, "report.%.*s", STR_ARG(m->id)),
        .received_ms = m->received_ms,
    };
    if (report.bytes.n == 0)
        return fail(cx, E_LIMIT, "a report is too long");
    return delivery_run(cx, d, &report, &sender, 1);
}
