#include "http_rows.h"
#include "base/cur.h"
#include "proto/http/entity.h"
#include "proto/http/live.h"
#include "proto/http/ws/ws.h"
#include <stdlib.h>

enum { ANY = HTTP_IN_CLEAR | HTTP_BY_TLS, PIECE = 1000, PIECES = 1000 };

/* The example of RFC 9112 section 2.1. */
static enum code hello(struct ctx *cx, void *self, const struct http_request *q,
                       struct http_response *a)
{
    (void)cx, (void)self, (void)q;
    http_answer_text(a, STR("text/plain"),
                     STR("Hello World! My content includes a trailing CRLF.\r\n"));
    return OK;
}

static enum code echo(struct ctx *cx, void *self, const struct http_request *q,
                      struct http_response *a)
{
    (void)self;
    http_answer_text(a, STR("text/plain"),
                     str_printf(cx->arena, "%.*s %.*s ? %.*s at %.*s: ", STR_ARG(q->name),
                                STR_ARG(q->rest), STR_ARG(q->query), STR_ARG(q->host)));
    rope_put(&a->body, q->body);
    rope_ref(&a->body, STR("\r\n"));
    return OK;
}

static enum code failing(struct ctx *cx, void *self, const struct http_request *q,
                         struct http_response *a)
{
    uint32_t code;
    struct cur c = cur_of(q->rest);
    (void)self;
    http_answer_text(a, STR("text/plain"), STR("nobody hears of this"));
    if (!cur_u32(&c, &code) || code == OK || code >= CODE_COUNT)
        return fail(cx, E_NOT_FOUND, "no such code");
    return fail(cx, (enum code)code, "why is for the log alone");
}

static enum code large(struct ctx *cx, void *self, const struct http_request *q,
                       struct http_response *a)
{
    (void)self, (void)q;
    char *piece = arena_alloc(cx->arena, PIECE);
    memset(piece, 'x', PIECE);
    for (int i = 0; i < PIECES; i++)
        rope_own(&a->body, str_of(piece, PIECE), NULL, NULL);
    return OK;
}

static enum code page(struct ctx *cx, void *self, const struct http_request *q,
                      struct http_response *a)
{
    static const struct http_entity e = {
        .type = {"text/plain", 10},
        .tag = {"abc", 3},
        .cache = {"no-cache", 8},
        .bytes = {[HTTP_IDENTITY] = {"0123456789\r\n", 12}, [HTTP_GZIP] = {"packed\r\n", 8}},
    };
    (void)self;
    http_answer_entity(cx, q, &e, a);
    return OK;
}

/* Says "tick 1" to "tick 3", one a second, and ends. */
struct ticks {
    int count;
};

static void tick(struct ctx *cx, void *self, struct http_part *part)
{
    struct ticks *t = self;
    (void)cx;
    rope_printf(&part->out, "tick %d\n", ++t->count);
    part->end = t->count == 3;
}

static uint32_t tick_ms(const void *self)
{
    (void)self;
    return 1000;
}

static void tick_goodbye(struct ctx *cx, void *self, struct http_part *part)
{
    (void)cx, (void)self;
    rope_ref(&part->out, STR("goodbye\n"));
}

/* "/ticks/bare" says nothing at first. */
static enum code ticks(struct ctx *cx, void *self, const struct http_request *q,
                       struct http_response *a)
{
    static const struct http_live_ops ops = {
        .wake = tick, .wake_ms = tick_ms, .goodbye = tick_goodbye, .close = free};
    (void)cx, (void)self;
    a->type = STR("text/plain");
    if (!str_eq(q->rest, STR("bare")))
        rope_ref(&a->body, STR("ready\n"));
    a->live = &ops;
    a->live_self = calloc(1, sizeof(struct ticks));
    must(a->live_self);
    return OK;
}

/* A WebSocket that says back what it hears, and "tick" when a minute has passed; "bye" ends it. */
static void chat_take(struct ctx *cx, void *self, struct str text, struct http_part *part)
{
    struct rope said = rope_of(cx->arena);
    (void)self;
    if (str_eq(text, STR("bye"))) {
        ws_end(part, WS_NORMAL, "bye");
        return;
    }
    rope_put(&said, text);
    ws_say(part, &said);
}

static void chat_wake(struct ctx *cx, void *self, struct http_part *part)
{
    struct rope said = rope_of(cx->arena);
    (void)self;
    rope_ref(&said, STR("tick"));
    ws_say(part, &said);
}

static uint32_t chat_ms(const void *self)
{
    (void)self;
    return 60 * 1000;
}

static enum code chat(struct ctx *cx, void *self, const struct http_request *q,
                      struct http_response *a)
{
    static atomic_size_t gathered;
    static const struct ws_handler handler = {.protocol = {"chat", 4},
                                              .message_max = HTTP_TEST_MESSAGE_MAX,
                                              .gathered = &gathered,
                                              .take = chat_take,
                                              .wake = chat_wake,
                                              .wake_ms = chat_ms,
                                              .close = free};
    void *mine = malloc(1);
    bool taken = false;
    (void)self;
    enum code code = ws_accept(cx, q, &handler, mine, a, &taken);
    if (!taken)
        free(mine);
    return code;
}

const struct http_route http_test_rows[] = {
    {"hello", STR("/hello.txt"), HTTP_GET, ANY, HTTP_ANYBODY, 0, hello},
    {"echo", STR("/echo/"), HTTP_GET | HTTP_POST, ANY, HTTP_ANYBODY, HTTP_TEST_BODY_MAX, echo},
    {"secure", STR("/secure"), HTTP_GET, HTTP_BY_TLS, HTTP_ANYBODY, 0, hello},
    {"fail", STR("/fail/"), HTTP_GET, ANY, HTTP_ANYBODY, 0, failing},
    {"large", STR("/large"), HTTP_GET, ANY, HTTP_ANYBODY, 0, large},
    {"ticks", STR("/ticks/"), HTTP_GET, ANY, HTTP_ANYBODY, 0, ticks},
    {"chat", STR("/chat"), HTTP_GET | HTTP_CONNECT, ANY, HTTP_ANYBODY, 0, chat},
    {"page", STR("/page"), HTTP_GET, ANY, HTTP_ANYBODY, 0, page},
    {0},
};
