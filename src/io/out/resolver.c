#include "io/out/resolver.h"
#include "base/arena.h"
#include "base/banned.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unbound.h>
#include <unistd.h>

enum {
    TIMEOUT_MS = 10000,
    CACHE_BYTES = 16 << 20,
    CLASS_IN = 1,
    RCODE_NXDOMAIN = 3,
    SERVER_MEMORY_S = 60, /* a name server that was silent is asked again: retries wait for it */
    SOCKETS = 4096,       /* a question to a silent server holds one; libunbound alone has 16 */
    TCP_SOCKETS = 64,     /* for answers that UDP cuts off; each has 64 KiB; alone it has 2 */
};
enum { STATUSES = DNS_BOGUS + 1 };

/* Two lists hold each question: by age, since all have the same time. */
struct question {
    struct question *older, *newer;
    struct io_resolver *resolver;
    dns_done_fn *done;
    void *arg;
    int id; /* of libunbound */
    int64_t asked_ms;
    char name[1024]; /* as libunbound reads it */
    struct str asked;
};

struct io_resolver {
    struct resolver is;
    struct ub_ctx *ub;
    uint32_t timeout_ms;
    pthread_t thread;
    int stop_fd;
    pthread_mutex_t lock;
    struct question *oldest, *newest; /* and what comes until `open`: with the lock */
    size_t open;
    bool stopped;
    struct log *log;
    struct metric *answers[STATUSES], *seconds, *open_now;
};

static void list_add(struct io_resolver *r, struct question *q)
{
    q->older = r->newest;
    if (r->newest)
        r->newest->newer = q;
    else
        r->oldest = q;
    r->newest = q;
    metric_set(r->open_now, (int64_t)++r->open);
}

static void list_remove(struct io_resolver *r, struct question *q)
{
    if (q->older)
        q->older->newer = q->newer;
    else
        r->oldest = q->newer;
    if (q->newer)
        q->newer->older = q->older;
    else
        r->newest = q->older;
    metric_set(r->open_now, (int64_t)--r->open);
}

static struct dns_answer answer_of(const struct ub_result *result, struct arena *arena)
{
    struct dns_answer a = {.secure = result->secure,
                           .ttl_s = result->ttl > 0 ? (uint32_t)result->ttl : 0};
    if (result->bogus)
        a.status = DNS_BOGUS;
    else if (result->havedata)
        a.status = DNS_FOUND;
    else if (result->nxdomain || result->rcode == RCODE_NXDOMAIN)
        a.status = DNS_NO_NAME;
    else
        a.status = result->rcode == 0 ? DNS_NO_DATA : DNS_FAILED;
    if (a.status != DNS_FOUND)
        return a;
    while (result->data[a.count])
        a.count++;
    a.records = ARENA_ARRAY(arena, a.count, struct str);
    for (size_t i = 0; i < a.count; i++)
        a.records[i] = str_of(result->data[i], (size_t)result->len[i]);
    return a;
}

static struct str without_dot(struct str name)
{
    return str_ends(name, STR(".")) ? str_sub(name, 0, name.n - 1) : name;
}

/* Tells who asked; q is not listed any more. */
static void give(struct io_resolver *r, struct question *q, struct dns_answer *a,
                 struct arena *arena, const char *canonical)
{
    a->canonical = str_lower(arena, without_dot(canonical ? str_z(canonical) : q->asked));
    metric_add(r->answers[a->status], 1);
    metric_observe_us(r->seconds, (clock_mono_ms() - q->asked_ms) * 1000);
    q->done(q->arg, a);
    free(q);
}

static void give_failure(struct io_resolver *r, struct question *q, const char *why)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct dns_answer a = {.status = DNS_FAILED};
    log_event(r->log, LOG_DEBUG, "dns.failed", "name=%s why=%s", log_quote(arena, str_z(q->name)),
              why);
    give(r, q, &a, arena, NULL);
}

/* libunbound's thread-side call; after ub_cancel() it does not come. */
static void on_result(void *arg, int error, struct ub_result *result)
{
    struct question *q = arg;
    if (!q) {
        ub_resolve_free(result); /* the first question, which nobody waits for */
        return;
    }
    struct io_resolver *r = q->resolver;
    pthread_mutex_lock(&r->lock);
    list_remove(r, q);
    pthread_mutex_unlock(&r->lock);
    if (error || !result) {
        give_failure(r, q, ub_strerror(error));
        return;
    }
    struct arena *arena AUTO(arena_close) = arena_open();
    struct dns_answer a = answer_of(result, arena);
    if (a.status == DNS_BOGUS)
        log_event(r->log, LOG_WARN, "dns.bogus", "name=%s why=%s", log_quote(arena, str_z(q->name)),
                  log_quote(arena, str_z(result->why_bogus ? result->why_bogus : "")));
    give(r, q, &a, arena, result->canonname);
    ub_resolve_free(result);
}

/* Bytes that the text form of a name cannot hold are written "\DDD" (RFC 1035 section 5.1). */
static bool spell(struct question *q, struct str name)
{
    size_t n = 0;
    for (size_t i = 0; i < name.n && n + 6 < sizeof q->name; i++) {
        unsigned char c = (unsigned char)name.p[i];
        if (c > ' ' && c < 0x7f && c != '\\' && c != '"' && c != '(' && c != ')' && c != ';')
            q->name[n++] = name.p[i];
        else
            n += (size_t)snprintf(q->name + n, sizeof q->name - n, "\\%03u", c);
    }
    q->asked = str_of(q->name, n);
    return n + 6 < sizeof q->name;
}

static void refuse(struct io_resolver *r, struct question *q, enum dns_status status)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct dns_answer a = {.status = status};
    give(r, q, &a, arena, NULL);
}

static void start(void *self, struct dns_question asked, dns_done_fn *done, void *arg)
{
    struct io_resolver *r = self;
    struct question *q = calloc(1, sizeof *q);
    must(q);
    *q = (struct question){.resolver = r, .done = done, .arg = arg, .asked_ms = clock_mono_ms()};
    if (!dns_name_fits(asked.name) || !spell(q, asked.name)) {
        refuse(r, q, DNS_NO_NAME);
        return;
    }
    pthread_mutex_lock(&r->lock);
    bool room = r->open < RESOLVER_OPEN_MAX && !r->stopped;
    /* With the lock, so that the answer finds q in the list. */
    bool asks = room && ub_resolve_async(r->ub, q->name, (int)asked.type, CLASS_IN, q, on_result,
                                         &q->id) == 0;
    if (asks)
        list_add(r, q);
    pthread_mutex_unlock(&r->lock);
    if (!asks)
        give_failure(r, q, room ? "libunbound refused it" : "too many questions, or the end");
}

/* The oldest question if its time is over, no longer listed. */
static struct question *take_late(struct io_resolver *r, int64_t now_ms)
{
    pthread_mutex_lock(&r->lock);
    struct question *q = r->oldest;
    if (q && q->asked_ms + r->timeout_ms <= now_ms && ub_cancel(r->ub, q->id) == 0)
        list_remove(r, q);
    else
        q = NULL;
    pthread_mutex_unlock(&r->lock);
    return q;
}

static int wait_ms(struct io_resolver *r)
{
    pthread_mutex_lock(&r->lock);
    int64_t at_ms = r->oldest ? r->oldest->asked_ms + r->timeout_ms : -1;
    pthread_mutex_unlock(&r->lock);
    if (at_ms < 0)
        return (int)r->timeout_ms; /* a question that comes meanwhile has at least so long */
    int64_t left_ms = at_ms - clock_mono_ms();
    return left_ms < 0 ? 0 : (int)left_ms;
}

static void *answer_all(void *arg)
{
    struct io_resolver *r = arg;
    struct pollfd ready[] = {{.fd = ub_fd(r->ub), .events = POLLIN},
                             {.fd = r->stop_fd, .events = POLLIN}};
    while (!ready[1].revents) {
        must(poll(ready, 2, wait_ms(r)) >= 0 || errno == EINTR);
        if (ready[0].revents)
            ub_process(r->ub);
        struct question *late;
        while ((late = take_late(r, clock_mono_ms())))
            give_failure(r, late, "time-out");
    }
    return NULL;
}

static enum code failed(struct ctx *cx, const char *what, struct str value, int error)
{
    return fail(cx, E_SYNTAX, "resolver: %s \"%.*s\": %s", what, STR_ARG(value),
                ub_strerror(error));
}

static enum code set(struct ctx *cx, struct io_resolver *r, const char *option, const char *value)
{
    int error = ub_ctx_set_option(r->ub, option, value);
    return error ? failed(cx, option, str_z(value), error) : OK;
}

static enum code set_number(struct ctx *cx, struct io_resolver *r, const char *option, size_t value)
{
    return set(cx, r, option, str_printf(cx->arena, "%zu", value).p);
}

/* Servers on loopback are asked only when they are named; zones that libunbound answers itself by
   default (test, 127.in-addr.arpa...) are left to the server that is named for them. */
static enum code set_servers(struct ctx *cx, struct io_resolver *r, const struct resolver_config *c)
{
    if (c->forward_count + c->stub_count)
        TRY(set(cx, r, "do-not-query-localhost:", "no"));
    for (size_t i = 0; i < c->forward_count; i++) {
        int error = ub_ctx_set_fwd(r->ub, str_zdup(cx->arena, c->forward[i]));
        if (error)
            return failed(cx, "forward", c->forward[i], error);
    }
    for (size_t i = 0; i < c->stub_count; i++) {
        const char *zone = str_zdup(cx->arena, c->stubs[i].zone);
        struct str nodefault = str_printf(cx->arena, "%s nodefault", zone);
        int error = ub_ctx_set_stub(r->ub, zone, str_zdup(cx->arena, c->stubs[i].server), 0);
        if (error)
            return failed(cx, "stub", c->stubs[i].server, error);
        TRY(set(cx, r, "local-zone:", nodefault.p));
    }
    return OK;
}

static enum code set_all(struct ctx *cx, struct io_resolver *r, const struct resolver_config *c)
{
    size_t cache = c->cache_bytes ? c->cache_bytes : CACHE_BYTES;
    ub_ctx_debugout(r->ub, NULL);
    must(ub_ctx_async(r->ub, 1) == 0);
    TRY(set_number(cx, r, "msg-cache-size:", cache / 3));
    TRY(set_number(cx, r, "rrset-cache-size:", cache / 3 * 2));
    TRY(set(cx, r, "unblock-lan-zones:", "yes"));
    TRY(set_number(cx, r, "infra-host-ttl:", SERVER_MEMORY_S));
    TRY(set_number(cx, r, "outgoing-range:", SOCKETS));
    TRY(set_number(cx, r, "outgoing-num-tcp:", TCP_SOCKETS));
    TRY(set_number(cx, r, "num-queries-per-thread:", SOCKETS));
    TRY(set_servers(cx, r, c));
    if (!c->trust_anchor_file.n)
        return OK;
    if (access(str_zdup(cx->arena, c->trust_anchor_file), R_OK) != 0)
        return fail(cx, E_SYNTAX, "resolver: trust_anchor_file %.*s: %s",
                    STR_ARG(c->trust_anchor_file), strerror(errno));
    int error = ub_ctx_add_ta_file(r->ub, str_zdup(cx->arena, c->trust_anchor_file));
    return error ? failed(cx, "trust_anchor_file", c->trust_anchor_file, error) : OK;
}

static void open_metrics(struct io_resolver *r, struct metrics *m)
{
    static const char help[] = "Answers of the DNS";
    static const char *const results[STATUSES] = {
        [DNS_FOUND] = "result=\"found\"",     [DNS_NO_DATA] = "result=\"no_data\"",
        [DNS_NO_NAME] = "result=\"no_name\"", [DNS_FAILED] = "result=\"failed\"",
        [DNS_BOGUS] = "result=\"bogus\"",
    };
    for (int i = DNS_FOUND; i < STATUSES; i++)
        r->answers[i] =
            metric_of(m, METRIC_COUNTER, "postroad_dns_answers_total", results[i], help);
    r->seconds = metric_of(m, METRIC_SECONDS, "postroad_dns_seconds", "",
                           "Time from a question to its answer");
    r->open_now = metric_of(m, METRIC_GAUGE, "postroad_dns_questions_open", "",
                            "Questions to the DNS that wait for an answer");
}

/* The threads inherit that no signal is for them. The first question, which libunbound answers
   itself, has it start its thread and tell what it thinks of the settings. */
static enum code start_threads(struct ctx *cx, struct io_resolver *r)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int error = ub_resolve_async(r->ub, "localhost.", DNS_A, CLASS_IN, NULL, on_result, NULL);
    bool starts = !error && pthread_create(&r->thread, NULL, answer_all, r) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error)
        return fail(cx, E_SYNTAX, "resolver: %s (look at trust_anchor_file)", ub_strerror(error));
    return starts ? OK : fail(cx, E_IO, "resolver: no thread");
}

static void free_all(struct io_resolver *r)
{
    ub_ctx_delete(r->ub);
    if (r->stop_fd >= 0)
        close(r->stop_fd);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
AUTO_OF(struct io_resolver *, free_all)

enum code io_resolver_open(struct ctx *cx, const struct resolver_config *config,
                           struct io_resolver **out)
{
    struct io_resolver *r AUTO(free_all) = calloc(1, sizeof *r);
    must(r);
    pthread_mutex_init(&r->lock, NULL);
    r->is = (struct resolver){r, start};
    r->timeout_ms = config->timeout_ms ? config->timeout_ms : TIMEOUT_MS;
    r->log = config->log;
    r->stop_fd = eventfd(0, EFD_CLOEXEC);
    r->ub = ub_ctx_create();
    if (!r->ub || r->stop_fd < 0)
        return fail(cx, E_IO, "resolver: %s", strerror(errno));
    TRY(set_all(cx, r, config));
    open_metrics(r, config->metrics);
    TRY(start_threads(cx, r));
    log_event(r->log, LOG_INFO, "dns.open", "forward=%zu stubs=%zu validates=%s",
              config->forward_count, config->stub_count,
              config->trust_anchor_file.n ? "yes" : "no");
    *out = r;
    r = NULL; /* not ours any more */
    return OK;
}

const struct resolver *io_resolver_of(const struct io_resolver *r)
{
    return &r->is;
}

void io_resolver_stop(struct io_resolver *r)
{
    uint64_t one = 1;
    pthread_mutex_lock(&r->lock);
    bool before = r->stopped;
    r->stopped = true;
    pthread_mutex_unlock(&r->lock);
    if (before)
        return;
    must(write(r->stop_fd, &one, sizeof one) == sizeof one);
    pthread_join(r->thread, NULL);
    for (struct question *q; (q = r->oldest);) {
        ub_cancel(r->ub, q->id);
        list_remove(r, q);
        give_failure(r, q, "the server stops");
    }
}

void io_resolver_close(struct io_resolver *r)
{
    if (!r)
        return;
    io_resolver_stop(r);
    free_all(r);
}
