/* Answers that go on, by HTTP/1.1: in chunks (RFC 9112 section 7.1), to HTTP/1.0 up to the end of
   the connection, and as they are after 101. */
#include "proto/http/live.h"
#include "proto/http/session.h"

uint32_t http_live_sooner(uint32_t a_ms, uint32_t b_ms)
{
    return a_ms && (!b_ms || a_ms < b_ms) ? a_ms : b_ms;
}

static void put(struct http_live *live, struct rope *bytes, struct reply *r)
{
    live->bytes += bytes->bytes;
    if (!bytes->bytes)
        return;
    if (live->plain) {
        rope_join(&r->out, bytes);
        return;
    }
    rope_printf(&r->out, "%zx\r\n", bytes->bytes);
    rope_join(&r->out, bytes);
    rope_ref(&r->out, STR("\r\n"));
}

static void put_part(struct http_session *s, struct http_part *part, struct reply *r)
{
    put(&s->live, &part->out, r);
    if (!part->end)
        return;
    if (!s->live.plain)
        rope_ref(&r->out, STR("0\r\n\r\n"));
    http_live_end(s, &s->live);
    s->over = r->close = true;
}

void http_live_start(struct ctx *cx, struct http_session *s, struct http_response *a,
                     const struct http_event *e, struct reply *r)
{
    struct http_response head = *a;
    head.body = rope_of(a->body.arena);
    head.close = true;
    http_live_begin(s, a, e->route, &s->live);
    s->live.bytes = 0;
    s->live.plain = e->old || a->status == 101;
    if (!s->live.plain)
        http_answer_field(&head, STR("Transfer-Encoding"), STR("chunked"));
    http_answer_write(s->env, &head, cx->now_ms, s->peer->tls != NULL, false, r);
    put(&s->live, &a->body, r);
}

struct framing http_live_frame(struct http_session *s, struct str in)
{
    const struct http_live *live = &s->live;
    struct framing f = {.what = FRAME_MORE};
    size_t n = live->ops->frame ? live->ops->frame(live->self, in, &f.n) : in.n;
    return n ? (struct framing){.what = FRAME_REQUEST, .n = n} : f;
}

void http_live_take(struct ctx *cx, struct http_session *s, struct str in, struct reply *r)
{
    struct http_part part = {.out = rope_of(cx->arena)};
    if (!s->live.ops->frame)
        return; /* nothing more is asked on this connection: it was told so */
    s->live.ops->take(cx, s->live.self, in, &part);
    put_part(s, &part, r);
}

void http_live_wake(struct ctx *cx, struct http_session *s, struct reply *r)
{
    struct http_part part = {.out = rope_of(cx->arena)};
    s->live.ops->wake(cx, s->live.self, &part);
    put_part(s, &part, r);
}

void http_live_goodbye(struct ctx *cx, struct http_session *s, struct reply *r)
{
    struct http_part part = {.out = rope_of(cx->arena)};
    s->live.ops->goodbye(cx, s->live.self, &part);
    part.end = true;
    put_part(s, &part, r);
}
