#include "service/transport/report/report.h"
#include "base/buf.h"
#include "format/date.h"
#include "format/utf8.h"

/* A header in a report is cut at that; a report with a whole message may be that much longer. */
enum { HEADER_MAX = 64 * 1024, FRAME_MAX = 4 * 1024 * 1024 };

struct writer {
    struct buf b;
    const struct report *r;
    struct str host, boundary;
    bool utf8;
};

/* Lines that are given in pieces. */
static void add(struct writer *w, struct str a, struct str b, struct str c)
{
    buf_add(&w->b, a);
    buf_add(&w->b, b);
    buf_add(&w->b, c);
}

/* Other people's words: one line, and ASCII where the report is. */
static void add_text(struct writer *w, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool shown = c >= ' ' && c != 0x7f && (c < 0x80 || w->utf8);
        buf_byte(&w->b, shown ? (char)c : c < ' ' ? ' ' : '?');
    }
}

static void add_date(struct writer *w, const char *name, int64_t ms)
{
    buf_add(&w->b, str_z(name));
    date_put_rfc5322(&w->b, (struct date){.utc_ms = ms});
    buf_add(&w->b, STR("\r\n"));
}

static void part_begin(struct writer *w, struct str type, bool eight_bit)
{
    add(w, STR("\r\n--"), w->boundary, STR("\r\nContent-Type: "));
    add(w, type, eight_bit ? STR("\r\nContent-Transfer-Encoding: 8bit") : STR(""), STR("\r\n\r\n"));
}

static const struct words {
    struct str subject, text;
} words[] = {
    [REPORT_FAILURE] = {STR("Your message could not be delivered"),
                        STR("Your message could not be delivered to:\r\n")},
    [REPORT_DELAY] = {STR("Your message is delayed"),
                      STR("This is a warning only; you need not send your message again.\r\n\r\n"
                          "It could not be delivered yet to:\r\n")},
    [REPORT_SUCCESS] = {STR("Your message was delivered"),
                        STR("Your message was delivered, or passed on to a system that does not "
                            "report:\r\n")},
};

static void header_put(struct ctx *cx, struct writer *w)
{
    const struct report *r = w->r;
    add(w, STR("From: Mail Delivery System <MAILER-DAEMON@"), w->host, STR(">\r\n"));
    add(w, STR("To: <"), r->return_path, STR(">\r\nSubject: "));
    add(w, words[r->kind].subject, STR("\r\n"), STR(""));
    add_date(w, "Date: ", cx->now_ms);
    add(w, STR("Message-ID: <"), r->id, STR("@"));
    add(w, w->host, STR(">\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"), STR(""));
    add(w,
        STR("Content-Type: multipart/report; report-type=delivery-status;\r\n"
            "\tboundary=\""),
        w->boundary, STR("\"\r\n"));
}

static void text_put(struct writer *w)
{
    const struct report *r = w->r;
    part_begin(w, STR("text/plain; charset=utf-8"), w->utf8);
    add(w, STR("This is the mail system at "), w->host, STR(".\r\n\r\n"));
    buf_add(&w->b, words[r->kind].text);
    for (size_t i = 0; i < r->to_count; i++) {
        add(w, STR("\r\n  "), r->to[i].address, STR("\r\n"));
        if (r->to[i].diagnostic.n && r->kind != REPORT_SUCCESS) {
            buf_add(&w->b, STR("    "));
            add_text(w, r->to[i].diagnostic);
            buf_add(&w->b, STR("\r\n"));
        }
    }
    if (r->kind == REPORT_DELAY && r->retry_until_ms)
        add_date(w, "\r\nIt will be tried until ", r->retry_until_ms);
}

static const struct action {
    struct str name, status;
} actions[] = {
    [REPORT_FAILED] = {STR("failed"), STR("5.0.0")},
    [REPORT_DELAYED] = {STR("delayed"), STR("4.0.0")},
    [REPORT_DELIVERED] = {STR("delivered"), STR("2.0.0")},
    [REPORT_RELAYED] = {STR("relayed"), STR("2.0.0")},
    [REPORT_EXPANDED] = {STR("expanded"), STR("2.0.0")},
};

static struct str address_type(struct str address)
{
    return utf8_is_ascii(address) ? STR("rfc822; ") : STR("utf-8; ");
}

static void recipient_put(struct ctx *cx, struct writer *w, const struct report_recipient *to)
{
    const struct action *action = &actions[to->action];
    bool fits = to->status.n && to->status.p[0] == action->status.p[0];
    bool failure = w->r->kind != REPORT_SUCCESS;
    buf_add(&w->b, STR("\r\n"));
    if (to->orcpt.n)
        add(w, STR("Original-Recipient: "), to->orcpt, STR("\r\n"));
    add(w, STR("Final-Recipient: "), address_type(to->address), to->address);
    add(w, STR("\r\nAction: "), action->name, STR("\r\nStatus: "));
    add(w, fits ? to->status : action->status, STR("\r\n"), STR(""));
    if (to->next_hop.n && to->action != REPORT_EXPANDED)
        add(w, STR("Remote-MTA: dns; "), to->next_hop, STR("\r\n"));
    if (to->diagnostic.n && failure) {
        bool reply = ascii_is_digit(to->diagnostic.p[0]);
        buf_add(&w->b,
                reply ? STR("Diagnostic-Code: smtp; ") : STR("Diagnostic-Code: x-postroad; "));
        add_text(w, to->diagnostic);
        buf_add(&w->b, STR("\r\n"));
    }
    if (failure)
        add_date(w, "Last-Attempt-Date: ", cx->now_ms);
    if (to->action == REPORT_DELAYED && w->r->retry_until_ms)
        add_date(w, "Will-Retry-Until: ", w->r->retry_until_ms);
}

static void status_put(struct ctx *cx, struct writer *w)
{
    const struct report *r = w->r;
    part_begin(w, w->utf8 ? STR("message/global-delivery-status") : STR("message/delivery-status"),
               w->utf8);
    if (r->envid.n)
        add(w, STR("Original-Envelope-Id: "), r->envid, STR("\r\n"));
    add(w, STR("Reporting-MTA: dns; "), w->host, STR("\r\n"));
    add_date(w, "Arrival-Date: ", r->arrived_ms);
    for (size_t i = 0; i < r->to_count; i++)
        recipient_put(cx, w, &r->to[i]);
}

/* The header section with its last line end; whole lines of it when it is too long. */
static struct str header_of(struct str message)
{
    if (str_starts(message, STR("\r\n")))
        return (struct str){0};
    struct str head = str_sub(message, 0, HEADER_MAX);
    size_t end = str_find(head, STR("\r\n\r\n"));
    size_t cut = end == SIZE_MAX ? str_rchr(head, '\n') : end + 1;
    return cut == SIZE_MAX ? (struct str){0} : str_sub(head, 0, cut + 1);
}

static void message_put(struct writer *w)
{
    const struct report *r = w->r;
    bool whole = r->whole && r->kind == REPORT_FAILURE;
    struct str bytes = whole ? r->message : header_of(r->message);
    bool ascii = utf8_is_ascii(bytes) && utf8_is_ascii(r->trace);
    struct str type = whole     ? w->utf8 ? STR("message/global") : STR("message/rfc822")
                          : w->utf8 ? STR("message/global-headers")
                                : STR("text/rfc822-headers");
    part_begin(w, type, !ascii);
    buf_add(&w->b, r->trace);
    buf_add(&w->b, bytes);
    add(w, STR("\r\n--"), w->boundary, STR("--\r\n"));
}

/* RFC 6533: where an address or the header cannot be said in ASCII. */
static bool needs_utf8(const struct report *r)
{
    bool ascii = utf8_is_ascii(header_of(r->message)) && utf8_is_ascii(r->return_path) &&
                 utf8_is_ascii(r->trace);
    for (size_t i = 0; i < r->to_count; i++)
        ascii = ascii && utf8_is_ascii(r->to[i].address) && utf8_is_ascii(r->to[i].orcpt);
    return !ascii;
}

enum code report_write(struct ctx *cx, const struct report *r, struct str host, struct str *out)
{
    struct writer w = {
        .b = buf_of(cx->arena, FRAME_MAX + (r->whole ? r->message.n : 0)),
        .r = r,
        .host = host,
        .boundary = str_printf(cx->arena, "=_%.*s_report", STR_ARG(r->id)),
        .utf8 = needs_utf8(r),
    };
    header_put(cx, &w);
    text_put(&w);
    status_put(cx, &w);
    message_put(&w);
    if (w.b.overflow)
        return fail(cx, E_LIMIT, "a report is too long");
    *out = buf_str(&w.b);
    return OK;
}
