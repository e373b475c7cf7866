/* What was asked and answered: counters, and a line of the access log for each request. */
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metric.h"
#include "proto/http/session.h"
#include <stdatomic.h>

/* Rows that no site has: what the router answers itself, and what is refused before it. */
static const char *const own_names[] = {"none", "redirect", "options", "refused"};
enum { OWN = sizeof own_names / sizeof *own_names, CLASSES = 6, ROUTES_MAX = 128 };

struct row_meter {
    const char *name;
    struct metric *count[CLASSES], *took;
};

struct http_meter {
    struct row_meter rows[ROUTES_MAX];
    size_t count;
    struct metric *sessions, *live, *held;
    atomic_size_t bodies; /* of HTTP/2, in memory now */
};

static void add_row(struct http_meter *x, struct metrics *m, const char *name)
{
    char labels[96];
    for (size_t i = 0; i < x->count; i++)
        if (strcmp(x->rows[i].name, name) == 0)
            return;
    must(x->count < ROUTES_MAX);
    struct row_meter *row = &x->rows[x->count++];
    row->name = name;
    for (int i = 1; i < CLASSES; i++) {
        snprintf(labels, sizeof labels, "route=\"%s\",status=\"%dxx\"", name, i);
        row->count[i] = metric_of(m, METRIC_COUNTER, "postroad_http_requests_total", labels,
                                  "HTTP requests by row of the router and class of status.");
    }
    snprintf(labels, sizeof labels, "route=\"%s\"", name);
    row->took = metric_of(m, METRIC_SECONDS, "postroad_http_request_seconds", labels,
                          "Time that HTTP requests took in the engine.");
}

const struct http_limits http_limits_default = {
    .timeout_ms = 30 * 1000,
    .keep_timeout_ms = 60 * 1000,
    .hsts_s = 365 * 24 * 3600,
    .bodies_bytes = (size_t)256 * 1024 * 1024,
};

void http_env_open(struct http_env *e)
{
    struct http_meter *x = calloc(1, sizeof *x);
    must(x);
    for (size_t i = 0; i < OWN; i++)
        add_row(x, e->metrics, own_names[i]);
    for (size_t i = 0; i < e->site_count; i++)
        for (const struct http_route *r = e->sites[i].rows; r->name; r++)
            add_row(x, e->metrics, r->name);
    x->sessions =
        metric_of(e->metrics, METRIC_GAUGE, "postroad_http_sessions", "", "Open HTTP sessions.");
    x->live = metric_of(e->metrics, METRIC_GAUGE, "postroad_http_streams", "",
                        "Answers that go on: event streams, WebSockets.");
    x->held = metric_of(e->metrics, METRIC_GAUGE, "postroad_http_bodies_bytes", "",
                        "Bytes of bodies that come by HTTP/2.");
    e->meter = x;
}

void http_env_close(struct http_env *e)
{
    free(e->meter);
    e->meter = NULL;
}

bool http_bodies_take(const struct http_session *s, size_t n)
{
    struct http_meter *x = s->env->meter;
    size_t before = atomic_fetch_add_explicit(&x->bodies, n, memory_order_relaxed);
    bool fits = before <= s->env->limits.bodies_bytes && n <= s->env->limits.bodies_bytes - before;
    if (!fits)
        atomic_fetch_sub_explicit(&x->bodies, n, memory_order_relaxed);
    else
        metric_add(x->held, (int64_t)n);
    return fits;
}

void http_bodies_give(const struct http_session *s, size_t n)
{
    atomic_fetch_sub_explicit(&s->env->meter->bodies, n, memory_order_relaxed);
    metric_add(s->env->meter->held, -(int64_t)n);
}

void http_meter_session(const struct http_session *s, int change)
{
    metric_add(s->env->meter->sessions, change);
}

static const struct row_meter *row_of(const struct http_meter *x, const char *name)
{
    for (size_t i = 0; i < x->count; i++)
        if (strcmp(x->rows[i].name, name) == 0)
            return &x->rows[i];
    return &x->rows[0];
}

void http_meter_request(struct ctx *cx, const struct http_session *s, const struct http_event *e)
{
    const char *route = e->route ? e->route : "refused";
    const struct row_meter *row = row_of(s->env->meter, route);
    metric_add(row->count[e->status / 100 % CLASSES], 1);
    metric_observe_us(row->took, e->took_us);
    if (!log_wants(s->env->log, LOG_INFO))
        return;
    log_event(s->env->log, LOG_INFO, "http.request",
              "id=%llu peer=%.*s role=%.*s route=%s method=%s path=%s status=%u bytes=%zu us=%lld",
              (unsigned long long)s->peer->id, STR_ARG(s->peer->address), STR_ARG(s->peer->role),
              route, log_quote(cx->arena, e->method), log_quote(cx->arena, e->path), e->status,
              e->bytes, (long long)e->took_us);
}

void http_live_begin(const struct http_session *s, struct http_response *a, const char *route,
                     struct http_live *live)
{
    *live = (struct http_live){.ops = a->live,
                               .self = a->live_self,
                               .route = route,
                               .bytes = a->body.bytes,
                               .since_ms = clock_mono_ms()};
    a->live = NULL;
    metric_add(s->env->meter->live, 1);
}

void http_live_end(const struct http_session *s, struct http_live *live)
{
    if (!live->ops)
        return;
    metric_add(s->env->meter->live, -1);
    log_event(s->env->log, LOG_INFO, "http.stream",
              "id=%llu peer=%.*s route=%s bytes=%ju seconds=%jd", (unsigned long long)s->peer->id,
              STR_ARG(s->peer->address), live->route, (uintmax_t)live->bytes,
              (intmax_t)((clock_mono_ms() - live->since_ms) / 1000));
    live->ops->close(live->self);
    live->ops = NULL;
}
