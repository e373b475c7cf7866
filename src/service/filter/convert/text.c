#include "service/filter/convert/text.h"
#include "base/buf.h"
#include "base/cur.h"
#include "format/charset.h"
#include "format/compose/compose.h"
#include "format/text.h"
#include "service/filter/convert/convert.h"
#include "service/sieve/world.h"

enum { UNPACKED_TIMES = 4 /* bytes of text that a byte of HTML may become */ };

static bool is_pixels(struct str value, uint32_t *out)
{
    struct cur c = cur_of(value);
    return !*out && cur_u32(&c, out) && cur_end(&c) && *out > 0 && *out <= CONVERT_PIXELS_MAX;
}

static bool parameter_read(struct convert_asked *a, struct str name, struct str value)
{
    if (str_ieq(name, STR("pix-x")))
        return is_pixels(value, &a->width);
    if (str_ieq(name, STR("pix-y")))
        return is_pixels(value, &a->height);
    if (str_ieq(name, STR("charset"))) {
        bool first = !a->charset.n;
        a->charset = value;
        return first && value.n;
    }
    if (!str_ieq(name, STR("unknown-character-replacement")) || a->replaces)
        return false;
    a->replaces = true;
    a->replacement = value;
    return true;
}

enum code convert_asked_read(struct ctx *cx, const struct sieve_conversion *x,
                             struct convert_asked *out)
{
    struct convert_asked a = {0};
    for (size_t i = 0; i < x->parameter_count; i++) {
        struct str p = x->parameters[i];
        size_t at = str_chr(p, '=');
        if (at == SIZE_MAX || !parameter_read(&a, str_sub(p, 0, at), str_from(p, at + 1)))
            return fail(cx, E_UNSUPPORTED, "parameter %zu is not known, or not so", i + 1);
    }
    bool text = str_istarts(x->to, STR("text/"));
    if (text ? a.width || a.height : a.charset.n || a.replaces)
        return fail(cx, E_UNSUPPORTED, "a parameter that the type does not have");
    *out = a;
    return OK;
}

enum code convert_settle(struct ctx *cx, const struct convert_asked *asked,
                         struct sieve_conversion *x)
{
    struct str charset = asked->charset.n ? asked->charset : STR("utf-8");
    struct str lines = compose_lines(cx->arena, x->out), out;
    if (!charset_known(charset))
        return fail(cx, E_UNSUPPORTED, "a charset that is not known");
    if (!charset_from_utf8(cx->arena, charset, lines, asked->replaces ? &asked->replacement : NULL,
                           &out))
        return fail(cx, E_SYNTAX, "a character that the charset does not have");
    x->out = out;
    x->out_charset = str_lower(cx->arena, charset);
    return OK;
}

enum code convert_text(struct ctx *cx, const struct convert_asked *asked,
                       struct sieve_conversion *x)
{
    bool same = str_ieq(x->from, x->to);
    bool plain = str_ieq(x->from, STR("text/html")) && str_ieq(x->to, STR("text/plain"));
    if (!same && !plain)
        return fail(cx, E_UNSUPPORTED, "no text of which that is made");
    x->out = charset_to_utf8(cx->arena, x->charset, x->content);
    if (plain) {
        struct buf b = buf_of(cx->arena, x->out.n * UNPACKED_TIMES + 1);
        text_from_html(&b, x->out);
        x->out = buf_str(&b);
    }
    TRY(convert_settle(cx, asked, x));
    if (same && str_eq(x->out, x->content) && str_ieq(x->out_charset, x->charset))
        return fail(cx, E_EXISTS, "it is just that");
    return OK;
}
