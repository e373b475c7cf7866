/* What a client says over a WebSocket: at once and in two pieces it is answered the same, and what
   was gathered is given back. */
#include "proto/http/ws/ws.h"
#include "base/buf.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { INPUT_MAX = 48 * 1024, OUTPUT_MAX = 1 << 24, MESSAGE_MAX = 1000 };

static void echo(struct ctx *cx, void *self, struct str text, struct http_part *part)
{
    struct rope said = rope_of(cx->arena);
    (void)self;
    must(text.n <= MESSAGE_MAX);
    rope_put(&said, text);
    ws_say(part, &said);
}

static void nothing(struct ctx *cx, void *self, struct http_part *part)
{
    (void)cx, (void)self, (void)part;
}

static uint32_t never(const void *self)
{
    (void)self;
    return 0;
}

static void keep(void *self)
{
    (void)self;
}

struct talk {
    struct http_response live;
    struct buf in, said;
    bool ended;
};

static void say(struct talk *t, struct str bytes)
{
    buf_add(&t->in, bytes);
    struct str rest = buf_str(&t->in);
    while (!t->ended && rest.n) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct ctx cx = {.arena = a};
        struct http_part part = {.out = rope_of(a)};
        size_t least = 0, n = t->live.live->frame(t->live.live_self, rest, &least);
        must(n <= rest.n);
        if (!n)
            break;
        t->live.live->take(&cx, t->live.live_self, str_dup(a, str_sub(rest, 0, n)), &part);
        buf_add(&t->said, rope_flatten(&part.out, a));
        rope_drop(&part.out);
        t->ended = part.end;
        rest = str_from(rest, n);
    }
    struct str kept = str_dup(t->in.arena, rest);
    buf_reset(&t->in);
    buf_add(&t->in, kept);
}

static struct str answers(struct arena *a, struct str in, size_t cut)
{
    static const struct http_field fields[] = {
        {{"Sec-WebSocket-Version", 21}, {"13", 2}},
        {{"Sec-WebSocket-Protocol", 22}, {"echo", 4}},
    };
    atomic_size_t gathered = 0;
    const struct ws_handler handler = {.protocol = STR("echo"),
                                       .message_max = MESSAGE_MAX,
                                       .gathered = &gathered,
                                       .take = echo,
                                       .wake = nothing,
                                       .wake_ms = never,
                                       .close = keep};
    const struct http_request q = {
        .method = HTTP_CONNECT, .protocol = STR("websocket"), .fields = fields, .field_count = 2};
    struct talk t = {.in = buf_of(a, INPUT_MAX), .said = buf_of(a, OUTPUT_MAX)};
    struct ctx cx = {.arena = a};
    bool taken;
    must(ws_accept(&cx, &q, &handler, NULL, &t.live, &taken) == OK && taken);
    say(&t, str_sub(in, 0, cut));
    say(&t, str_from(in, cut));
    t.live.live->close(t.live.live_self);
    must(gathered == 0);
    return buf_str(&t.said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 2 || n > INPUT_MAX)
        return 0;
    struct arena *a AUTO(arena_close) = arena_open();
    struct str in = str_of(data, n);
    size_t cut = ((size_t)data[n - 1] * 257 + data[n / 2]) % n;
    must(str_eq(answers(a, in, n), answers(a, in, cut)));
    return 0;
}
