#include "proto/http/form.h"
#include "base/cur.h"
#include "format/hex.h"
#include "format/utf8.h"

/* Nothing in here needs control characters, and much goes wrong with them. */
static bool is_clean(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 127)
            return false;
    return utf8_valid(s);
}

static enum code decode(struct ctx *cx, struct str in, struct str *out)
{
    struct buf b = buf_of(cx->arena, in.n + 1);
    for (size_t i = 0; i < in.n; i++) {
        char c = in.p[i];
        if (c == '+')
            c = ' ';
        if (c == '%') {
            int high = i + 2 < in.n ? hex_digit(in.p[i + 1]) : -1;
            int low = i + 2 < in.n ? hex_digit(in.p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return fail(cx, E_SYNTAX, "form: a broken escape");
            c = (char)(high << 4 | low);
            i += 2;
        }
        buf_byte(&b, c);
    }
    *out = buf_str(&b);
    return is_clean(*out) ? OK : fail(cx, E_SYNTAX, "form: no clean text");
}

static bool has(const struct http_form *f, struct str name)
{
    for (size_t i = 0; i < f->count; i++)
        if (str_eq(f->at[i].name, name))
            return true;
    return false;
}

static enum code pair(struct ctx *cx, struct str text, struct http_form *f)
{
    struct cur c = cur_of(text);
    struct str name, value = {0};
    struct http_field field;
    if (!text.n)
        return OK;
    if (cur_until(&c, '=', &name))
        value = c.rest;
    else
        name = text;
    if (f->count == HTTP_FORM_MAX)
        return fail(cx, E_LIMIT, "form: more than %d parameters", HTTP_FORM_MAX);
    TRY(decode(cx, name, &field.name));
    TRY(decode(cx, value, &field.value));
    if (has(f, field.name))
        return fail(cx, E_SYNTAX, "form: a parameter twice");
    f->at[f->count++] = field;
    return OK;
}

enum code http_form_parse(struct ctx *cx, struct str text, struct http_form *out)
{
    struct cur c = cur_of(text);
    struct str one;
    out->count = 0;
    while (cur_until(&c, '&', &one))
        TRY(pair(cx, one, out));
    return pair(cx, c.rest, out);
}

enum code http_form_read(struct ctx *cx, const struct http_request *q, struct http_form *out)
{
    struct str type;
    if (!http_field_of(q, STR("Content-Type"), &type) ||
        !str_ieq(str_trim(str_sub(type, 0, str_chr(type, ';'))),
                 STR("application/x-www-form-urlencoded")))
        return fail(cx, E_SYNTAX, "form: another Content-Type");
    return http_form_parse(cx, q->body, out);
}

struct str http_form_get(const struct http_form *f, struct str name)
{
    for (size_t i = 0; i < f->count; i++)
        if (str_eq(f->at[i].name, name))
            return f->at[i].value;
    return (struct str){0};
}

static bool is_plain(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static void escape(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (is_plain(s.p[i]))
            buf_byte(out, s.p[i]);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)s.p[i]);
    }
}

void http_form_put(struct buf *out, char before, struct str name, struct str value)
{
    if (before)
        buf_byte(out, before);
    escape(out, name);
    buf_byte(out, '=');
    escape(out, value);
}
