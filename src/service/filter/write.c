#include "service/filter/write.h"
#include "base/random.h"
#include "format/date.h"
#include "format/header.h"
#include "format/header/downgrade.h"
#include "format/utf8.h"

struct str made_line(struct arena *a, struct str text)
{
    struct buf b = buf_of(a, text.n + 1);
    text = utf8_clean(a, text);
    for (size_t i = 0; i < text.n; i++)
        buf_byte(&b, (unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f ? ' ' : text.p[i]);
    return str_trim(buf_str(&b));
}

static bool is_plain(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!ascii_is_alpha(name.p[i]) && !ascii_is_digit(name.p[i]) && name.p[i] != ' ' &&
            !((unsigned char)name.p[i] & 0x80))
            return false;
    return name.n > 0;
}

struct str made_owner(const struct filtering *x)
{
    struct str name = made_line(x->cx->arena, x->owner.display);
    if (!is_plain(name))
        return x->owner.address;
    return str_printf(x->cx->arena, "%.*s <%.*s>", STR_ARG(name), STR_ARG(x->owner.address));
}

static void field(struct buf *b, const char *name, struct str value)
{
    if (value.n)
        buf_printf(b, "%s: %.*s\r\n", name, STR_ARG(value));
}

static struct str made_id(struct filtering *x)
{
    return str_printf(x->cx->arena, "<%016jx.%jx@%.*s>", (uintmax_t)random_u64(x->cx->random),
                      (uintmax_t)x->cx->now_ms, STR_ARG(x->f->core->host_name));
}

struct str made_write(struct filtering *x, const struct made *m)
{
    struct arena *a = x->cx->arena;
    struct buf b = buf_of(a, MADE_MAX), all = buf_of(a, MADE_MAX);
    field(&b, "From", m->from);
    field(&b, "To", m->to);
    field(&b, "Subject", made_line(a, m->subject));
    buf_add(&b, STR("Date: "));
    date_put_rfc5322(&b, (struct date){.utc_ms = x->cx->now_ms});
    buf_add(&b, STR("\r\n"));
    field(&b, "Message-ID", made_id(x));
    field(&b, "In-Reply-To", m->in_reply_to);
    field(&b, "References", m->references);
    field(&b, "Auto-Submitted", m->auto_submitted);
    buf_add(&b, m->more);
    buf_add(&b, STR("MIME-Version: 1.0\r\n"));
    buf_add(&all, downgrade_header(a, buf_str(&b)));
    buf_add(&all, m->content);
    return buf_str(&all);
}

struct str made_text(struct arena *a, struct str text)
{
    struct buf b = buf_of(a, MADE_MAX);
    text = utf8_clean(a, text);
    buf_add(&b, STR("Content-Type: text/plain; charset=utf-8\r\n"
                    "Content-Transfer-Encoding: 8bit\r\n\r\n"));
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n' && (!i || text.p[i - 1] != '\r'))
            buf_byte(&b, '\r');
        buf_byte(&b, text.p[i]);
    }
    if (!str_ends(text, STR("\n")))
        buf_add(&b, STR("\r\n"));
    return buf_str(&b);
}
