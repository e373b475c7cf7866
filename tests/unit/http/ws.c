/* Limits of WebSocket that take many bytes. */
#include "../unit.h"

#include "base/arena.h"
#include "proto/http/ws/session.h"
#include <stdlib.h>

struct heard {
    size_t messages;
};

static void count(struct ctx *cx, void *self, struct str text, struct http_part *part)
{
    struct heard *h = self;
    (void)cx, (void)text, (void)part;
    h->messages++;
}

static void nothing(struct ctx *cx, void *self, struct http_part *part)
{
    (void)cx, (void)self, (void)part;
}

static void keep(void *self)
{
    (void)self;
}

/* Says frames of one byte; the code that the connection was closed with, or 0. */
static unsigned say(struct ws *w, uint8_t first, unsigned times)
{
    const char frame[] = {(char)first, (char)0x81, 0, 0, 0, 0, 'x'};
    unsigned code = 0;
    for (unsigned i = 0; i < times && !code; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct ctx cx = {.arena = a};
        struct http_part part = {.out = rope_of(a)};
        ws_live.take(&cx, w, str_of(frame, sizeof frame), &part);
        struct str out = rope_flatten(&part.out, a);
        if (part.end)
            code = (unsigned)(unsigned char)out.p[2] << 8 | (unsigned char)out.p[3];
        rope_drop(&part.out);
    }
    return code;
}

static void fragments_have_their_limits(void **state)
{
    atomic_size_t gathered = 0;
    struct heard heard = {0};
    const struct ws_handler handler = {.message_max = 2 * WS_FRAGMENTS_MAX,
                                       .gathered = &gathered,
                                       .take = count,
                                       .wake = nothing,
                                       .close = keep};
    struct ws w = {.handler = &handler, .self = &heard};
    (void)state;
    assert_int_equal(say(&w, WS_TEXT, 1), 0);
    assert_int_equal(say(&w, WS_MORE, WS_FRAGMENTS_MAX - 2), 0);
    assert_int_equal(gathered, WS_FRAGMENTS_MAX - 1);
    assert_int_equal(say(&w, 0x80, 1), 0);
    assert_int_equal(heard.messages, 1);
    assert_int_equal(gathered, 0);
    assert_null(w.arena); /* an idle one holds no buffer */
    assert_int_equal(say(&w, WS_TEXT, 1), 0);
    assert_int_equal(say(&w, WS_MORE, WS_FRAGMENTS_MAX), WS_POLICY);
    arena_close(w.arena);
}

static void all_fragments_have_a_limit_together(void **state)
{
    atomic_size_t gathered = WS_GATHER_MAX;
    const struct ws_handler handler = {
        .message_max = 100, .gathered = &gathered, .take = count, .wake = nothing, .close = keep};
    struct heard heard = {0};
    struct ws w = {.handler = &handler, .self = &heard};
    (void)state;
    assert_int_equal(say(&w, 0x80 | WS_TEXT, 1), 0); /* what comes whole needs nothing */
    assert_int_equal(say(&w, WS_TEXT, 1), WS_LATER);
    arena_close(w.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fragments_have_their_limits),
        cmocka_unit_test(all_fragments_have_a_limit_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
