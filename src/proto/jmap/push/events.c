/* The event stream (RFC 8620 section 7.3), as browsers read it (WHATWG HTML, server-sent events).
 */
#include "base/engine.h"
#include "format/uri/percent.h"
#include "proto/http/live.h"
#include "proto/jmap/push/push.h"
#include <stdlib.h>

enum { PING_MIN_S = 10, PING_MAX_S = 900 };

struct events {
    struct jmap_push push;
    bool close_after; /* "closeafter=state" */
    uint32_t ping_s;  /* 0: none were asked for */
    int64_t said_ms;
};

/* "id" lets the client go on where it was, should the connection end. */
static void say_state(struct ctx *cx, struct events *e, struct str changed, struct http_part *part)
{
    struct str id = jmap_watched_id(cx->arena, e->push.watched);
    rope_printf(&part->out, "event: state\nid: %.*s\n", STR_ARG(id));
    rope_printf(&part->out, "data: {\"@type\":\"StateChange\",\"changed\":%.*s}\n\n",
                STR_ARG(changed));
    e->said_ms = cx->now_ms;
    part->end = e->close_after;
}

/* A comment is no event, but finds out that nobody is there. */
static void say_alive(struct ctx *cx, struct events *e, struct http_part *part)
{
    int64_t silent_ms = cx->now_ms - e->said_ms;
    if (e->ping_s && silent_ms >= (int64_t)e->ping_s * 1000)
        rope_printf(&part->out, "event: ping\ndata: {\"interval\":%u}\n\n", e->ping_s);
    else if (silent_ms >= JMAP_PUSH_ALIVE_MS)
        rope_ref(&part->out, STR(":\n\n"));
    if (part->out.bytes || silent_ms < 0)
        e->said_ms = cx->now_ms;
}

static void wake(struct ctx *cx, void *self, struct http_part *part)
{
    struct events *e = self;
    struct str changed;
    if (jmap_push_look(cx, &e->push, &changed) != OK)
        part->end = true; /* who is there still comes again, and is told why not if need be */
    else if (changed.n)
        say_state(cx, e, changed, part);
    else
        say_alive(cx, e, part);
}

static uint32_t wake_ms(const void *self)
{
    const struct events *e = self;
    uint32_t ms = jmap_push_wake_ms(&e->push);
    return e->ping_s && e->ping_s * 1000 < ms ? e->ping_s * 1000 : ms;
}

static void goodbye(struct ctx *cx, void *self, struct http_part *part)
{
    (void)cx, (void)self;
    part->end = true;
}

static void close_events(void *self)
{
    struct events *e = self;
    jmap_push_end(&e->push);
    jmap_person_drop(&e->push.person);
    free(e);
}

static const struct http_live_ops ops = {
    .wake = wake, .wake_ms = wake_ms, .goodbye = goodbye, .close = close_events};

/* What the URL asks for; what is not there has a default. NULL, or what is wrong. */
static const char *ask(struct ctx *cx, const struct http_request *q, struct events *e)
{
    struct str value;
    uint64_t ping;
    e->push.types = jmap_types_all();
    if (percent_query(cx->arena, q->query, STR("types"), &value))
        e->push.types = jmap_types_read(value);
    if (percent_query(cx->arena, q->query, STR("closeafter"), &value)) {
        e->close_after = str_eq(value, STR("state"));
        if (!e->close_after && !str_eq(value, STR("no")))
            return "closeafter is \"state\" or \"no\"";
    }
    if (percent_query(cx->arena, q->query, STR("ping"), &value)) {
        if (!str_u64(value, &ping))
            return "ping is a number of seconds";
        e->ping_s = ping > PING_MAX_S ? PING_MAX_S : (uint32_t)ping;
        if (e->ping_s && e->ping_s < PING_MIN_S)
            e->ping_s = PING_MIN_S;
    }
    return NULL;
}

enum code jmap_events(struct ctx *cx, void *self, const struct http_request *q,
                      struct http_response *a)
{
    struct events asked = {.push = {.env = self}, .said_ms = cx->now_ms};
    struct str since = {0};
    const char *why = ask(cx, q, &asked);
    if (why)
        return fail(cx, E_SYNTAX, "%s", why);
    a->type = STR("text/event-stream");
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
    if (q->method == HTTP_HEAD)
        return OK;
    (void)http_field_of(q, STR("Last-Event-ID"), &since);
    TRY(jmap_person_keep(cx, self, q, &asked.push.person));
    struct events *e = malloc(sizeof *e);
    must(e);
    *e = asked;
    a->live = &ops;
    a->live_self = e;
    TRY(jmap_push_begin(cx, &e->push, q->peer->waker, e->push.types, since));
    struct http_part first = {.out = rope_of(a->body.arena)}; /* what changed since it left */
    wake(cx, e, &first);
    rope_join(&a->body, &first.out);
    if (first.end) {
        a->live = NULL;
        close_events(e);
    }
    return OK;
}
