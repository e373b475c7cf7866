/* STAT, LIST, UIDL (RFC 1939 sections 5 and 7). */
#include "proto/pop3/command.h"

enum { LINE_BYTES = 48 }; /* "4294967295 4294967295\r\n", and a UIDL's */

static bool is_there(const struct pop3_maildrop *d, uint32_t place)
{
    return d->sizes[place] != POP3_GONE && !pop3_is_deleted(d, place);
}

static void totals(const struct pop3_maildrop *d, uint32_t *count, uint64_t *bytes)
{
    *count = 0;
    *bytes = 0;
    for (uint32_t at = 0; at < d->count; at++) {
        if (is_there(d, at)) {
            *count += 1;
            *bytes += d->sizes[at];
        }
    }
}

enum code pop3_stat(struct ctx *cx, struct pop3_session *s, struct pop3_call *call)
{
    uint32_t count;
    uint64_t bytes;
    TRY(pop3_maildrop_sizes(cx, s));
    totals(s->drop, &count, &bytes);
    pop3_ok(call, "%u %llu", count, (unsigned long long)bytes);
    return OK;
}

typedef void line_fn(const struct pop3_session *s, uint32_t place, struct buf *out);

static void size_line(const struct pop3_session *s, uint32_t place, struct buf *out)
{
    buf_u64(out, s->drop->sizes[place]);
}

/* UIDVALIDITY and UID: they never come again for another message. */
static void uid_line(const struct pop3_session *s, uint32_t place, struct buf *out)
{
    const struct view *v = s->drop->view;
    buf_printf(out, "%08x%08x", view_uid_validity(v), view_at(v, place).uid);
}

static void put_line(const struct pop3_session *s, line_fn *line, uint32_t place, struct buf *out)
{
    buf_u64(out, (uint64_t)place + 1);
    buf_byte(out, ' ');
    line(s, place, out);
    buf_add(out, STR("\r\n"));
}

/* One line for the message that arg names, or one for each. */
static enum code listing(struct ctx *cx, struct pop3_session *s, struct pop3_call *call,
                         line_fn *line)
{
    struct cur arg = call->arg;
    uint32_t place;
    TRY(pop3_maildrop_sizes(cx, s));
    struct buf b = buf_of(cx->arena, ((size_t)s->drop->count + 2) * LINE_BYTES);
    if (!cur_end(&arg)) {
        TRY(pop3_message(cx, s, &arg, &place));
        if (!cur_end(&arg))
            return fail(cx, E_SYNTAX, "one number at most is wanted");
        buf_add(&b, STR("+OK "));
        put_line(s, line, place, &b);
    } else {
        buf_add(&b, STR("+OK\r\n"));
        for (place = 0; place < s->drop->count; place++)
            if (is_there(s->drop, place))
                put_line(s, line, place, &b);
        buf_add(&b, STR(".\r\n"));
    }
    must(!b.overflow);
    rope_ref(&call->reply->out, buf_str(&b));
    return OK;
}

enum code pop3_list(struct ctx *cx, struct pop3_session *s, struct pop3_call *call)
{
    return listing(cx, s, call, size_line);
}

enum code pop3_uidl(struct ctx *cx, struct pop3_session *s, struct pop3_call *call)
{
    return listing(cx, s, call, uid_line);
}
