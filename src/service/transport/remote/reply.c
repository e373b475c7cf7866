/* Replies of the other side (RFC 5321 section 4.2). */
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "service/transport/remote/session.h"

static bool digits(struct str line)
{
    return line.n >= 3 && line.p[0] >= '2' && line.p[0] <= '5' && ascii_is_digit(line.p[1]) &&
           ascii_is_digit(line.p[2]);
}

/* A line that is no reply ends one, too: what is wrong with it shows when it is parsed. */
static bool goes_on(struct str line)
{
    return digits(line) && line.n > 3 && line.p[3] == '-';
}

/* What was seen holds no whole reply, but where its last line began is not known: the lines are
   walked again. REPLY_MAX bounds that. */
size_t client_reply_size(struct str in, size_t seen)
{
    struct cur c = cur_of(in);
    struct str line;
    if (str_chr(str_from(in, seen), '\n') == SIZE_MAX)
        return 0;
    while (cur_line(&c, &line))
        if (!goes_on(line))
            return in.n - c.rest.n;
    return 0;
}

bool client_reply_line(const struct heard *h, size_t n, struct str *out)
{
    struct cur c = cur_of(h->lines);
    struct str line;
    for (size_t i = 0; cur_line(&c, &line); i++) {
        if (i != n)
            continue;
        *out = str_from(line, 4);
        return true;
    }
    return false;
}

/* "x.y.z" in front of text, of the code's class (RFC 2034 section 4). */
static struct str enhanced(struct str text, char class)
{
    struct cur c = cur_of(text);
    uint32_t x, y, z;
    if (cur_peek(&c) != class || !cur_u32(&c, &x) || !cur_char(&c, '.') || !cur_u32(&c, &y) ||
        !cur_char(&c, '.') || !cur_u32(&c, &z) || y > 999 || z > 999)
        return (struct str){0};
    return str_sub(text, 0, text.n - c.rest.n);
}

/* Without it, the code's class and what its second digit tells (RFC 5321 section 4.2.1). */
static struct str made_status(struct arena *a, unsigned code)
{
    return str_printf(a, "%u.%s", code / 100, code / 10 % 10 == 5 ? "0.0" : "5.0");
}

static void put_printable(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n && out->n + 4 < out->max; i++) {
        unsigned char c = (unsigned char)s.p[i];
        buf_byte(out, c < ' ' || c == 0x7f ? '?' : s.p[i]);
    }
}

enum code client_reply_parse(struct ctx *cx, struct str in, struct heard *out)
{
    struct cur c = cur_of(in);
    struct str line = {0}, first;
    struct buf text = buf_of(cx->arena, DIAGNOSTIC_MAX);
    struct heard h = {.lines = in};
    for (bool more = true; more && cur_line(&c, &line); more = goes_on(line)) {
        if (!digits(line) || (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-'))
            return fail(cx, E_SYNTAX, "no reply of SMTP");
        unsigned code = (unsigned)(line.p[0] - '0') * 100 + (unsigned)(line.p[1] - '0') * 10 +
                        (unsigned)(line.p[2] - '0');
        if (h.code && code != h.code)
            return fail(cx, E_SYNTAX, "a reply of two codes");
        if (!h.code)
            buf_printf(&text, "%u", code);
        h.code = code;
        buf_byte(&text, ' ');
        put_printable(&text, str_from(line, 4));
    }
    if (!h.code)
        return fail(cx, E_SYNTAX, "no reply of SMTP");
    h.text = str_trim(buf_str(&text));
    (void)client_reply_line(&h, 0, &first);
    h.status = enhanced(first, in.p[0]);
    if (!h.status.n)
        h.status = made_status(cx->arena, h.code);
    *out = h;
    return OK;
}
