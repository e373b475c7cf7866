/* The engine: a connection from its first request to its end. */
#include "base/clock.h"
#include "proto/http/h2/h2.h"
#include "proto/http/session.h"

static void open_session(struct ctx *cx, void *session, void *env, const struct peer *peer,
                         struct reply *r)
{
    struct http_session *s = session;
    (void)cx, (void)r;
    *s = (struct http_session){.env = env, .peer = peer};
    if (peer->tls && str_eq(peer->tls->alpn, STR("h2")))
        s->h2 = h2_open(s);
    http_meter_session(s, 1);
}

/* Writes the answer, and ends the session when it is the last. */
static void finish(struct ctx *cx, struct http_session *s, struct http_response *a,
                   const struct http_event *what, struct reply *r)
{
    struct http_event e = *what;
    bool bare = str_eq(e.method, STR("HEAD"));
    e.status = a->status;
    e.bytes = bare ? 0 : a->body.bytes;
    if (a->live) {
        http_live_start(cx, s, a, &e, r);
    } else {
        s->over = a->close;
        http_answer_write(s->env, a, cx->now_ms, s->peer->tls != NULL, bare, r);
    }
    http_meter_request(cx, s, &e);
}

static void refuse(struct ctx *cx, struct http_session *s, struct http_fault fault, struct reply *r)
{
    struct http_response a = {.body = rope_of(cx->arena), .close = true};
    const struct http_event e = {.method = STR("-"), .path = STR("-")};
    http_answer_fault(cx, &a, fault.status, fault.why);
    finish(cx, s, &a, &e, r);
}

static struct http_request request_of(struct http_session *s, const struct http_head *h,
                                      struct str body)
{
    return (struct http_request){
        .method = http_method_of(h->method),
        .name = h->method,
        .path = h->path,
        .query = h->query,
        .host = h->host,
        .port = h->port,
        .body = body,
        .fields = h->fields,
        .field_count = h->field_count,
        .peer = s->peer,
        .secure = s->peer->tls != NULL,
        .old = h->old,
    };
}

static void run_whole(struct ctx *cx, struct http_session *s, const struct http_frame *f,
                      struct str text, struct reply *r)
{
    struct http_head *h = ARENA_NEW(cx->arena, struct http_head);
    must(http_head_parse(str_sub(text, 0, f->head_n), h).status == 0); /* as when it was framed */
    struct str body = str_from(text, f->head_n);
    struct http_request q = request_of(s, h, f->chunked ? http_dechunk(cx->arena, body) : body);
    struct http_response a = {.body = rope_of(cx->arena)};
    struct http_event e = {.method = h->method, .path = h->path, .old = h->old};
    int64_t start_us = clock_mono_us();
    e.route = http_route_run(cx, s->env, &q, &a);
    if (a.again) { /* with the same request, and what is known of it */
        s->frame = *f;
        r->slow = true;
        return;
    }
    if (f->owed)
        rope_ref(&r->out, STR("HTTP/1.1 100 Continue\r\n\r\n"));
    e.took_us = clock_mono_us() - start_us;
    s->requests++;
    a.close |= h->close || f->unread || s->requests == HTTP_REQUESTS_MAX;
    finish(cx, s, &a, &e, r);
}

/* HTTP/2 has frames of its own: whatever came is taken. */
static struct framing frame(void *session, struct str in, size_t seen)
{
    struct http_session *s = session;
    if (s->h2)
        return (struct framing){.what = FRAME_REQUEST, .n = in.n};
    if (s->live.ops)
        return http_live_frame(s, in);
    return http_frame(session, in, seen);
}

static void more(struct ctx *cx, void *session, struct reply *r)
{
    struct http_session *s = session;
    h2_more(cx, s->h2, r);
}

static void run(struct ctx *cx, void *session, struct str request, struct reply *r)
{
    struct http_session *s = session;
    if (s->h2) {
        h2_take(cx, s->h2, request, r);
        return;
    }
    if (s->live.ops) {
        http_live_take(cx, s, request, r);
        return;
    }
    struct http_frame f = s->frame;
    s->frame = (struct http_frame){0};
    if (s->over)
        r->close = true;
    else if (f.fault.status)
        refuse(cx, s, f.fault, r);
    else
        run_whole(cx, s, &f, request, r);
}

/* With HTTP/2 also for what some request waits for. */
static void wake(struct ctx *cx, void *session, struct reply *r)
{
    struct http_session *s = session;
    if (s->h2)
        h2_wake(cx, s->h2, r);
    else if (s->live.ops)
        http_live_wake(cx, s, r);
}

static uint32_t wake_ms(const void *session)
{
    const struct http_session *s = session;
    if (s->h2)
        return h2_wake_ms(s->h2);
    return s->live.ops ? s->live.ops->wake_ms(s->live.self) : 0;
}

static void too_long(struct ctx *cx, void *session, struct reply *r)
{
    struct http_session *s = session;
    if (s->h2) /* it takes what comes as it comes */
        h2_goodbye(cx, s->h2, r);
    else if (s->live.ops)
        http_live_goodbye(cx, s, r);
    else
        refuse(cx, session, (struct http_fault){413, "the request is too large"}, r);
}

/* RFC 9110 section 15.5.9: who sends nothing is not told, who stops in a request is. */
static void timeout(struct ctx *cx, void *session, struct reply *r)
{
    struct http_session *s = session;
    if (s->h2)
        h2_goodbye(cx, s->h2, r);
    else if (s->live.ops)
        http_live_goodbye(cx, s, r);
    else if (s->frame.look || s->frame.at)
        refuse(cx, s, (struct http_fault){408, "the request did not come in time"}, r);
    s->over = r->close = true;
}

static void shutdown(struct ctx *cx, void *session, struct reply *r)
{
    struct http_session *s = session;
    if (s->h2)
        h2_goodbye(cx, s->h2, r);
    else if (s->live.ops)
        http_live_goodbye(cx, s, r);
    s->over = r->close = true;
}

/* Who listens may be silent for ever; what goes on notices itself when nobody is there any more. */
static uint32_t timeout_ms(const void *session)
{
    const struct http_session *s = session;
    if (s->live.ops || (s->h2 && h2_only_listens(s->h2)))
        return 0;
    bool idle = s->h2 ? h2_is_idle(s->h2) : s->requests && !s->frame.look && !s->frame.at;
    return idle ? s->env->limits.keep_timeout_ms : s->env->limits.timeout_ms;
}

static void no_tls(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx, (void)session, (void)r; /* nobody asks for it in the midst of HTTP */
}

static void close_session(void *session)
{
    struct http_session *s = session;
    http_live_end(s, &s->live);
    h2_close(s->h2);
    http_meter_session(session, -1);
}

const struct engine http_engine = {
    .name = "http",
    .session_bytes = sizeof(struct http_session),
    .request_max = (size_t)HTTP_BODY_MAX * 2 + HTTP_HEAD_MAX + 2 * HTTP_CHUNK_OVERHEAD_MAX,
    .open = open_session,
    .frame = frame,
    .run = run,
    .more = more,
    .wake = wake,
    .wake_ms = wake_ms,
    .tls = no_tls,
    .too_long = too_long,
    .timeout = timeout,
    .shutdown = shutdown,
    .timeout_ms = timeout_ms,
    .close = close_session,
};
