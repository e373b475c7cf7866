#include "echo.h"
#include "base/cur.h"
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

/* cmocka.h wants the headers above */
#include <cmocka.h>

enum { LIMIT_MS = 10000 };

struct session {
    struct echo_env *env;
    const struct peer *peer;
    unsigned parts_left;
    unsigned owned;
    size_t told; /* the literal for which "+" was said */
};

uint64_t echo_hash(struct str s)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
    return h;
}

static void count(struct echo_env *env, unsigned *what)
{
    pthread_mutex_lock(&env->lock);
    (*what)++;
    pthread_cond_broadcast(&env->changed);
    pthread_mutex_unlock(&env->lock);
}

static void echo_open(struct ctx *cx, void *session, void *env, const struct peer *peer,
                      struct reply *r)
{
    (void)cx;
    struct session *s = session;
    s->env = env;
    s->peer = peer;
    pthread_mutex_lock(&s->env->lock);
    for (size_t i = 0; i < ECHO_SESSIONS_MAX; i++) {
        if (!s->env->wakers[i]) {
            s->env->wakers[i] = peer->waker;
            break;
        }
    }
    pthread_mutex_unlock(&s->env->lock);
    count(s->env, &s->env->opened);
    rope_put(&r->out, STR("hello\n"));
}

static struct framing echo_frame(void *session, struct str in, size_t seen)
{
    struct session *s = session;
    struct str line;
    struct cur c = cur_of(in);
    (void)seen;
    if (!cur_until(&c, '\n', &line))
        return (struct framing){FRAME_MORE, 0, {0}};
    size_t total = line.n + 1;
    uint64_t n;
    if (str_starts(line, STR("lit ")) && str_u64(str_from(line, 4), &n)) {
        total += (size_t)n;
        if (in.n < total && s->told != total) {
            s->told = total;
            return (struct framing){FRAME_TELL, total, STR("+\n")};
        }
        if (in.n < total)
            return (struct framing){FRAME_MORE, total, {0}};
    }
    s->told = 0;
    return (struct framing){FRAME_REQUEST, total, {0}};
}

static void big(struct ctx *cx, struct reply *r, size_t n)
{
    char *p = arena_alloc(cx->arena, n + 1);
    memset(p, 'x', n);
    p[n] = '\n';
    rope_ref(&r->out, str_of(p, n + 1));
}

static void release(void *owner)
{
    struct session *s = owner;
    s->owned--;
}

/* In pieces, so that some are released while others wait. */
static void own(struct ctx *cx, struct session *s, struct reply *r, size_t n)
{
    for (size_t left = n, piece; left; left -= piece) {
        piece = left < 10000 ? left : 10000;
        char *p = arena_alloc(cx->arena, piece);
        memset(p, 'o', piece);
        rope_own(&r->out, str_of(p, piece), release, s);
        s->owned++;
    }
    rope_own(&r->out, (struct str){0}, release, s); /* an empty piece is one, too */
    s->owned++;
    rope_put(&r->out, STR("\n"));
}

static void part(struct ctx *cx, struct session *s, struct reply *r)
{
    count(s->env, &s->env->parts);
    char *p = arena_alloc(cx->arena, ECHO_PART_BYTES);
    memset(p, 'p', ECHO_PART_BYTES);
    rope_ref(&r->out, str_of(p, ECHO_PART_BYTES));
    r->more = --s->parts_left > 0;
}

static void block(struct session *s)
{
    count(s->env, &s->env->blocked);
    pthread_mutex_lock(&s->env->lock);
    while (!s->env->unblocked)
        pthread_cond_wait(&s->env->changed, &s->env->lock);
    pthread_mutex_unlock(&s->env->lock);
}

static void facts(const struct session *s, struct reply *r)
{
    const struct tls_facts *f = s->peer->tls;
    if (!f) {
        rope_put(&r->out, STR("clear\n"));
        return;
    }
    rope_printf(&r->out, "%.*s %.*s %d %zu %016llx\n", STR_ARG(f->version), STR_ARG(f->server_name),
                f->has_exporter, f->unique_n,
                (unsigned long long)echo_hash(str_of(f->exporter, sizeof f->exporter)));
}

static void with_number(struct ctx *cx, struct session *s, struct str line, struct str rest,
                        struct reply *r)
{
    uint64_t n = 0;
    size_t space = str_chr(line, ' ');
    struct str word = str_sub(line, 0, space);
    if (space == SIZE_MAX || !str_u64(str_from(line, space + 1), &n))
        word = (struct str){0};
    if (str_eq(word, STR("lit"))) {
        rope_printf(&r->out, "lit %zu %016llx\n", rest.n, (unsigned long long)echo_hash(rest));
    } else if (str_eq(word, STR("delay"))) {
        count(s->env, &s->env->delayed);
        r->delay_ms = (uint32_t)n;
        rope_put(&r->out, STR("delayed\n"));
    } else if (str_eq(word, STR("big"))) {
        big(cx, r, (size_t)n);
    } else if (str_eq(word, STR("own"))) {
        own(cx, s, r, (size_t)n);
    } else if (str_eq(word, STR("parts"))) {
        s->parts_left = (unsigned)n;
        part(cx, s, r);
    } else {
        rope_ref(&r->out, str_of(line.p, line.n + 1)); /* the request outlives its answer */
    }
}

static void echo_run(struct ctx *cx, void *session, struct str request, struct reply *r)
{
    struct session *s = session;
    struct cur c = cur_of(request);
    struct str line;
    assert_true(cur_until(&c, '\n', &line));
    if (str_eq(line, STR("slow"))) {
        r->slow = !cx->slow;
        if (cx->slow)
            rope_put(&r->out, STR("slow\n"));
    } else if (str_eq(line, STR("tls"))) {
        rope_put(&r->out, STR("go\n"));
        r->start_tls = true;
    } else if (str_eq(line, STR("deflate"))) {
        rope_put(&r->out, STR("go\n"));
        r->start_deflate = true;
    } else if (str_eq(line, STR("block"))) {
        block(s);
        rope_put(&r->out, STR("unblocked\n"));
    } else if (str_eq(line, STR("tell"))) {
        rope_put(&r->out, STR("told\n"));
        r->tell(r);
        block(s);
        rope_put(&r->out, STR("unblocked\n"));
    } else if (str_eq(line, STR("wait"))) {
        ctx_waits(cx);
        block(s);
        rope_put(&r->out, STR("unblocked\n"));
    } else if (str_eq(line, STR("ends"))) {
        rope_printf(&r->out, "%.*s %u to %.*s %u\n", STR_ARG(s->peer->address), s->peer->port,
                    STR_ARG(s->peer->local_address), s->peer->local_port);
    } else if (str_eq(line, STR("facts"))) {
        facts(s, r);
    } else if (str_eq(line, STR("quit"))) {
        rope_put(&r->out, STR("bye\n"));
        r->close = true;
    } else {
        with_number(cx, s, line, c.rest, r);
    }
}

static void echo_more(struct ctx *cx, void *session, struct reply *r)
{
    part(cx, session, r);
}

static void echo_wake(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx;
    struct session *s = session;
    count(s->env, &s->env->wakes);
    rope_put(&r->out, STR("wake\n"));
}

static void echo_tls(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx;
    struct session *s = session;
    rope_printf(&r->out, "secured %.*s %.*s\n", STR_ARG(s->peer->tls->version),
                STR_ARG(s->peer->tls->server_name));
}

static void echo_too_long(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx, (void)session;
    rope_put(&r->out, STR("too long\n"));
}

static void echo_timeout(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx, (void)session;
    rope_put(&r->out, STR("timeout\n"));
}

static void echo_shutdown(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx, (void)session;
    rope_put(&r->out, STR("shutdown\n"));
}

static uint32_t echo_wake_ms(const void *session)
{
    const struct session *s = session;
    return s->env->wake_ms;
}

static uint32_t echo_timeout_ms(const void *session)
{
    const struct session *s = session;
    return s->env->timeout_ms ? s->env->timeout_ms : 60000;
}

static void echo_close(void *session)
{
    struct session *s = session;
    must(s->owned == 0);
    pthread_mutex_lock(&s->env->lock);
    for (size_t i = 0; i < ECHO_SESSIONS_MAX; i++)
        if (s->env->wakers[i] == s->peer->waker)
            s->env->wakers[i] = NULL;
    pthread_mutex_unlock(&s->env->lock);
    count(s->env, &s->env->closed);
}

const struct engine echo_engine = {
    .name = "echo",
    .session_bytes = sizeof(struct session),
    .request_max = 8 << 20,
    .open = echo_open,
    .frame = echo_frame,
    .run = echo_run,
    .more = echo_more,
    .wake = echo_wake,
    .wake_ms = echo_wake_ms,
    .tls = echo_tls,
    .too_long = echo_too_long,
    .timeout = echo_timeout,
    .shutdown = echo_shutdown,
    .timeout_ms = echo_timeout_ms,
    .close = echo_close,
};

void echo_start(struct echo_server *s, const struct io_config *config, bool at_once)
{
    struct io_config c = *config;
    pthread_mutex_init(&s->env.lock, NULL);
    pthread_cond_init(&s->env.changed, NULL);
    s->metrics = metrics_open();
    c.metrics = s->metrics;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof a;
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    s->port = ntohs(a.sin_port);
    struct ctx cx = {0};
    s->io = io_open(&c);
    struct io_listener l = {.fd = fd,
                            .engine = &echo_engine,
                            .env = &s->env,
                            .tls = s->tls,
                            .tls_at_once = at_once,
                            .role = STR("echo"),
                            .busy_text = STR("busy\n"),
                            .may_proxy = s->may_proxy};
    assert_int_equal(io_listen(&cx, s->io, &l), OK);
    if (s->calls)
        s->caller = io_caller_open(s->io, s->calls);
    if (s->patient_calls)
        s->patient = io_caller_open(s->io, s->patient_calls);
    assert_int_equal(io_start(&cx, s->io), OK);
}

void echo_stop(struct echo_server *s, uint32_t drain_ms)
{
    io_stop(s->io, drain_ms);
    assert_int_equal(s->env.opened, s->env.closed);
    assert_int_equal(io_connections(s->io), 0);
    assert_int_equal(echo_metric(s, "postroad_connections_open", ""), 0);
    io_close(s->io);
    metrics_close(s->metrics);
    pthread_cond_destroy(&s->env.changed);
    pthread_mutex_destroy(&s->env.lock);
}

int echo_connect(const struct echo_server *s)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(s->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

void echo_await(struct echo_env *env, const unsigned *value, unsigned least)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LIMIT_MS / 1000;
    pthread_mutex_lock(&env->lock);
    int error = 0;
    while (*value < least && error == 0)
        error = pthread_cond_timedwait(&env->changed, &env->lock, &until);
    unsigned reached = *value;
    pthread_mutex_unlock(&env->lock);
    assert_true(reached >= least);
}

void echo_unblock(struct echo_env *env)
{
    pthread_mutex_lock(&env->lock);
    env->unblocked = true;
    pthread_cond_broadcast(&env->changed);
    pthread_mutex_unlock(&env->lock);
}

unsigned echo_ring_all(struct echo_env *env)
{
    unsigned rung = 0;
    pthread_mutex_lock(&env->lock);
    for (size_t i = 0; i < ECHO_SESSIONS_MAX; i++) {
        if (env->wakers[i]) {
            waker_ring(env->wakers[i]);
            rung++;
        }
    }
    pthread_mutex_unlock(&env->lock);
    return rung;
}

int64_t echo_metric(struct echo_server *s, const char *name, const char *more_labels)
{
    char labels[100];
    snprintf(labels, sizeof labels, "role=\"echo\"%s", more_labels);
    return metric_value(metric_of(s->metrics, METRIC_COUNTER, name, labels, ""));
}

void say_bytes(int fd, const void *p, size_t n)
{
    const char *at = p;
    while (n) {
        ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);
        assert_true(sent > 0);
        at += sent;
        n -= (size_t)sent;
    }
}

void say(int fd, const char *text)
{
    say_bytes(fd, text, strlen(text));
}

size_t hear_some(int fd, char *out, size_t room)
{
    struct pollfd p = {fd, POLLIN, 0};
    assert_int_equal(poll(&p, 1, LIMIT_MS), 1);
    ssize_t n = recv(fd, out, room, 0);
    if (n < 0)
        print_message("recv: %s\n", strerror(errno));
    assert_true(n >= 0);
    return (size_t)n;
}

void hear(int fd, const char *text)
{
    char got[4096];
    size_t want = strlen(text), have = 0;
    assert_true(want < sizeof got);
    while (have < want) {
        size_t n = hear_some(fd, got + have, want - have);
        if (n == 0)
            break;
        have += n;
    }
    got[have] = 0;
    assert_string_equal(got, text);
}

void hear_end(int fd)
{
    char byte;
    assert_int_equal(hear_some(fd, &byte, 1), 0);
    close(fd);
}
