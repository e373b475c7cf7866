/* Messages: fragments, pings, closing (RFC 6455 sections 5.4, 5.5, 7). */
#include "proto/http/ws/ws.h"
#include "base/buf.h"
#include "format/utf8.h"
#include "proto/http/ws/session.h"
#include <stdlib.h>

static enum ws_found look(const struct ws *w, struct str in, struct ws_frame *f, enum ws_code *code)
{
    size_t room = w->handler->message_max - w->parts.n;
    enum ws_found found = ws_frame_read(in, room, f, code);
    if (found != WS_FRAME || f->op >= WS_CLOSE)
        return found;
    if ((f->op == WS_MORE) == w->gathers)
        return WS_FRAME;
    *code = WS_PROTOCOL; /* a message in another, or the rest of none */
    return WS_BROKEN;
}

/* What is broken is taken whole, and ends the connection. */
static size_t frame(void *self, struct str in, size_t *least)
{
    const struct ws *w = self;
    struct ws_frame f;
    enum ws_code code;
    enum ws_found found = look(w, in, &f, &code);
    if (found == WS_BROKEN)
        return in.n;
    if (found == WS_SHORT)
        return 0;
    *least = f.head_n + f.n;
    return in.n < *least ? 0 : *least;
}

void ws_say(struct http_part *part, struct rope *text)
{
    ws_frame_head(&part->out, WS_TEXT, text->bytes);
    rope_join(&part->out, text);
}

static void put_close(struct http_part *part, unsigned code, struct str why)
{
    const char bytes[] = {(char)(code >> 8), (char)code};
    ws_frame_head(&part->out, WS_CLOSE, code ? sizeof bytes + why.n : 0);
    if (code) {
        rope_put(&part->out, str_of(bytes, sizeof bytes));
        rope_put(&part->out, why);
    }
    part->end = true;
}

void ws_end(struct http_part *part, enum ws_code code, const char *why)
{
    put_close(part, code, str_z(why));
}

static void forget_parts(struct ws *w)
{
    atomic_fetch_sub(w->handler->gathered, w->parts.n);
    arena_close(w->arena);
    w->arena = NULL;
    w->parts = (struct buf){0};
    w->gathers = false;
    w->fragments = 0;
}

static void message(struct ctx *cx, struct ws *w, struct str text, struct http_part *part)
{
    if (w->op == WS_BINARY)
        ws_end(part, WS_UNSUPPORTED, "text alone is taken");
    else if (!utf8_valid(text))
        ws_end(part, WS_NO_UTF8, "no UTF-8");
    else
        w->handler->take(cx, w->self, text, part);
}

/* A fragment that is not the last, or not the first. */
static void gather(struct ctx *cx, struct ws *w, bool last, struct str bytes,
                   struct http_part *part)
{
    size_t before = atomic_fetch_add(w->handler->gathered, bytes.n);
    if (!w->arena) {
        w->arena = arena_open();
        w->parts = buf_of(w->arena, w->handler->message_max);
    }
    w->gathers = true;
    buf_add(&w->parts, bytes);
    must(!w->parts.overflow);
    if (++w->fragments > WS_FRAGMENTS_MAX) {
        ws_end(part, WS_POLICY, "too many fragments");
    } else if (before + bytes.n > WS_GATHER_MAX) {
        ws_end(part, WS_LATER, "too many fragments at a time");
    } else if (last) {
        struct str whole = str_dup(cx->arena, buf_str(&w->parts));
        forget_parts(w);
        message(cx, w, whole, part);
    }
}

static void data(struct ctx *cx, struct ws *w, const struct ws_frame *f, struct str bytes,
                 struct http_part *part)
{
    if (f->op != WS_MORE)
        w->op = f->op;
    if (f->last && !w->gathers)
        message(cx, w, bytes, part);
    else
        gather(cx, w, f->last, bytes, part);
}

/* Section 5.5.1: it is answered with the same code, and that is the end. */
static void closed(struct http_part *part, struct str bytes)
{
    unsigned code = 0;
    if (bytes.n >= 2)
        code = (unsigned)(unsigned char)bytes.p[0] << 8 | (unsigned char)bytes.p[1];
    if (bytes.n == 1 || (bytes.n && !ws_code_ok(code)))
        ws_end(part, WS_PROTOCOL, "no such code");
    else if (!utf8_valid(str_from(bytes, 2)))
        ws_end(part, WS_NO_UTF8, "no UTF-8");
    else
        put_close(part, code, (struct str){0});
}

static void pong(struct http_part *part, struct str bytes)
{
    ws_frame_head(&part->out, WS_PONG, bytes.n);
    rope_put(&part->out, bytes);
}

static void take(struct ctx *cx, void *self, struct str in, struct http_part *part)
{
    struct ws *w = self;
    struct ws_frame f;
    enum ws_code code;
    w->heard_ms = cx->now_ms;
    w->asked = false;
    if (look(w, in, &f, &code) != WS_FRAME) {
        ws_end(part, code, code == WS_TOO_BIG ? "too large" : "not by the protocol");
        return;
    }
    char *plain = arena_alloc(cx->arena, f.n + 1);
    ws_frame_unmask(&f, in, plain);
    struct str bytes = str_of(plain, f.n);
    if (f.op == WS_CLOSE)
        closed(part, bytes);
    else if (f.op == WS_PING)
        pong(part, bytes);
    else if (f.op != WS_PONG)
        data(cx, w, &f, bytes, part);
}

/* ...and when nothing came back until the next time, nobody is there. */
static void wake(struct ctx *cx, void *self, struct http_part *part)
{
    struct ws *w = self;
    w->handler->wake(cx, w->self, part);
    int64_t silent_ms = cx->now_ms - w->heard_ms;
    if (part->end || (silent_ms < WS_ALIVE_MS && silent_ms >= 0))
        return;
    if (w->asked) {
        part->end = true;
        return;
    }
    ws_frame_head(&part->out, WS_PING, 0);
    w->asked = true;
    w->heard_ms = cx->now_ms;
}

static uint32_t wake_ms(const void *self)
{
    const struct ws *w = self;
    uint32_t ms = w->handler->wake_ms(w->self);
    return ms && ms < WS_ALIVE_MS ? ms : WS_ALIVE_MS;
}

static void goodbye(struct ctx *cx, void *self, struct http_part *part)
{
    (void)cx, (void)self;
    ws_end(part, WS_AWAY, "the server goes");
}

static void close_ws(void *self)
{
    struct ws *w = self;
    forget_parts(w);
    w->handler->close(w->self);
    free(w);
}

const struct http_live_ops ws_live = {.wake = wake,
                                      .wake_ms = wake_ms,
                                      .frame = frame,
                                      .take = take,
                                      .goodbye = goodbye,
                                      .close = close_ws};
