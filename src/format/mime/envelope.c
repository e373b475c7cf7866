#include "format/envelope.h"
#include "format/address.h"
#include "format/mime.h"

enum { QUOTED_MAX = 1024 };

static bool is_quotable(struct str s)
{
    if (s.n > QUOTED_MAX)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || (unsigned char)s.p[i] > '~')
            return false;
    return true;
}

static void put_quoted(struct buf *out, struct str s)
{
    buf_byte(out, '"');
    if (str_chr(s, '"') == SIZE_MAX && str_chr(s, '\\') == SIZE_MAX) {
        buf_add(out, s);
    } else {
        for (size_t i = 0; i < s.n; i++) {
            if (s.p[i] == '"' || s.p[i] == '\\')
                buf_byte(out, '\\');
            buf_byte(out, s.p[i]);
        }
    }
    buf_byte(out, '"');
}

static struct str without_nul(struct arena *a, struct str s)
{
    if (str_chr(s, 0) == SIZE_MAX)
        return s;
    struct buf clean = buf_of(a, s.n);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i])
            buf_byte(&clean, s.p[i]);
    return buf_str(&clean);
}

void envelope_put_string(struct buf *out, struct str s)
{
    if (is_quotable(s)) {
        put_quoted(out, s);
        return;
    }
    s = without_nul(out->arena, s);
    buf_byte(out, '{');
    buf_u64(out, s.n);
    buf_add(out, STR("}\r\n"));
    buf_add(out, s);
}

void envelope_put_nstring(struct buf *out, struct str s)
{
    if (s.p)
        envelope_put_string(out, s);
    else
        buf_add(out, STR("NIL"));
}

/* As nstring, and what is empty is NIL too. */
static void put_or_nil(struct buf *out, struct str s)
{
    envelope_put_nstring(out, s.n ? s : (struct str){0});
}

/* One address. A host of NIL says group, so an address without domain gets an empty one. */
static void put_address(struct buf *out, const struct address *x)
{
    buf_byte(out, '(');
    if (x->kind == ADDRESS_MAILBOX) {
        put_or_nil(out, x->name);
        buf_byte(out, ' ');
        put_or_nil(out, x->route);
        buf_byte(out, ' ');
        envelope_put_string(out, x->local);
        buf_byte(out, ' ');
        envelope_put_string(out, x->domain);
    } else if (x->kind == ADDRESS_GROUP_START) {
        buf_add(out, STR("NIL NIL "));
        envelope_put_string(out, x->name);
        buf_add(out, STR(" NIL"));
    } else {
        buf_add(out, STR("NIL NIL NIL NIL"));
    }
    buf_byte(out, ')');
}

/* The addresses of all fields of that name; returns how many. */
static size_t put_fields(struct buf *out, const struct mime_message *m, enum header_id id)
{
    struct address_list list = address_parse(out->arena, m->field[id]);
    size_t count = list.count;
    for (size_t i = 0; i < list.count; i++)
        put_address(out, &list.at[i]);
    for (const struct mime_more *more = m->more; more; more = more->next) {
        if (more->id != id)
            continue;
        list = address_parse(out->arena, more->value);
        for (size_t i = 0; i < list.count; i++)
            put_address(out, &list.at[i]);
        count += list.count;
    }
    return count;
}

/* The list of a field, or of the one that stands for it when it is absent or empty; or NIL. */
static void put_list(struct buf *out, const struct mime_message *m, enum header_id id,
                     enum header_id instead)
{
    struct buf list = buf_of(out->arena, out->max);
    buf_byte(&list, '(');
    size_t count = m->field[id].p ? put_fields(&list, m, id) : 0;
    if (!count && instead != HEADER_OTHER && m->field[instead].p)
        count = put_fields(&list, m, instead);
    buf_byte(&list, ')');
    buf_add(out, count ? buf_str(&list) : STR("NIL"));
    out->overflow |= list.overflow;
    buf_byte(out, ' ');
}

static void put_text(struct buf *out, const struct mime_message *m, enum header_id id)
{
    struct str raw = m->field[id];
    envelope_put_nstring(out, raw.p ? header_unfold(out->arena, raw) : raw);
}

void envelope_put(struct buf *out, const struct mime_message *m)
{
    buf_byte(out, '(');
    put_text(out, m, HEADER_DATE);
    buf_byte(out, ' ');
    put_text(out, m, HEADER_SUBJECT);
    buf_byte(out, ' ');
    put_list(out, m, HEADER_FROM, HEADER_OTHER);
    put_list(out, m, HEADER_SENDER, HEADER_FROM);
    put_list(out, m, HEADER_REPLY_TO, HEADER_FROM);
    put_list(out, m, HEADER_TO, HEADER_OTHER);
    put_list(out, m, HEADER_CC, HEADER_OTHER);
    put_list(out, m, HEADER_BCC, HEADER_OTHER);
    put_text(out, m, HEADER_IN_REPLY_TO);
    buf_byte(out, ' ');
    put_text(out, m, HEADER_MESSAGE_ID);
    buf_byte(out, ')');
}
