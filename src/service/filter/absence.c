#include "service/filter/absence.h"
#include "base/arena.h"
#include "base/buf.h"
#include "format/base64.h"
#include "format/date.h"

enum { SCRIPT_MAX = 1024 * 1024 };

/* A quoted string (RFC 5228 section 2.4.2). */
static void quoted(struct buf *b, struct str text)
{
    buf_byte(b, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\')
            buf_byte(b, '\\');
        if (text.p[i])
            buf_byte(b, text.p[i]);
    }
    buf_byte(b, '"');
}

/* As "currentdate" has it (RFC 5260 section 4.3). */
static void condition(struct ctx *cx, struct buf *b, const char *how, int64_t at_ms)
{
    struct buf date = buf_of(cx->arena, 40);
    date_put_rfc3339(&date, (struct date){.utc_ms = at_ms});
    struct str text = buf_str(&date);
    buf_printf(b, "currentdate :zone \"+0000\" :value \"%s\" \"iso8601\" \"%.*s+00:00\"", how,
               STR_ARG(str_sub(text, 0, text.n - 1)));
}

static void entity(struct ctx *cx, struct buf *b, const char *type, struct str text)
{
    buf_printf(b,
               "Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
               type);
    buf_add(b, base64_encode_lines(cx->arena, text));
}

/* Base64 cannot hold the boundary. */
static struct str mime_of(struct ctx *cx, const struct absence *a)
{
    struct buf b = buf_of(cx->arena, SCRIPT_MAX);
    if (!a->text.n) {
        entity(cx, &b, "html", a->html);
        return buf_str(&b);
    }
    buf_add(&b, STR("Content-Type: multipart/alternative; boundary=\"=_absence\"\r\n\r\n"
                    "--=_absence\r\n"));
    entity(cx, &b, "plain", a->text);
    buf_add(&b, STR("--=_absence\r\n"));
    entity(cx, &b, "html", a->html);
    buf_add(&b, STR("--=_absence--\r\n"));
    return buf_str(&b);
}

struct str absence_script(struct ctx *cx, const struct absence *a)
{
    struct buf b = buf_of(cx->arena, SCRIPT_MAX);
    buf_add(&b, STR("require [\"vacation\", \"date\", \"relational\"];\r\nif allof(true"));
    if (a->from_ms) {
        buf_add(&b, STR(",\r\n  "));
        condition(cx, &b, "ge", a->from_ms);
    }
    if (a->to_ms) {
        buf_add(&b, STR(",\r\n  "));
        condition(cx, &b, "lt", a->to_ms);
    }
    buf_printf(&b, ") {\r\n  vacation :days %d ", ABSENCE_DAYS);
    if (a->subject.n) {
        buf_add(&b, STR(":subject "));
        quoted(&b, a->subject);
        buf_byte(&b, ' ');
    }
    if (a->html.n) {
        buf_add(&b, STR(":mime "));
        quoted(&b, mime_of(cx, a));
    } else {
        quoted(&b, a->text.n ? a->text : STR("I am away, and will answer when I am back."));
    }
    buf_add(&b, STR(";\r\n}\r\n"));
    must(!b.overflow);
    return buf_str(&b);
}
