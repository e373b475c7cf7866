#include "format/envelope.h"
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

/* Adds the addresses of a field that came again. */
static void append(struct arena *a, struct address_list *list, struct str raw)
{
    struct address_list more = address_parse(a, raw);
    size_t count = list->count + more.count;
    struct address *all = ARENA_ARRAY(a, count + 1, struct address);
    for (size_t i = 0; i < count; i++)
        all[i] = i < list->count ? list->at[i] : more.at[i - list->count];
    *list = (struct address_list){all, count, list->cut || more.cut};
}

static struct address_list list_of(struct arena *a, const struct mime_message *m, enum header_id id)
{
    struct address_list list = {0};
    if (m->field[id].p)
        list = address_parse(a, m->field[id]);
    for (const struct mime_more *more = m->more; more; more = more->next)
        if (more->id == id && list.count < ADDRESS_LIST_MAX)
            append(a, &list, more->value);
    return list;
}

void envelope_parse(struct arena *a, const struct mime_message *m, struct envelope_lists *out)
{
    out->from = list_of(a, m, HEADER_FROM);
    out->sender = list_of(a, m, HEADER_SENDER);
    out->reply_to = list_of(a, m, HEADER_REPLY_TO);
    out->to = list_of(a, m, HEADER_TO);
    out->cc = list_of(a, m, HEADER_CC);
    out->bcc = list_of(a, m, HEADER_BCC);
}

static void put_list(struct buf *out, const struct address_list *list)
{
    if (list->count == 0) {
        buf_add(out, STR("NIL "));
        return;
    }
    buf_byte(out, '(');
    for (size_t i = 0; i < list->count; i++)
        put_address(out, &list->at[i]);
    buf_add(out, STR(") "));
}

static void put_text(struct buf *out, const struct mime_message *m, enum header_id id)
{
    struct str raw = m->field[id];
    envelope_put_nstring(out, raw.p ? header_unfold(out->arena, raw) : raw);
}

void envelope_put_with(struct buf *out, const struct mime_message *m,
                       const struct envelope_lists *lists)
{
    const struct address_list *from = &lists->from;
    buf_byte(out, '(');
    put_text(out, m, HEADER_DATE);
    buf_byte(out, ' ');
    put_text(out, m, HEADER_SUBJECT);
    buf_byte(out, ' ');
    put_list(out, from);
    put_list(out, lists->sender.count ? &lists->sender : from);
    put_list(out, lists->reply_to.count ? &lists->reply_to : from);
    put_list(out, &lists->to);
    put_list(out, &lists->cc);
    put_list(out, &lists->bcc);
    put_text(out, m, HEADER_IN_REPLY_TO);
    buf_byte(out, ' ');
    put_text(out, m, HEADER_MESSAGE_ID);
    buf_byte(out, ')');
}

void envelope_put(struct buf *out, const struct mime_message *m)
{
    struct envelope_lists lists;
    envelope_parse(out->arena, m, &lists);
    envelope_put_with(out, m, &lists);
}
