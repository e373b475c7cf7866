#include "format/header/downgrade.h"
#include "base/buf.h"
#include "base/cur.h"
#include "format/address.h"
#include "format/base64.h"
#include "format/envelope.h"
#include "format/header.h"
#include "format/utf8.h"

enum { WORD_BYTES = 42 }; /* of text in one encoded word, so that it has less than 76 characters */

static const struct str nobody = STR("invalid");
static const struct str nowhere = STR("internationalized-address.invalid");

bool downgrade_is_needed(struct str header)
{
    return !utf8_is_ascii(header) && utf8_valid(header);
}

/* "=?utf-8?B?…?= =?utf-8?B?…?=": blanks between two of them are not shown. */
static void put_words(struct arena *a, struct buf *out, struct str text, struct str between)
{
    while (text.n) {
        struct str part = utf8_cut(text, WORD_BYTES);
        if (!part.n)
            part = str_sub(text, 0, WORD_BYTES);
        buf_add(out, STR("=?utf-8?B?"));
        buf_add(out, base64_encode(a, part));
        buf_add(out, STR("?="));
        text = str_from(text, part.n);
        if (text.n)
            buf_add(out, between);
    }
}

static const struct str fold = STR("\r\n ");

static void put_phrase(struct arena *a, struct buf *out, struct str name)
{
    if (!utf8_is_ascii(name)) {
        put_words(a, out, name, fold);
        return;
    }
    buf_byte(out, '"');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"' || name.p[i] == '\\')
            buf_byte(out, '\\');
        buf_byte(out, name.p[i]);
    }
    buf_byte(out, '"');
}

static void put_mailbox(struct arena *a, struct buf *out, const struct address *x)
{
    struct str spec = address_spec(a, x);
    bool plain = utf8_is_ascii(spec);
    struct str name = x->name.n || plain ? x->name : spec;
    if (name.n) {
        put_phrase(a, out, name);
        buf_byte(out, ' ');
    }
    buf_byte(out, '<');
    if (plain) {
        buf_add(out, spec);
    } else {
        buf_add(out, nobody);
        buf_byte(out, '@');
        buf_add(out, nowhere);
    }
    buf_byte(out, '>');
}

static void put_addresses(struct arena *a, struct buf *out, struct str raw)
{
    struct address_list list = address_parse(a, raw);
    bool first = true;
    for (size_t i = 0; i < list.count; i++) {
        const struct address *x = &list.at[i];
        if (x->kind == ADDRESS_GROUP_END) {
            buf_byte(out, ';');
            first = false;
            continue;
        }
        if (!first)
            buf_add(out, STR(",\r\n "));
        first = x->kind == ADDRESS_GROUP_START;
        if (first) {
            put_phrase(a, out, x->name);
            buf_byte(out, ':');
        } else {
            put_mailbox(a, out, x);
        }
    }
}

static bool has_addresses(struct str name)
{
    static const struct str names[] = {STR("From"), STR("Sender"), STR("Reply-To"),   STR("To"),
                                       STR("Cc"),   STR("Bcc"),    STR("Return-Path")};
    if (str_istarts(name, STR("Resent-")))
        name = str_from(name, 7);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_ieq(name, names[i]))
            return true;
    return false;
}

static void put_field(struct arena *a, struct buf *out, const struct header_field *f)
{
    if (utf8_is_ascii(f->line)) {
        buf_add(out, f->line);
        return;
    }
    if (!utf8_is_ascii(f->name)) /* no field of any kind */
        return;
    buf_add(out, f->name);
    buf_add(out, STR(": "));
    if (has_addresses(f->name))
        put_addresses(a, out, f->value);
    else
        put_words(a, out, header_unfold(a, f->value), fold);
    buf_add(out, STR("\r\n"));
}

struct str downgrade_header(struct arena *a, struct str header)
{
    struct buf out = buf_of(a, header.n * 8 + 1024);
    struct cur c = cur_of(header);
    struct header_field f;
    while (header_next(&c, &f))
        put_field(a, &out, &f);
    if (str_ends(header, STR("\n\r\n")) || str_ends(header, STR("\n\n")) ||
        str_eq(header, STR("\r\n")))
        buf_add(&out, STR("\r\n"));
    return buf_str(&out);
}

/* --- ENVELOPE --- */

/* NIL, a quoted string or a literal; the slice is as it is sent, text what it says. */
static bool take_nstring(struct cur *c, struct str *raw, struct str *text)
{
    struct cur at = *c;
    uint64_t n;
    *text = (struct str){0};
    if (cur_text(&at, STR("NIL"))) {
    } else if (cur_char(&at, '{')) {
        if (!cur_u64(&at, &n) || !cur_text(&at, STR("}\r\n")) || !cur_bytes(&at, n, text))
            return false;
    } else {
        char byte = 0;
        if (!cur_char(&at, '"'))
            return false;
        while (cur_byte(&at, &byte) && byte != '"')
            if (byte == '\\' && !cur_byte(&at, &byte))
                return false;
        if (byte != '"')
            return false;
        *text = str_sub(c->rest, 1, c->rest.n - at.rest.n - 2);
    }
    *raw = str_sub(c->rest, 0, c->rest.n - at.rest.n);
    *c = at;
    return true;
}

static void put_text(struct arena *a, struct buf *out, struct str raw, struct str text)
{
    if (!downgrade_is_needed(text)) {
        buf_add(out, raw);
        return;
    }
    buf_byte(out, '"');
    put_words(a, out, text, STR(" "));
    buf_byte(out, '"');
}

/* (name route local host) */
static bool put_address(struct arena *a, struct buf *out, struct cur *c)
{
    struct str raw[4], text[4];
    for (size_t i = 0; i < 4; i++)
        if ((i && !cur_char(c, ' ')) || !take_nstring(c, &raw[i], &text[i]))
            return false;
    if (!cur_char(c, ')'))
        return false;
    bool plain = !downgrade_is_needed(text[2]) && !downgrade_is_needed(text[3]);
    if (!plain && str_eq(raw[0], STR("NIL"))) {
        struct str local = text[2].n ? text[2] : raw[2], host = text[3].n ? text[3] : raw[3];
        raw[0] = text[0] = str_printf(a, "%.*s@%.*s", STR_ARG(local), STR_ARG(host));
    }
    buf_byte(out, '(');
    put_text(a, out, raw[0], text[0]);
    buf_byte(out, ' ');
    buf_add(out, plain ? raw[1] : STR("NIL"));
    for (size_t i = 2; i < 4; i++) {
        buf_byte(out, ' ');
        if (plain)
            buf_add(out, raw[i]);
        else
            envelope_put_string(out, i == 2 ? nobody : nowhere);
    }
    buf_byte(out, ')');
    return true;
}

static bool put_element(struct arena *a, struct buf *out, struct cur *c)
{
    struct str raw, text;
    if (!cur_char(c, '(')) {
        if (!take_nstring(c, &raw, &text))
            return false;
        put_text(a, out, raw, text);
        return true;
    }
    buf_byte(out, '(');
    while (cur_char(c, '('))
        if (!put_address(a, out, c))
            return false;
    buf_byte(out, ')');
    return cur_char(c, ')');
}

struct str downgrade_envelope(struct arena *a, struct str envelope)
{
    struct buf out = buf_of(a, envelope.n * 8 + 1024);
    struct cur c = cur_of(envelope);
    if (!cur_char(&c, '('))
        return envelope;
    buf_byte(&out, '(');
    do {
        if (!put_element(a, &out, &c))
            return envelope;
        if (cur_peek(&c) == ' ')
            buf_byte(&out, ' ');
    } while (cur_char(&c, ' '));
    buf_byte(&out, ')');
    return cur_char(&c, ')') && cur_end(&c) && !out.overflow ? buf_str(&out) : envelope;
}
