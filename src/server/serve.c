#include "base/clock.h"
#include "base/metric.h"
#include "base/random.h"
#include "io/io.h"
#include "io/out/stream.h"
#include "io/out/tls_client.h"
#include "io/supervisor.h"
#include "io/tls.h"
#include "proto/http/challenge.h"
#include "proto/http/http.h"
#include "proto/http/picture.h"
#include "proto/http/policy.h"
#include "proto/imap/imap.h"
#include "proto/imap/search/turns.h"
#include "proto/jmap/jmap.h"
#include "proto/jmap/push/pusher.h"
#include "proto/managesieve/managesieve.h"
#include "proto/oauth/oauth.h"
#include "proto/pop3/pop3.h"
#include "proto/signin/signin.h"
#include "proto/smtp/smtp.h"
#include "server/control.h"
#include "server/housekeeping.h"
#include "server/indexing/indexing.h"
#include "server/listen/assets.h"
#include "server/listen/certificates.h"
#include "server/listen/pages.h"
#include "server/metrics_http.h"
#include "server/server.h"
#include "service/acme.h"
#include "service/book/book.h"
#include "service/indexer.h"
#include "service/picture/picture.h"
#include "service/preview/preview.h"
#include "service/push/push.h"
#include "service/requests.h"
#include "service/submission/submission.h"
#include "service/transport/queue.h"
#include "service/transport/remote.h"
#include "service/transport/sts/sts.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { DRAIN_MS = 10000, QUEUE_RUN_MS = 200, PUSH_RUN_MS = 500 };

/* Passed through the supervisor into its child. */
struct run {
    struct ctx *cx;
    const struct config *config;
    struct str ports_file;
    struct log *log;
};

/* One serving process: the server and what stands around it. */
struct serving {
    struct server server;
    struct certificates certificates;
    struct requests *requests;
    struct imap_env imap;
    struct smtp_env smtp;
    struct smtp_urls urls;
    struct pop3_env pop3;
    struct managesieve_env managesieve;
    struct http_env http;
    struct jmap_env jmap;
    struct submission_env submission;
    struct book *book;
    struct signin_env signin;
    struct oauth_env oauth;
    struct assets *assets; /* NULL: no page */
    struct pictures *pictures;
    struct previews *previews;
    struct housekeeping *housekeeping;
    struct indexing *indexing;
    struct io_timer *queue_timer;
    struct io_timer *push_timer; /* NULL: devices are not told */
    struct io_timer *web_push_timer;
    struct tls_client *remote_tls;
    struct remote *remote;
};

/* BURL is IMAP's URLs in SMTP. */
static enum code read_url(struct ctx *cx, void *imap, struct str url, principal_id who,
                          struct rope *out)
{
    return imap_url_submit(cx, imap, url, who, out);
}

/* Half of the workers may wait for milters; the other half serves whom these do not concern. */
static void milters_join(struct serving *v)
{
    const struct config *config = v->server.config;
    const struct milter_parts parts = {
        .at = config->milters,
        .count = config->milter_count,
        .dialer = &io_stream_dialer,
        .log = v->server.log,
        .metrics = v->server.metrics,
        .host_name = config->host_name,
        .waiters = config->workers / 2 + 1,
    };
    if (parts.count)
        v->server.milters = milters_open(&parts);
}

static void envs_open(struct serving *v)
{
    const struct config *config = v->server.config;
    v->requests = requests_open(v->server.metrics);
    milters_join(v);
    v->imap = (struct imap_env){
        .core = v->server.core,
        .auth = v->server.auth,
        .log = v->server.log,
        .metrics = v->server.metrics,
        .meter = imap_meter_open(v->server.metrics),
        .turns = imap_turns_open(),
        .requests = v->requests,
        .push = v->server.push,
        .delivery = v->server.delivery,
        .jmap_url = config->jmap_url,
        .limits = imap_limits_default,
    };
    for (size_t i = 0; i < config->listener_count; i++)
        if (config->listeners[i].role == LISTEN_MANAGESIEVE)
            v->imap.sieve_host = config->host_name;
    v->imap.limits.message_bytes = config->limits.message_bytes;
    v->imap.limits.messages = config->limits.imap_messages;
    v->imap.limits.saves = config->limits.imap_saves;
    v->imap.limits.plain_in_clear = config->auth.plain_in_clear;
    v->urls = (struct smtp_urls){&v->imap, read_url};
    struct smtp_limits *limits = malloc(sizeof *limits);
    must(limits);
    *limits = smtp_limits_default;
    limits->message_bytes = config->limits.message_bytes;
    limits->recipients = config->limits.recipients;
    v->smtp = (struct smtp_env){
        .core = v->server.core,
        .auth = v->server.auth,
        .delivery = v->server.delivery,
        .admission = v->server.admission,
        .mailauth = v->server.mailauth,
        .signer = v->server.signer,
        .requests = v->requests,
        .log = v->server.log,
        .metrics = v->server.metrics,
        .limits = limits,
        .host_name = config->host_name,
        .proxies = config->trust.xclient,
        .lmtp_clients = config->trust.lmtp,
        .urls = &v->urls,
        .milters = v->server.milters,
    };
    smtp_env_open(&v->smtp);
    v->pop3 = (struct pop3_env){
        .core = v->server.core,
        .auth = v->server.auth,
        .requests = v->requests,
        .log = v->server.log,
        .metrics = v->server.metrics,
        .limits = pop3_limits_default,
    };
    v->pop3.limits.login_delay_s = config->pop3.login_delay_s;
    v->pop3.limits.expire_days = config->pop3.expire_days;
    v->pop3.limits.plain_in_clear = config->auth.plain_in_clear;
    pop3_env_open(&v->pop3);
    v->managesieve = (struct managesieve_env){
        .core = v->server.core,
        .auth = v->server.auth,
        .filters = v->server.filters,
        .requests = v->requests,
        .log = v->server.log,
        .metrics = v->server.metrics,
        .limits = managesieve_limits_default,
    };
    v->managesieve.limits.plain_in_clear = config->auth.plain_in_clear;
    managesieve_env_open(&v->managesieve);
}

static void site_add(struct http_env *e, const struct http_route *rows, void *self)
{
    must(e->site_count < HTTP_SITES_MAX);
    e->sites[e->site_count++] = (struct http_site){rows, self};
}

static void pictures_join(struct serving *v)
{
    const struct pictures_parts parts = {
        .core = v->server.core,
        .web = io_web_of(v->server.web),
        .inside = v->server.config->web.inside,
        .log = v->server.log,
        .metrics = v->server.metrics,
    };
    v->pictures = pictures_open(&parts);
}

static void previews_join(struct serving *v)
{
    const struct previews_parts parts = {
        .program = v->server.reader_program, .log = v->server.log, .metrics = v->server.metrics};
    v->previews = previews_open(&parts);
}

static void submission_join(struct serving *v)
{
    const struct config *config = v->server.config;
    v->submission = (struct submission_env){
        .core = v->server.core,
        .delivery = v->server.delivery,
        .queue = v->server.queue,
        .signer = v->server.signer,
        .admission = v->server.admission,
        .milters = v->server.milters,
        .log = v->server.log,
        .metrics = v->server.metrics,
        .host_name = config->host_name,
        .message_bytes = config->limits.message_bytes,
        .recipients = config->limits.recipients,
    };
    submission_env_open(&v->submission);
}

/* The page comes last: it has all paths that nobody else has. */
static enum code http_join(struct ctx *cx, struct serving *v)
{
    const struct config *config = v->server.config;
    struct http_env *e = &v->http;
    *e = (struct http_env){.auth = v->server.auth,
                           .sessions = v->server.sessions,
                           .log = v->server.log,
                           .metrics = v->server.metrics,
                           .limits = config->http};
    e->limits.bodies_bytes = config->limits.bytes_in_flight;
    submission_join(v);
    previews_join(v);
    v->book = book_open(v->server.core);
    v->jmap = (struct jmap_env){.core = v->server.core,
                                .submission = &v->submission,
                                .filters = v->server.filters,
                                .book = v->book,
                                .previews = v->previews,
                                .smime = v->server.smime,
                                .requests = v->requests,
                                .sessions = v->server.sessions,
                                .oauth = v->server.oauth,
                                .url = config->jmap_url,
                                .phishing = config->report_phishing,
                                .log = v->server.log,
                                .metrics = v->server.metrics};
    jmap_env_open(&v->jmap);
    const struct jmap_pusher_config pusher = {
        .env = &v->jmap, .web = io_web_of(v->server.web), .inside = config->web.inside};
    v->jmap.pusher = jmap_pusher_open(&pusher);
    v->signin = (struct signin_env){.core = v->server.core,
                                    .auth = v->server.auth,
                                    .rate = v->server.rate,
                                    .sessions = v->server.sessions,
                                    .log = v->server.log,
                                    .metrics = v->server.metrics};
    signin_env_open(&v->signin);
    site_add(e, server_routes, &v->server);
    site_add(e, http_policy_routes, v->server.core);
    site_add(e, jmap_routes, &v->jmap);
    pictures_join(v);
    site_add(e, http_picture_routes, v->pictures);
    site_add(e, signin_routes, &v->signin);
    v->oauth = (struct oauth_env){.oauth = v->server.oauth, .auth = v->server.auth};
    if (v->oauth.oauth) {
        const struct str parts[] = {config->oauth.issuer,
                                    STR("/.well-known/oauth-protected-resource")};
        e->resource_metadata = str_join(cx->arena, parts, 2);
        site_add(e, oauth_routes, &v->oauth);
    }
    if (v->server.acme)
        site_add(e, http_challenge_routes, v->server.acme);
    if (config->web_root.n) {
        TRY(assets_open(cx, config->web_root, &v->assets));
        log_event(v->server.log, LOG_INFO, "http.assets", "files=%zu", assets_count(v->assets));
        site_add(e, assets_routes, v->assets);
    }
    http_env_open(e);
    return OK;
}

static bool may_proxy(const void *networks, struct str address)
{
    return ip_networks_have(networks, address);
}

static struct io_listener listener_of(struct serving *v, const struct config_listener *l, int fd)
{
    struct io_listener listener = {
        .fd = fd,
        .role = str_z(listen_role_name(l->role)),
        .per_address = v->server.config->limits.connections_per_address,
        .may_proxy = l->proxies.count ? may_proxy : NULL,
        .proxy_env = &l->proxies,
    };
    switch (l->role) {
    case LISTEN_MX:
    case LISTEN_SUBMISSION:
    case LISTEN_SUBMISSIONS:
    case LISTEN_LMTP:
        listener.engine = &smtp_engine;
        listener.env = &v->smtp;
        listener.tls = v->certificates.tls;
        listener.tls_at_once = l->role == LISTEN_SUBMISSIONS;
        listener.busy_text = STR("421 4.7.0 Too many connections, try again later\r\n");
        break;
    case LISTEN_IMAP:
    case LISTEN_IMAPS:
        listener.engine = &imap_engine;
        listener.env = &v->imap;
        listener.tls = v->certificates.tls;
        listener.tls_at_once = l->role == LISTEN_IMAPS;
        listener.busy_text = STR("* BYE Too many connections, try again later\r\n");
        break;
    case LISTEN_POP3:
    case LISTEN_POP3S:
        listener.engine = &pop3_engine;
        listener.env = &v->pop3;
        listener.tls = v->certificates.tls;
        listener.tls_at_once = l->role == LISTEN_POP3S;
        listener.busy_text = STR("-ERR [SYS/TEMP] Too many connections, try again later\r\n");
        break;
    case LISTEN_HTTP:
    case LISTEN_HTTPS:
        listener.engine = &http_engine;
        listener.env = &v->http;
        listener.tls = l->role == LISTEN_HTTPS ? v->certificates.tls : NULL;
        listener.tls_at_once = l->role == LISTEN_HTTPS;
        break;
    case LISTEN_MANAGESIEVE:
        listener.engine = &managesieve_engine;
        listener.env = &v->managesieve;
        listener.tls = v->certificates.tls;
        listener.busy_text = STR("BYE (TRYLATER) \"Too many connections, try again later\"\r\n");
        break;
    case LISTEN_METRICS:
        listener.engine = &metrics_engine;
        listener.env = &v->server;
        break;
    }
    return listener;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage at;
    socklen_t n = sizeof at;
    if (getsockname(fd, (struct sockaddr *)&at, &n) != 0)
        return 0;
    if (at.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)&at)->sin_port);
    if (at.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&at)->sin6_port);
    return 0;
}

static enum code listen_all(struct ctx *cx, struct serving *v, const struct supervisor_child *child)
{
    const struct config *config = v->server.config;
    for (size_t i = 0; i < config->listener_count; i++) {
        const struct config_listener *l = &config->listeners[i];
        struct io_listener listener = listener_of(v, l, child->binds[i].fd);
        if (listener.tls)
            listener.tls = certificates_for(&v->certificates, i);
        if (listener.tls_at_once && !tls_server_is_ready(listener.tls))
            return fail(cx, E_SYNTAX, "listen \"%.*s\" needs a certificate section",
                        STR_ARG(l->name));
        if (l->role == LISTEN_HTTPS && !v->http.tls_port)
            v->http.tls_port = port_of(child->binds[i].fd);
        TRY(io_listen(cx, v->server.io, &listener));
    }
    const struct io_listener control = {
        .fd = child->binds[config->listener_count].fd,
        .engine = &control_engine,
        .env = &v->server,
        .role = STR("control"),
        .per_address = 1000,
    };
    return io_listen(cx, v->server.io, &control);
}

static void run_queue(struct ctx *cx, void *arg)
{
    const struct server *s = arg;
    for (bool more = true; more;) {
        more = queue_run(cx, s->queue);
        arena_reset(cx->arena);
    }
}

static void run_push(struct ctx *cx, void *arg)
{
    const struct server *s = arg;
    if (push_run(cx, s->push) != OK)
        log_event(s->log, LOG_WARN, "push.stopped", "why=%s",
                  log_quote(cx->arena, str_z(cx->err.what)));
}

static void run_web_push(struct ctx *cx, void *arg)
{
    const struct serving *v = arg;
    if (jmap_pusher_run(cx, v->jmap.pusher) != OK)
        log_event(v->server.log, LOG_WARN, "webpush.stopped", "why=%s",
                  log_quote(cx->arena, str_z(cx->err.what)));
}

/* The road that the queue sends mail on. */
static enum code remote_join(struct ctx *cx, struct serving *v)
{
    const struct config_remote *c = &v->server.config->remote;
    const struct tls_client_settings tls = {
        .ca_file = c->authorities.n ? c->authorities.p : NULL,
        .cert_file = c->chain_file.n ? c->chain_file.p : NULL,
        .key_file = c->key_file.n ? c->key_file.p : NULL,
    };
    TRY(tls_client_open(cx, &tls, &v->remote_tls));
    const struct sts_parts sts = {
        .core = v->server.core,
        .io = v->server.io,
        .resolver = io_resolver_of(v->server.resolver),
        .web = io_web_of(v->server.web),
    };
    v->server.sts = sts_open(&sts);
    const struct remote_config remote = {
        .io = v->server.io,
        .store = v->server.store,
        .resolver = io_resolver_of(v->server.resolver),
        .routing = v->server.routing,
        .tls = v->remote_tls,
        .sts = v->server.sts,
        .reports = v->server.reports,
        .signer = v->server.signer,
        .log = v->server.log,
        .metrics = v->server.metrics,
        .host_name = v->server.config->host_name,
        .source_v4 = c->source_v4,
        .source_v6 = c->source_v6,
        .port = c->port,
        .reply_timeout_s = c->reply_timeout_s,
        .final_timeout_s = c->final_timeout_s,
    };
    v->remote = remote_open(&remote);
    queue_join(v->server.queue, v->server.delivery, v->server.routing, remote_road(v->remote));
    return OK;
}

static enum code serving_open(struct ctx *cx, struct serving *v,
                              const struct supervisor_child *child)
{
    const struct config *config = v->server.config;
    TRY(server_open(cx, &v->server));
    TRY(certificates_open(cx, &v->certificates, &v->server));
    envs_open(v);
    TRY(http_join(cx, v));
    const struct io_config io = {
        .reactors = config->reactors,
        .workers = config->workers,
        .connections = config->limits.connections,
        .per_address = config->limits.connections_per_address,
        .input_bytes = config->limits.bytes_in_flight,
        .spill_dir = config->data_dir.p,
        .log = v->server.log,
        .metrics = v->server.metrics,
    };
    v->server.io = io_open(&io);
    TRY(listen_all(cx, v, child));
    TRY(remote_join(cx, v));
    TRY(io_start(cx, v->server.io));
    certificates_start(&v->certificates);
    v->housekeeping = housekeeping_open(&v->server);
    v->queue_timer = io_timer(v->server.io, 0, QUEUE_RUN_MS, run_queue, &v->server);
    if (v->server.push)
        v->push_timer = io_timer(v->server.io, 0, PUSH_RUN_MS, run_push, &v->server);
    v->web_push_timer = io_timer(v->server.io, 0, PUSH_RUN_MS, run_web_push, v);
    v->indexing = indexing_open(v->server.board);
    const struct indexer_config indexer = {.report = indexing_report, .report_self = v->indexing};
    v->server.indexer = indexer_open(v->server.core, v->server.search, &indexer);
    return OK;
}

static void serving_close(struct serving *v)
{
    if (v->server.queue)
        queue_stop(v->server.queue);
    if (v->queue_timer)
        io_timer_cancel(v->queue_timer);
    if (v->push_timer)
        io_timer_cancel(v->push_timer);
    if (v->web_push_timer)
        io_timer_cancel(v->web_push_timer);
    indexer_close(v->server.indexer);
    indexing_close(v->indexing);
    if (v->housekeeping)
        housekeeping_stop(v->housekeeping);
    if (v->server.resolver)
        io_resolver_stop(v->server.resolver); /* whoever waits for it need not */
    if (v->server.web)
        io_web_stop(v->server.web);
    if (v->server.acme_web)
        io_web_stop(v->server.acme_web);
    acme_stop(v->server.acme);
    if (v->server.push_web)
        io_web_stop(v->server.push_web);
    if (v->server.io) {
        io_stop(v->server.io, DRAIN_MS);
        io_close(v->server.io);
    }
    if (v->housekeeping)
        housekeeping_close(v->housekeeping);
    if (v->smtp.shared) {
        smtp_env_close(&v->smtp);
        free((void *)(uintptr_t)v->smtp.limits);
        imap_meter_close(v->imap.meter);
        imap_turns_close(v->imap.turns);
        pop3_env_close(&v->pop3);
        managesieve_env_close(&v->managesieve);
        http_env_close(&v->http);
        jmap_pusher_close(v->jmap.pusher);
        assets_close(v->assets);
        requests_close(v->requests);
        pictures_close(v->pictures);
        previews_close(v->previews);
        if (v->book)
            book_close(v->book);
    }
    certificates_close(&v->certificates);
    milters_close(v->server.milters);
    remote_close(v->remote);
    tls_client_close(v->remote_tls);
    sts_close(v->server.sts);
    server_close(&v->server);
    metrics_close(v->server.metrics);
}

/* Written under another name first, so that who waits for the file finds it whole. */
static enum code ports_write(struct ctx *cx, const struct run *run,
                             const struct supervisor_child *child)
{
    if (run->ports_file.n == 0)
        return OK;
    struct str temporary = str_printf(cx->arena, "%.*s.new", STR_ARG(run->ports_file));
    FILE *f = fopen(temporary.p, "we");
    if (!f)
        return fail(cx, E_IO, "%s: %s", temporary.p, strerror(errno));
    for (size_t i = 0; i < run->config->listener_count; i++)
        fprintf(f, "%s %s %u\n", child->binds[i].name, child->binds[i].address,
                port_of(child->binds[i].fd));
    if (fclose(f) != 0 || rename(temporary.p, run->ports_file.p) != 0)
        return fail(cx, E_IO, "%.*s: %s", STR_ARG(run->ports_file), strerror(errno));
    return OK;
}

/* SIGHUP: certificates and the log's level are read anew; sessions go on. */
static void reload(struct ctx *cx, struct serving *v)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct config config;
    size_t count = 0;
    enum code code = config_read(cx, arena, v->server.config->file, &config);
    if (code == OK)
        code = certificates_reload(cx, &v->certificates, &config, &count);
    if (code != OK) {
        log_event(v->server.log, LOG_ERROR, "server.reload-failed", "why=%s",
                  log_quote(cx->arena, str_z(cx->err.what)));
        return;
    }
    log_set_level(v->server.log, config.log_level);
    log_event(v->server.log, LOG_INFO, "server.reloaded", "certificates=%zu", count);
}

static void serve_until_stopped(struct ctx *cx, struct serving *v,
                                const struct supervisor_child *child)
{
    struct signalfd_siginfo signal;
    for (;;) {
        struct pollfd ready = {.fd = child->signals_fd, .events = POLLIN};
        if (poll(&ready, 1, -1) < 0 && errno != EINTR)
            return;
        if (read(child->signals_fd, &signal, sizeof signal) != (ssize_t)sizeof signal)
            continue;
        if (signal.ssi_signo != SIGHUP)
            return;
        supervisor_reloading(child);
        reload(cx, v);
        supervisor_ready(child);
        arena_reset(cx->arena);
    }
}

/* Throughput before the first turn: dozens of workers wake at once when a commit is durable, and
   each would push aside the thread that woke it. A fifth of a delivery's CPU time went into such
   switches. Threads that are begun from here on are of the same kind. */
static void be_patient(void)
{
    const struct sched_param none = {0};
    if (sched_setscheduler(0, SCHED_BATCH, &none) != 0)
        perror("sched_setscheduler");
}

static int child_main(void *env, const struct supervisor_child *child)
{
    const struct run *run = env;
    struct arena *arena AUTO(arena_close) = arena_open();
    struct random random = {0};
    struct ctx cx = {.arena = arena, .now_ms = clock_utc_ms(), .random = &random};
    struct serving v = {.server = {.config = run->config, .log = run->log}};
    be_patient();
    v.server.metrics = metrics_open();
    enum code code = serving_open(&cx, &v, child);
    if (code == OK)
        code = ports_write(&cx, run, child);
    if (code != OK) {
        log_event(run->log, LOG_ERROR, "server.start-failed", "code=%s why=%s", code_name(code),
                  log_quote(arena, str_z(cx.err.what)));
        serving_close(&v);
        return 1;
    }
    log_event(run->log, LOG_INFO, "server.ready", "host=%s listeners=%zu engine=%s",
              run->config->host_name.p, run->config->listener_count, run->config->store.engine.p);
    supervisor_ready(child);
    serve_until_stopped(&cx, &v, child);
    log_event(run->log, LOG_INFO, "server.stopping", "connections=%zu",
              io_connections(v.server.io));
    serving_close(&v);
    log_event(run->log, LOG_INFO, "server.stopped", "pid=%d", (int)getpid());
    return 0;
}

/* 20,000 sessions need as many descriptors; take what the hard limit allows. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        perror("setrlimit");
}

int server_run(struct ctx *cx, const struct config *config, struct str ports_file, bool no_fork)
{
    struct supervisor_bind binds[LISTENERS_MAX + 1] = {0};
    for (size_t i = 0; i < config->listener_count; i++)
        binds[i] = (struct supervisor_bind){.name = config->listeners[i].name.p,
                                            .address = config->listeners[i].address.p,
                                            .port = config->listeners[i].port,
                                            .mode = config->listeners[i].socket_mode};
    binds[config->listener_count] = (struct supervisor_bind){
        .name = "control", .address = config->control_socket.p, .mode = 0600};
    struct log *log = log_open(STDERR_FILENO, config->log_level, config->log_journal);
    const struct supervisor_config supervisor = {
        .user = config->run_as_user.n ? config->run_as_user.p : NULL,
        .no_fork = no_fork,
        .log = log,
    };
    struct run run = {cx, config, ports_file, log};
    raise_descriptor_limit();
    int status =
        supervisor_run(cx, &supervisor, binds, config->listener_count + 1, child_main, &run);
    if (status && cx->err.what[0])
        fprintf(stderr, "postroad serve: %s\n", cx->err.what);
    log_close(log);
    return status;
}
