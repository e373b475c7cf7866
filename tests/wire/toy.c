#include "toy.h"
#include "base/arena.h"
#include "base/cur.h"
#include "base/random.h"
#include <pthread.h>

enum { REQUEST_MAX = 64 * 1024, TIMEOUT_MS = 60000, WORD_MAX = 100 };

struct toy_world {
    char said[WORD_MAX]; /* the last "@ say" line */
};

struct toy {
    const struct peer *peer;
    const struct toy_world *world;
    int64_t opened_at_ms;
    pthread_t ringer;
    bool has_ringer, told;
    uint32_t lines_left;
};

static void put_line(struct reply *r, struct str text)
{
    rope_put(&r->out, text);
    rope_put(&r->out, STR("\r\n"));
}

static void toy_opened(struct ctx *cx, void *session, void *env, const struct peer *peer,
                       struct reply *r)
{
    struct toy *t = session;
    t->peer = peer;
    t->world = env;
    t->opened_at_ms = cx->now_ms;
    rope_printf(&r->out, "hello %.*s\r\n", STR_ARG(peer->role));
}

/* "LITERAL {5}" CRLF, then five bytes and CRLF. False: no literal. */
static bool literal_of(struct str line, uint32_t *n)
{
    struct cur c = cur_of(line);
    return cur_text(&c, STR("LITERAL {")) && cur_u32(&c, n) && cur_text(&c, STR("}"));
}

static struct framing toy_frame(void *session, struct str in, size_t seen)
{
    struct toy *t = session;
    size_t end = str_find(in, STR("\r\n"));
    uint32_t literal;
    (void)seen;
    if (end == SIZE_MAX)
        return (struct framing){.what = FRAME_MORE};
    if (!literal_of(str_sub(in, 0, end), &literal))
        return (struct framing){.what = FRAME_REQUEST, .n = end + 2};
    size_t whole = end + 2 + literal + 2;
    if (in.n >= whole)
        return (struct framing){.what = FRAME_REQUEST, .n = whole};
    if (t->told)
        return (struct framing){.what = FRAME_MORE, .n = whole};
    t->told = true;
    return (struct framing){.what = FRAME_TELL, .n = whole, .tell = STR("+ go\r\n")};
}

static struct framing faulty_frame(void *session, struct str in, size_t seen)
{
    (void)session;
    size_t end = str_find(str_from(in, seen), STR("\r\n"));
    if (end == SIZE_MAX)
        return (struct framing){.what = FRAME_MORE};
    return (struct framing){.what = FRAME_REQUEST, .n = seen + end + 2};
}

static void *ring_from_thread(void *waker)
{
    waker_ring(waker);
    return NULL;
}

static void ring(struct toy *t, struct reply *r)
{
    if (t->has_ringer)
        pthread_join(t->ringer, NULL);
    t->has_ringer = pthread_create(&t->ringer, NULL, ring_from_thread, t->peer->waker) == 0;
    put_line(r, STR("will ring"));
}

static void toy_more(struct ctx *cx, void *session, struct reply *r)
{
    struct toy *t = session;
    (void)cx;
    rope_printf(&r->out, "line %u\r\n", t->lines_left);
    r->more = --t->lines_left > 0;
}

static void answer_session(struct ctx *cx, struct toy *t, struct str line, struct reply *r)
{
    const struct tls_facts *tls = t->peer->tls;
    if (str_eq(line, STR("TIME")))
        rope_printf(&r->out, "%lld ms\r\n", (long long)(cx->now_ms - t->opened_at_ms));
    else if (str_eq(line, STR("RANDOM")))
        rope_printf(&r->out, "%016llx\r\n", (unsigned long long)random_u64(cx->random));
    else if (str_eq(line, STR("ADDRESS")))
        put_line(r, t->peer->address);
    else if (str_eq(line, STR("WORLD")))
        put_line(r, str_z(t->world->said));
    else if (str_eq(line, STR("TLS")))
        put_line(r, tls ? tls->version : STR("none"));
    else
        put_line(r, STR("what?"));
}

static void answer(struct ctx *cx, struct toy *t, struct str line, struct reply *r)
{
    struct cur c = cur_of(line);
    if (cur_text(&c, STR("ECHO "))) {
        put_line(r, c.rest);
    } else if (cur_text(&c, STR("LINES ")) && cur_u32(&c, &t->lines_left)) {
        r->more = t->lines_left > 0;
    } else if (str_eq(line, STR("STARTTLS"))) {
        put_line(r, STR("ready"));
        r->start_tls = true;
    } else if (str_eq(line, STR("SLOW"))) {
        put_line(r, cx->slow ? STR("slow") : STR("not to be seen"));
        r->slow = !cx->slow;
    } else if (str_eq(line, STR("DELAY"))) {
        put_line(r, STR("late"));
        r->delay_ms = 1500;
    } else if (str_eq(line, STR("RING"))) {
        ring(t, r);
    } else if (str_eq(line, STR("QUIT"))) {
        put_line(r, STR("bye"));
        r->close = true;
    } else {
        answer_session(cx, t, line, r);
    }
}

static void toy_run(struct ctx *cx, void *session, struct str request, struct reply *r)
{
    struct toy *t = session;
    struct cur c = cur_of(request);
    struct str line;
    uint32_t literal;
    must(cur_line(&c, &line));
    if (!literal_of(line, &literal)) {
        answer(cx, t, line, r);
        return;
    }
    t->told = false;
    rope_printf(&r->out, "got %u: %.*s\r\n", literal, (int)literal, c.rest.p);
}

static void toy_wake(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx, (void)session;
    put_line(r, STR("* rung"));
}

static void toy_tls(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx, (void)session, (void)r;
}

static void toy_too_long(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx, (void)session;
    put_line(r, STR("too long"));
}

static void toy_timeout(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx, (void)session;
    put_line(r, STR("timeout"));
}

static void toy_shutdown(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx, (void)session;
    put_line(r, STR("shutdown"));
}

static uint32_t toy_timeout_ms(const void *session)
{
    (void)session;
    return TIMEOUT_MS;
}

static void toy_closed(void *session)
{
    struct toy *t = session;
    if (t->has_ringer)
        pthread_join(t->ringer, NULL);
}

static const struct engine toy_engine = {
    .name = "toy",
    .session_bytes = sizeof(struct toy),
    .request_max = REQUEST_MAX,
    .open = toy_opened,
    .frame = toy_frame,
    .run = toy_run,
    .more = toy_more,
    .wake = toy_wake,
    .tls = toy_tls,
    .too_long = toy_too_long,
    .timeout = toy_timeout,
    .shutdown = toy_shutdown,
    .timeout_ms = toy_timeout_ms,
    .close = toy_closed,
};

static const struct engine faulty_engine = {
    .name = "faulty",
    .session_bytes = sizeof(struct toy),
    .request_max = REQUEST_MAX,
    .open = toy_opened,
    .frame = faulty_frame,
    .run = toy_run,
    .more = toy_more,
    .tls = toy_tls,
    .too_long = toy_too_long,
    .timeout = toy_timeout,
    .shutdown = toy_shutdown,
    .timeout_ms = toy_timeout_ms,
    .close = toy_closed,
};

static void *world_open(struct ctx *cx)
{
    return ARENA_NEW(cx->arena, struct toy_world);
}

static void world_close(void *world)
{
    (void)world;
}

static void *world_env(void *world)
{
    return world;
}

static bool world_set(struct ctx *cx, void *world, struct str line)
{
    struct toy_world *w = world;
    struct cur c = cur_of(line);
    (void)cx;
    if (!cur_text(&c, STR("say ")) || c.rest.n >= WORD_MAX)
        return false;
    snprintf(w->said, sizeof w->said, "%.*s", STR_ARG(c.rest));
    return true;
}

const struct wire_fixture toy_fixture = {.engine = &toy_engine,
                                         .role = "toy",
                                         .open = world_open,
                                         .close = world_close,
                                         .env = world_env,
                                         .set = world_set};
const struct wire_fixture faulty_fixture = {.engine = &faulty_engine,
                                            .role = "toy",
                                            .open = world_open,
                                            .close = world_close,
                                            .env = world_env};
