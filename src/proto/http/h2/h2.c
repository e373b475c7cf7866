#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "proto/http/h2/inner.h"
#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <sys/uio.h>

enum { PIECES = 8 };

static struct h2_stream *stream_of(const struct h2 *h, int32_t id)
{
    return nghttp2_session_get_stream_user_data(h->session, id);
}

bool h2_bodies_take(struct h2 *h, size_t n)
{
    if (n > H2_BODIES_MAX - h->bodies || !http_bodies_take(h->s, n))
        return false;
    h->bodies += n;
    return true;
}

void h2_bodies_give(struct h2 *h, size_t n)
{
    h->bodies -= n;
    http_bodies_give(h->s, n);
}

static void stream_free(struct h2 *h, struct h2_stream *st)
{
    struct h2_stream **at = &h->streams;
    while (*at != st)
        at = &(*at)->next;
    *at = st->next;
    h->stream_count--;
    rope_drop(&st->out);
    h2_live_drop(h, st);
    h2_bodies_give(h, st->body.n);
    arena_close(st->arena);
    free(st);
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct h2 *h = user;
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0; /* trailers */
    struct arena *a = arena_open();
    struct h2_stream *st = calloc(1, sizeof *st);
    must(st);
    st->arena = a;
    st->head = ARENA_NEW(a, struct http_head);
    st->id = frame->hd.stream_id;
    st->out = rope_of(a);
    st->body = buf_of(a, HTTP_BODY_MAX);
    st->next = h->streams;
    h->streams = st;
    h->stream_count++;
    return nghttp2_session_set_stream_user_data(session, st->id, st);
}

static void pseudo_field(struct h2_stream *st, struct str name, struct str value)
{
    if (str_eq(name, STR(":method")))
        st->head->method = value;
    else if (str_eq(name, STR(":path")))
        st->head->target = value;
    else if (str_eq(name, STR(":authority")))
        st->authority = value;
    else if (str_eq(name, STR(":protocol")))
        st->protocol = value;
}

/* nghttp2 has looked at the grammar, and that pseudo fields come first and once. */
static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_n, const uint8_t *value, size_t value_n, uint8_t flags, void *user)
{
    struct h2 *h = user;
    struct h2_stream *st = stream_of(h, frame->hd.stream_id);
    (void)session, (void)flags;
    if (!st || !st->head || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    st->head_bytes += name_n + value_n;
    if (st->head_bytes > HTTP_HEAD_MAX || st->head->field_count == HTTP_FIELDS_MAX) {
        st->fault = (struct http_fault){431, "the fields are too long, or too many"};
        return 0;
    }
    struct http_field f = {str_dup(st->arena, str_of(name, name_n)),
                           str_dup(st->arena, str_of(value, value_n))};
    if (str_starts(f.name, STR(":")))
        pseudo_field(st, f.name, f.value);
    else
        st->head->fields[st->head->field_count++] = f;
    return 0;
}

/* What is left of the answer, up to n bytes. Pieces may lie in blobs, so they are copied here and
   nowhere else. */
static ssize_t read_answer(nghttp2_session *session, int32_t id, uint8_t *to, size_t n,
                           uint32_t *flags, nghttp2_data_source *source, void *user)
{
    struct h2_stream *st = source->ptr;
    struct iovec pieces[PIECES];
    size_t done = 0;
    (void)session, (void)id, (void)user;
    if (st->live.ops && !st->out.bytes && !st->ended)
        return NGHTTP2_ERR_DEFERRED;
    while (done < n && st->out.bytes) {
        (void)rope_iovec(&st->out, pieces, 1);
        size_t part = pieces[0].iov_len < n - done ? pieces[0].iov_len : n - done;
        memcpy(to + done, pieces[0].iov_base, part);
        rope_eat(&st->out, part);
        done += part;
    }
    if (!st->out.bytes && st->live.ops && st->arena)
        h2_live_sent(st);
    if (!st->out.bytes && (!st->live.ops || st->ended))
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)done;
}

static nghttp2_nv pair_of(struct arena *a, struct str name, struct str value)
{
    struct str low = str_lower(a, name), copy = str_dup(a, value);
    return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)low.p,
                        .namelen = low.n,
                        .value = (uint8_t *)(uintptr_t)copy.p,
                        .valuelen = copy.n,
                        .flags = NGHTTP2_NV_FLAG_NONE};
}

static void submit(struct h2 *h, struct h2_stream *st, struct http_response *a)
{
    struct http_field fields[HTTP_WRITTEN_FIELDS_MAX];
    nghttp2_nv pairs[HTTP_WRITTEN_FIELDS_MAX + 1];
    bool bare = str_eq(st->head->method, STR("HEAD"));
    size_t count = http_answer_fields(st->arena, h->s->env, a, h->cx->now_ms, true, fields);
    pairs[0] = pair_of(st->arena, STR(":status"), str_printf(st->arena, "%u", a->status));
    for (size_t i = 0; i < count; i++)
        pairs[i + 1] = pair_of(st->arena, fields[i].name, fields[i].value);
    st->event.status = a->status;
    st->event.bytes = bare ? 0 : a->body.bytes;
    if (bare)
        rope_drop(&a->body);
    st->out = a->body;
    st->answered = true;
    nghttp2_data_provider data = {.source = {.ptr = st}, .read_callback = read_answer};
    (void)nghttp2_submit_response(h->session, st->id, pairs, count + 1,
                                  st->out.bytes || a->live ? &data : NULL);
    http_meter_request(h->cx, h->s, &st->event);
    if (a->live)
        h2_live_begin(h, st, a);
}

/* CONNECT without a protocol is a proxy's. */
static unsigned method_of(const struct h2_stream *st)
{
    if (str_eq(st->head->method, STR("CONNECT")))
        return st->protocol.n ? HTTP_CONNECT : 0;
    return http_method_of(st->head->method);
}

static struct http_request request_of(const struct h2 *h, struct h2_stream *st)
{
    return (struct http_request){
        .method = method_of(st),
        .name = st->head->method,
        .path = st->head->path,
        .query = st->head->query,
        .host = st->head->host,
        .port = st->head->port,
        .body = buf_str(&st->body),
        .protocol = st->protocol,
        .fields = st->head->fields,
        .field_count = st->head->field_count,
        .peer = h->s->peer,
        .secure = true,
    };
}

/* Answers lie in the stream's arena, since the client may take its time to read them. */
static void run_stream(struct h2 *h, struct h2_stream *st)
{
    struct ctx cx = *h->cx;
    struct http_response a = {.body = rope_of(st->arena)};
    struct http_request q = request_of(h, st);
    int64_t start_us = clock_mono_us();
    if (st->answered)
        return;
    cx.arena = st->arena;
    st->event.method = st->head->method.n ? st->head->method : STR("-");
    st->event.path = st->head->path.n ? st->head->path : STR("-");
    if (st->fault.status)
        http_answer_fault(&cx, &a, st->fault.status, st->fault.why);
    else
        st->event.route = http_route_run(&cx, h->s->env, &q, &a);
    if (a.again) {
        st->waits = h->waits = true;
        return;
    }
    if (a.delay_ms > h->delay_ms)
        h->delay_ms = a.delay_ms;
    st->event.took_us = clock_mono_us() - start_us;
    submit(h, st, &a);
    if (++h->requests == H2_REQUESTS_MAX) /* what began is finished, nothing new begins */
        (void)nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE,
                                    nghttp2_session_get_last_proc_stream_id(h->session),
                                    NGHTTP2_NO_ERROR, NULL, 0);
    h->control =
        h->control + H2_CONTROL_EACH < H2_CONTROL ? h->control + H2_CONTROL_EACH : H2_CONTROL;
}

/* A body that nobody wants, or that is too large, is not waited for. */
static void answer_early(struct h2 *h, struct h2_stream *st, struct http_fault fault)
{
    if (fault.status)
        st->fault = fault;
    run_stream(h, st);
}

static void tell_to_go_on(struct h2 *h, struct h2_stream *st)
{
    const nghttp2_nv status = pair_of(st->arena, STR(":status"), STR("100"));
    (void)nghttp2_submit_headers(h->session, NGHTTP2_FLAG_NONE, st->id, NULL, &status, 1, NULL);
}

/* The head is whole; a body may follow. */
static void head_done(struct h2 *h, struct h2_stream *st, bool whole)
{
    const struct http_site *site;
    if (!st->fault.status)
        st->fault = http_head_check(st->head, st->authority);
    if (!st->fault.status)
        st->route = http_route_find(h->s->env, true, st->head->path, &site);
    bool connects = method_of(st) == HTTP_CONNECT; /* what follows is for what answers it */
    if (whole || connects)
        run_stream(h, st);
    else if (st->fault.status || !http_route_takes(st->route, st->head))
        answer_early(h, st, st->fault);
    else if (st->head->length > st->route->body_max)
        answer_early(h, st, (struct http_fault){413, "the body is too large for this address"});
    else if (st->head->expects)
        tell_to_go_on(h, st);
}

/* Who listens to a WebSocket and says no more hears no more. */
static void heard_all(struct h2 *h, struct h2_stream *st)
{
    if (!st->live.ops) {
        run_stream(h, st);
    } else if (st->live.ops->frame && !st->ended) {
        st->ended = true;
        h2_resume(h, st);
    }
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct h2 *h = user;
    struct h2_stream *st = stream_of(h, frame->hd.stream_id);
    bool whole = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    (void)session;
    if (!st)
        return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        head_done(h, st, whole);
    else if ((frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) && whole)
        heard_all(h, st);
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
                   size_t n, void *user)
{
    struct h2 *h = user;
    struct h2_stream *st = stream_of(h, id);
    (void)flags;
    if (st && st->live.ops) { /* room for more is given back once it was taken */
        (void)nghttp2_session_consume_connection(session, n);
        if (!h2_live_heard(h, st, str_of(data, n)))
            (void)nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id,
                                            NGHTTP2_ENHANCE_YOUR_CALM);
        return 0;
    }
    (void)nghttp2_session_consume(session, id, n);
    if (!st)
        return 0;
    if (st->answered) {
        st->unread += n;
        if (st->unread > H2_WINDOW) /* the answer was there; RFC 9113 section 8.1 */
            (void)nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
    } else if (n > st->route->body_max - st->body.n) {
        answer_early(h, st, (struct http_fault){413, "the body is too large for this address"});
    } else if (!h2_bodies_take(h, n)) {
        answer_early(h, st, (struct http_fault){503, "too many large bodies at a time"});
    } else {
        buf_add(&st->body, str_of(data, n));
    }
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t error, void *user)
{
    struct h2 *h = user;
    struct h2_stream *st = stream_of(h, id);
    (void)session, (void)error;
    if (st)
        stream_free(h, st);
    return 0;
}

/* Frames that cost us and bring nobody further are bounded: PING, SETTINGS, PRIORITY, WINDOW_UPDATE
   while nothing is being sent, empty DATA, what we do not know. */
static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd, void *user)
{
    struct h2 *h = user;
    bool useful = hd->type == NGHTTP2_HEADERS || (hd->type == NGHTTP2_DATA && hd->length) ||
                  (hd->flags & NGHTTP2_FLAG_END_STREAM && hd->type == NGHTTP2_DATA) ||
                  (hd->type == NGHTTP2_WINDOW_UPDATE && h->stream_count);
    if (useful || h->over || --h->control)
        return 0;
    h->over = true;
    log_event(h->s->env->log, LOG_WARN, "http.flood", "id=%llu peer=%.*s",
              (unsigned long long)h->s->peer->id, STR_ARG(h->s->peer->address));
    return nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM);
}

static nghttp2_session_callbacks *callbacks_make(void)
{
    nghttp2_session_callbacks *c;
    must(nghttp2_session_callbacks_new(&c) == 0);
    nghttp2_session_callbacks_set_on_begin_headers_callback(c, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(c, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(c, on_frame_recv);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(c, on_stream_close);
    nghttp2_session_callbacks_set_on_begin_frame_callback(c, on_begin_frame);
    return c;
}

static nghttp2_option *options_make(void)
{
    nghttp2_option *o;
    must(nghttp2_option_new(&o) == 0);
    nghttp2_option_set_stream_reset_rate_limit(o, H2_RESETS, H2_RESETS_S);
    nghttp2_option_set_max_continuations(o, H2_CONTINUATIONS_MAX);
    nghttp2_option_set_max_settings(o, H2_SETTINGS_MAX);
    nghttp2_option_set_max_outbound_ack(o, H2_ACKS_MAX);
    nghttp2_option_set_no_closed_streams(o, 1);
    nghttp2_option_set_no_auto_window_update(o, 1);
    return o;
}

struct h2 *h2_open(struct http_session *s)
{
    static const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, H2_STREAMS_MAX},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, H2_WINDOW},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HTTP_HEAD_MAX},
        {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1}, /* RFC 8441 section 3 */
    };
    struct h2 *h = calloc(1, sizeof *h);
    nghttp2_session_callbacks *callbacks = callbacks_make();
    nghttp2_option *options = options_make();
    must(h);
    h->s = s;
    h->control = H2_CONTROL;
    must(nghttp2_session_server_new2(&h->session, callbacks, h, options) == 0);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(options);
    must(nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings,
                                 sizeof settings / sizeof *settings) == 0);
    must(nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, 0, H2_WINDOW) == 0);
    return h;
}

void h2_close(struct h2 *h)
{
    if (!h)
        return;
    while (h->streams)
        stream_free(h, h->streams);
    nghttp2_session_del(h->session);
    free(h);
}

/* A part of what is to be said; the rest waits until it was written. */
static void send_some(struct h2 *h, struct reply *r)
{
    const uint8_t *p;
    ssize_t n = 0;
    do {
        while (r->out.bytes < H2_PART && (n = nghttp2_session_mem_send(h->session, &p)) > 0)
            rope_put(&r->out, str_of(p, (size_t)n));
        r->more = n > 0;
    } while (!r->more && n == 0 && h->live_count && h2_live_pump(h));
    bool ended = n < 0 || (!nghttp2_session_want_read(h->session) &&
                           !nghttp2_session_want_write(h->session));
    bool last = h->over || h->requests >= H2_REQUESTS_MAX;
    r->close = !r->more && (ended || (last && !h->stream_count));
}

void h2_resume(struct h2 *h, const struct h2_stream *st)
{
    (void)nghttp2_session_resume_data(h->session, st->id);
}

void h2_reset(struct h2 *h, const struct h2_stream *st)
{
    (void)nghttp2_submit_rst_stream(h->session, NGHTTP2_FLAG_NONE, st->id, NGHTTP2_NO_ERROR);
}

void h2_give_room(struct h2 *h, const struct h2_stream *st, size_t n)
{
    (void)nghttp2_session_consume_stream(h->session, st->id, n);
}

/* In the slow lane: the same call again, whose bytes were taken the first time. */
static ssize_t run_waiting(struct h2 *h)
{
    h->waits = false;
    for (struct h2_stream *st = h->streams; st; st = st->next)
        if (st->waits) {
            st->waits = false;
            run_stream(h, st);
        }
    return 0;
}

void h2_take(struct ctx *cx, struct h2 *h, struct str in, struct reply *r)
{
    h->cx = cx;
    ssize_t n = h->waits ? run_waiting(h)
                         : nghttp2_session_mem_recv(h->session, (const uint8_t *)in.p, in.n);
    if (n < 0) {
        h->waits = false;
        log_event(h->s->env->log, LOG_INFO, "http.broken", "id=%llu peer=%.*s why=%s",
                  (unsigned long long)h->s->peer->id, STR_ARG(h->s->peer->address),
                  log_quote(cx->arena, str_z(nghttp2_strerror((int)n))));
        (void)nghttp2_session_terminate_session(h->session, n == NGHTTP2_ERR_FLOODED
                                                                ? NGHTTP2_ENHANCE_YOUR_CALM
                                                                : NGHTTP2_PROTOCOL_ERROR);
        h->over = true;
    }
    r->slow = h->waits;
    if (!r->slow) {
        send_some(h, r);
        r->close |= n < 0 && !r->more;
        r->delay_ms = h->delay_ms;
        h->delay_ms = 0;
    }
    h->cx = NULL;
}

void h2_more(struct ctx *cx, struct h2 *h, struct reply *r)
{
    h->cx = cx;
    send_some(h, r);
    h->cx = NULL;
}

void h2_wake(struct ctx *cx, struct h2 *h, struct reply *r)
{
    h->cx = cx;
    h2_live_wake(h);
    send_some(h, r);
    h->cx = NULL;
}

uint32_t h2_wake_ms(const struct h2 *h)
{
    uint32_t least = 0;
    for (const struct h2_stream *st = h->live_count ? h->streams : NULL; st; st = st->next)
        if (st->live.ops)
            least = http_live_sooner(least, st->live.ops->wake_ms(st->live.self));
    return least;
}

bool h2_only_listens(const struct h2 *h)
{
    return h->live_count && h->live_count == h->stream_count;
}

void h2_goodbye(struct ctx *cx, struct h2 *h, struct reply *r)
{
    h->cx = cx;
    if (h->live_count) {
        h2_live_goodbye(h);
        send_some(h, r);
    }
    (void)nghttp2_session_terminate_session(h->session, NGHTTP2_NO_ERROR);
    send_some(h, r);
    r->more = false;
    r->close = true;
    h->cx = NULL;
}

bool h2_is_idle(const struct h2 *h)
{
    return h->stream_count == 0;
}
