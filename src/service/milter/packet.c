#include "service/milter/packet.h"
#include "base/cur.h"

enum { REPLY_LINES_MAX = 20, REPLY_LINE_MAX = 500, LENGTH_BYTES = 4 };

struct str milter_u32(uint32_t value, char out[static 4])
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (char)(value >> (24 - 8 * i));
    return str_of(out, 4);
}

void milter_put(struct buf *b, enum milter_command command, const struct str *parts, size_t count)
{
    char length[4];
    size_t n = 1;
    for (size_t i = 0; i < count; i++)
        n += parts[i].n;
    buf_add(b, milter_u32((uint32_t)n, length));
    buf_byte(b, (char)command);
    for (size_t i = 0; i < count; i++)
        buf_add(b, parts[i]);
}

static bool be32(struct cur *c, uint32_t *out)
{
    struct str four;
    if (!cur_bytes(c, 4, &four))
        return false;
    *out = 0;
    for (size_t i = 0; i < 4; i++)
        *out = *out << 8 | (uint8_t)four.p[i];
    return true;
}

enum code milter_take(struct ctx *cx, struct str in, char *kind, struct str *data, size_t *n)
{
    struct cur c = cur_of(in);
    uint32_t length;
    *n = 0;
    if (!be32(&c, &length))
        return OK;
    if (length == 0 || length > MILTER_PACKET_MAX)
        return length ? fail(cx, E_LIMIT, "milter: a packet of %u bytes", length)
                      : fail(cx, E_SYNTAX, "milter: an empty packet");
    if (c.rest.n < length)
        return OK;
    must(cur_byte(&c, kind));
    *data = str_sub(c.rest, 0, length - 1);
    *n = LENGTH_BYTES + (size_t)length;
    return OK;
}

static bool text(struct cur *c, struct str *out)
{
    return cur_until(c, '\0', out);
}

/* Parameters may be left out, and a NUL behind them. */
static bool address(struct cur *c, struct milter_reply *out)
{
    if (!text(c, &out->name))
        return false;
    if (!cur_end(c) && !text(c, &out->value))
        return false;
    return cur_end(c);
}

static bool header(struct cur *c, bool indexed, struct milter_reply *out)
{
    return (!indexed || be32(c, &out->index)) && text(c, &out->name) && text(c, &out->value) &&
           cur_end(c);
}

enum form {
    FORM_EMPTY = 1,
    FORM_ADDRESS,
    FORM_HEADER,
    FORM_INDEXED,
    FORM_BYTES,
    FORM_TEXT,
    FORM_NUMBERS
};

/* The only list of answers. */
static const struct {
    char kind;
    enum form form;
} forms[] = {
    {MILTER_NEGOTIATE, FORM_NUMBERS},
    {MILTER_ADD_RCPT, FORM_ADDRESS},
    {MILTER_DEL_RCPT, FORM_ADDRESS},
    {MILTER_ADD_RCPT_PAR, FORM_ADDRESS},
    {MILTER_CHANGE_FROM, FORM_ADDRESS},
    {MILTER_ADD_HEADER, FORM_HEADER},
    {MILTER_INSERT_HEADER, FORM_INDEXED},
    {MILTER_CHANGE_HEADER, FORM_INDEXED},
    {MILTER_REPLACE_BODY, FORM_BYTES},
    {MILTER_QUARANTINE, FORM_TEXT},
    {MILTER_REPLY_CODE, FORM_TEXT},
    {MILTER_ACCEPT, FORM_EMPTY},
    {MILTER_CONTINUE, FORM_EMPTY},
    {MILTER_DISCARD, FORM_EMPTY},
    {MILTER_CONNECTION_FAIL, FORM_EMPTY},
    {MILTER_PROGRESS, FORM_EMPTY},
    {MILTER_REJECT, FORM_EMPTY},
    {MILTER_SHUTDOWN, FORM_EMPTY},
    {MILTER_SKIP, FORM_EMPTY},
    {MILTER_TEMPFAIL, FORM_EMPTY},
};

static bool form_read(struct cur *c, enum form form, struct milter_reply *out)
{
    switch (form) {
    case FORM_EMPTY:
        return cur_end(c);
    case FORM_ADDRESS:
        return address(c, out);
    case FORM_HEADER:
    case FORM_INDEXED:
        return header(c, form == FORM_INDEXED, out);
    case FORM_BYTES:
        out->value = c->rest;
        return true;
    case FORM_TEXT:
        return text(c, &out->name) && cur_end(c);
    case FORM_NUMBERS: /* lists of macros may follow */
        return be32(c, &out->version) && be32(c, &out->actions) && be32(c, &out->protocol);
    }
    return false;
}

static bool body_of(struct cur c, struct milter_reply *out)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (forms[i].kind == out->kind)
            return form_read(&c, forms[i].form, out);
    return false;
}

enum code milter_reply_read(struct ctx *cx, char kind, struct str data, struct milter_reply *out)
{
    struct milter_reply reply = {.kind = kind};
    if (!body_of(cur_of(data), &reply))
        return fail(cx, E_SYNTAX, "milter: an answer of kind %d that is none",
                    (int)(unsigned char)kind);
    *out = reply;
    return OK;
}

/* "550 text" or, but for the last, "550-text"; "%%" is "%". */
static bool line_put(struct buf *b, struct str line, struct str code, bool last)
{
    if (line.n < 4 || line.n > REPLY_LINE_MAX || !str_starts(line, code) ||
        line.p[3] != (last ? ' ' : '-'))
        return false;
    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] < ' ' || line.p[i] > '~')
            return false;
        buf_byte(b, line.p[i]);
        if (line.p[i] == '%' && i + 1 < line.n && line.p[i + 1] == '%')
            i++;
    }
    return true;
}

enum code milter_reply_text(struct ctx *cx, struct str in, const char **out)
{
    struct buf b = buf_of(cx->arena, (size_t)REPLY_LINES_MAX * (REPLY_LINE_MAX + 2));
    struct str code = str_sub(in, 0, 3), line = {0};
    struct cur c = cur_of(in);
    bool good = code.n == 3 && (code.p[0] == '4' || code.p[0] == '5') &&
                ascii_is_digit(code.p[1]) && ascii_is_digit(code.p[2]);
    for (unsigned lines = 0; good && cur_line(&c, &line) && !cur_end(&c); lines++) {
        good = lines < REPLY_LINES_MAX - 1 && line_put(&b, line, code, false);
        buf_add(&b, STR("\r\n"));
    }
    good = good && line_put(&b, cur_end(&c) ? line : c.rest, code, true);
    buf_byte(&b, 0);
    if (!good || b.overflow)
        return fail(cx, E_SYNTAX, "milter: a reply that cannot be given");
    *out = buf_str(&b).p;
    return OK;
}
