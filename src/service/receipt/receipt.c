#include "service/receipt/receipt.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "format/base64.h"
#include "format/header.h"
#include "format/header/downgrade.h"
#include "format/mime.h"

enum { HEADER_MAX = 64 * 1024 };

/* A value of a field must not begin another one. */
static bool is_line(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return false;
    return true;
}

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f || s.p[i] == ':')
            return false;
    return s.n > 0;
}

static bool is_sound(const struct receipt *r)
{
    const struct str lines[] = {r->from,
                                r->to,
                                r->subject,
                                r->reporting_ua,
                                r->gateway,
                                r->error,
                                r->action,
                                r->original_recipient,
                                r->final_recipient,
                                r->sending,
                                r->type,
                                r->original_id,
                                r->references};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!is_line(lines[i]))
            return false;
    for (size_t i = 0; i < r->more_count; i++)
        if (!is_name(r->more[i].name) || !is_line(r->more[i].value))
            return false;
    return true;
}

static void field(struct buf *b, const char *name, struct str value)
{
    if (value.n)
        buf_printf(b, "%s: %.*s\r\n", name, STR_ARG(value));
}

static void header(struct ctx *cx, const struct receipt *r, struct str boundary, struct buf *out)
{
    struct buf b = buf_of(cx->arena, HEADER_MAX);
    field(&b, "From", r->from);
    field(&b, "To", r->to);
    field(&b, "Subject", r->subject);
    field(&b, "In-Reply-To", r->original_id);
    field(&b, "References", r->references);
    if (str_eq(r->action, STR("automatic-action")))
        field(&b, "Auto-Submitted", STR("auto-replied"));
    buf_printf(&b,
               "MIME-Version: 1.0\r\nContent-Type: multipart/report;\r\n\t"
               "report-type=disposition-notification; boundary=\"%.*s\"\r\n\r\n",
               STR_ARG(boundary));
    buf_add(out, downgrade_header(cx->arena, buf_str(&b)));
}

/* RFC 8098 section 3.1. */
static void fields(const struct receipt *r, struct buf *b)
{
    field(b, "Reporting-UA", r->reporting_ua);
    field(b, "MDN-Gateway", r->gateway);
    field(b, "Original-Recipient", r->original_recipient);
    field(b, "Final-Recipient", r->final_recipient);
    field(b, "Original-Message-ID", r->original_id);
    buf_printf(b, "Disposition: %.*s/%.*s; %.*s\r\n", STR_ARG(r->action), STR_ARG(r->sending),
               STR_ARG(r->type));
    field(b, "Error", r->error);
    for (size_t i = 0; i < r->more_count; i++)
        buf_printf(b, "%.*s: %.*s\r\n", STR_ARG(r->more[i].name), STR_ARG(r->more[i].value));
}

enum code receipt_write(struct ctx *cx, const struct receipt *r, struct str id, struct str *out)
{
    struct buf b = buf_of(cx->arena, 2 * HEADER_MAX + r->text.n * 2 + r->original.n + 4096);
    struct str boundary = str_printf(cx->arena, "=_receipt_%.*s", STR_ARG(id));
    if (!is_sound(r) || r->text.n > RECEIPT_TEXT_MAX)
        return fail(cx, E_SYNTAX, "a receipt's text has controls, or is too long");
    header(cx, r, boundary, &b);
    buf_printf(&b,
               "--%.*s\r\nContent-Type: text/plain; charset=utf-8\r\n"
               "Content-Transfer-Encoding: base64\r\n\r\n",
               STR_ARG(boundary));
    buf_add(&b, base64_encode_lines(cx->arena, r->text));
    buf_printf(&b, "--%.*s\r\nContent-Type: message/disposition-notification\r\n\r\n",
               STR_ARG(boundary));
    fields(r, &b);
    if (r->original.n) {
        buf_printf(&b, "\r\n--%.*s\r\nContent-Type: %s\r\n\r\n", STR_ARG(boundary),
                   r->whole ? "message/rfc822" : "text/rfc822-headers");
        buf_add(&b, r->original);
    }
    buf_printf(&b, "\r\n--%.*s--\r\n", STR_ARG(boundary));
    if (b.overflow)
        return fail(cx, E_SYNTAX, "a receipt that is too long");
    *out = buf_str(&b);
    return OK;
}

/* "manual-action/MDN-sent-manually; displayed/error" (section 3.2.6). */
static bool disposition(struct ctx *cx, struct str value, struct receipt *out)
{
    struct cur c = cur_of(value);
    struct str action, sending;
    if (!cur_until(&c, '/', &action) || !cur_until(&c, ';', &sending))
        return false;
    struct str type = str_trim(c.rest);
    size_t slash = str_chr(type, '/');
    out->action = str_lower(cx->arena, str_trim(action));
    out->sending = str_lower(cx->arena, str_trim(sending));
    out->type = str_lower(cx->arena, slash == SIZE_MAX ? type : str_sub(type, 0, slash));
    return out->type.n > 0;
}

/* The address behind "rfc822;" stays with its type. */
static bool take(struct ctx *cx, struct str name, struct str value, struct receipt *out)
{
    const struct {
        struct str name;
        struct str *to;
    } rows[] = {
        {STR("Reporting-UA"), &out->reporting_ua},
        {STR("MDN-Gateway"), &out->gateway},
        {STR("Original-Recipient"), &out->original_recipient},
        {STR("Final-Recipient"), &out->final_recipient},
        {STR("Original-Message-ID"), &out->original_id},
        {STR("Error"), &out->error},
    };
    if (str_ieq(name, STR("Disposition")))
        return disposition(cx, value, out);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_ieq(name, rows[i].name)) {
            *rows[i].to = value;
            return false;
        }
    if (out->more_count < RECEIPT_FIELDS_MAX)
        out->more[out->more_count++] = (struct receipt_field){name, value};
    return false;
}

static bool is_type(const struct mime_part *p, const char *type, const char *subtype)
{
    return str_ieq(p->type.type, str_z(type)) && str_ieq(p->type.subtype, str_z(subtype));
}

enum code receipt_read(struct ctx *cx, struct str message, struct receipt *out)
{
    struct mime *m;
    struct header_field f;
    bool found = false;
    *out = (struct receipt){0};
    TRY(mime_parse(cx, message, NULL, &m));
    for (uint32_t i = 0; i < m->count; i++) {
        const struct mime_part *p = &m->parts[i];
        struct str body = mime_decode(cx->arena, p->node.encoding, mime_body(m, i), HEADER_MAX);
        if (is_type(p, "message", "disposition-notification") && !found) {
            struct cur c = cur_of(body);
            while (header_next(&c, &f))
                found |= take(cx, str_dup(cx->arena, f.name), header_text(cx->arena, f.value), out);
        } else if (is_type(p, "text", "plain") && !out->text.n) {
            out->text = body;
        } else if (is_type(p, "text", "rfc822-headers") || is_type(p, "message", "rfc822")) {
            out->original = body;
        }
    }
    if (!found)
        return fail(cx, E_SYNTAX, "no notification");
    if (header_find(mime_header(m, 0), STR("Subject"), &f))
        out->subject = header_text(cx->arena, f.value);
    return OK;
}
