#include "server/metrics_http.h"
#include "base/cur.h"
#include "base/metric.h"
#include "server/server.h"

enum { REQUEST_MAX = 8192, PAGE_MAX = 16 * 1024 * 1024, TIMEOUT_MS = 30000 };

struct metrics_session {
    struct server *server;
};

static void metrics_open_session(struct ctx *cx, void *session, void *env, const struct peer *peer,
                                 struct reply *r)
{
    (void)cx, (void)peer, (void)r;
    struct metrics_session *s = session;
    s->server = env;
}

static struct framing metrics_frame(void *session, struct str in, size_t seen)
{
    (void)session;
    size_t from = seen > 3 ? seen - 3 : 0;
    size_t end = str_find(str_from(in, from), STR("\r\n\r\n"));
    if (end == SIZE_MAX)
        return (struct framing){.what = FRAME_MORE};
    return (struct framing){.what = FRAME_REQUEST, .n = from + end + 4};
}

static void answer(struct reply *r, const char *status, struct str type, struct str body, bool head)
{
    rope_printf(&r->out,
                "HTTP/1.1 %s\r\nContent-Type: %.*s\r\nContent-Length: %zu\r\n"
                "Cache-Control: no-store\r\nConnection: close\r\n\r\n",
                status, STR_ARG(type), body.n);
    if (!head)
        rope_ref(&r->out, body);
    r->close = true;
}

static void run_page(struct ctx *cx, struct server *server, struct str path, bool head,
                     struct reply *r)
{
    static const struct str text = {"text/plain; charset=utf-8", 25};
    if (str_eq(path, STR("/metrics"))) {
        struct buf page = buf_of(cx->arena, PAGE_MAX);
        metrics_print(server->metrics, &page);
        answer(r, "200 OK", STR("text/plain; version=0.0.4; charset=utf-8"), buf_str(&page), head);
    } else if (str_eq(path, STR("/health"))) {
        answer(r, "200 OK", text, STR("ok\n"), head);
    } else if (str_eq(path, STR("/ready"))) {
        if (store_is_healthy(server->store))
            answer(r, "200 OK", text, STR("ready\n"), head);
        else
            answer(r, "503 Service Unavailable", text,
                   STR("the store stopped after a write error; see the log\n"), head);
    } else {
        answer(r, "404 Not Found", text, STR("here are /metrics, /health and /ready\n"), head);
    }
}

static void metrics_run(struct ctx *cx, void *session, struct str request, struct reply *r)
{
    struct metrics_session *s = session;
    struct cur c = cur_of(request);
    struct str path;
    bool head = cur_text(&c, STR("HEAD "));
    if ((!head && !cur_text(&c, STR("GET "))) || !cur_until(&c, ' ', &path)) {
        answer(r, "405 Method Not Allowed", STR("text/plain"), STR("GET or HEAD\n"), false);
        return;
    }
    size_t query = str_chr(path, '?');
    run_page(cx, s->server, str_sub(path, 0, query), head, r);
}

static void metrics_too_long(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx, (void)session;
    answer(r, "431 Request Header Fields Too Large", STR("text/plain"), STR("too long\n"), false);
}

static void metrics_quiet(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx, (void)session;
    r->close = true;
}

static uint32_t metrics_timeout_ms(const void *session)
{
    (void)session;
    return TIMEOUT_MS;
}

static void metrics_close_session(void *session)
{
    (void)session;
}

const struct engine metrics_engine = {
    .name = "metrics",
    .session_bytes = sizeof(struct metrics_session),
    .request_max = REQUEST_MAX,
    .open = metrics_open_session,
    .frame = metrics_frame,
    .run = metrics_run,
    .too_long = metrics_too_long,
    .timeout = metrics_quiet,
    .shutdown = metrics_quiet,
    .timeout_ms = metrics_timeout_ms,
    .close = metrics_close_session,
};
