#include "proto/imap/command/handlers.h"
#include "proto/imap/wire/reply.h"

enum { BATCH_LEAST = 500 }; /* messages (RFC 10022 section 3.1.4) */

struct asked {
    uint32_t size;        /* messages in a batch */
    uint32_t first, last; /* batches, counted from the newest messages */
};

static enum code arguments(struct ctx *cx, struct imap_call *call, struct asked *out)
{
    struct cur c = call->arg;
    struct asked a = {.first = 1, .last = UINT32_MAX};
    if (!cur_u32(&c, &a.size) || !a.size)
        return fail(cx, E_SYNTAX, "UIDBATCHES wants a number of messages");
    if (cur_char(&c, ' ') && (!cur_u32(&c, &a.first) || !cur_char(&c, ':') ||
                              !cur_u32(&c, &a.last) || !a.first || !a.last))
        return fail(cx, E_SYNTAX, "UIDBATCHES wants a range of batches like 1:20");
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the range of batches");
    if (a.first > a.last) {
        call->response = STR("CLIENTBUG");
        return fail(cx, E_SYNTAX, "the range of batches is the wrong way round");
    }
    if (a.size < BATCH_LEAST) {
        call->response = STR("TOOFEW");
        return fail(cx, E_LIMIT, "a batch has %d messages at least", BATCH_LEAST);
    }
    *out = a;
    return OK;
}

/* RFC 10022: ranges that touch each other, from the highest uid down to 1. Each costs one look. */
enum code imap_uidbatches(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct asked a = {0};
    TRY(arguments(cx, call, &a));
    const struct view *v = s->selected->view;
    uint64_t count = view_count(v), before = (uint64_t)(a.first - 1) * a.size;
    char between = ' ';
    imap_say(call, STR("* UIDBATCHES (TAG "));
    imap_put_string(&call->text, call->tag);
    buf_byte(&call->text, ')');
    uint32_t high = 0;
    if (before < count) /* just below the batch before, or the newest of all */
        high = before ? view_at(v, (uint32_t)(count - before)).uid - 1
                      : view_at(v, (uint32_t)count - 1).uid;
    for (uint32_t batch = a.first; batch <= a.last && before < count; batch++) {
        before += a.size;
        uint32_t low = before < count ? view_at(v, (uint32_t)(count - before)).uid : 1;
        buf_printf(&call->text, "%c%u:%u", between, high, low);
        between = ',';
        high = low - 1;
    }
    imap_say(call, STR("\r\n"));
    return OK;
}
