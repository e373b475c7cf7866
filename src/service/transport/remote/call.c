/* A slot's life: its hosts are found and called one after the other, until one takes the mail. */
#include "base/arena.h"
#include "base/log.h"
#include "base/metric.h"
#include "io/io.h"
#include "service/transport/remote.h"
#include "service/transport/remote/client.h"
#include "service/transport/remote/count.h"
#include "service/transport/remote/file.h"
#include "service/transport/remote/hosts.h"
#include "service/transport/sts/sts.h"
#include <stdlib.h>

enum { PORT_SMTP = 25, PORT_LMTP = 24, PORT_SMTPS = 465 };
/* The dead ones among thousands of unknown hosts keep no place for long; the second call waits as
   long as any. */
enum { HURRIED_CONNECT_MS = 5000 };

struct remote {
    struct road road;
    struct remote_config is;
    struct client_env env;
    struct client_times times;
    struct client_shared shared;
    struct io_caller *caller, *hurried;
};

struct call {
    struct remote *remote;
    struct slot *slot;
    struct arena *arena;
    struct destination to;
    struct hosts hosts;
    struct sts_found sts; /* what the domain asks for */
    size_t at;            /* host */
    bool in_clear, busy;
    size_t settled;
    struct client_job job;
    struct errand *carried; /* lost with its connection: for the next host */
    const char *status;     /* of the last failure, and its text */
    struct str why;
};

static void end_call(struct ctx *cx, struct call *c, enum slot_end how)
{
    struct remote *r = c->remote;
    if (c->carried) { /* nobody else was there to take it */
        c->slot->settle(cx, c->slot, c->carried);
        how = how == SLOT_UNREACHABLE ? SLOT_DONE : how;
    }
    if (how != SLOT_DONE)
        log_event(r->is.log, LOG_INFO, "remote.failed", "destination=%s status=%s why=%s",
                  log_quote(cx->arena, c->slot->destination), c->status ? c->status : "4.0.0",
                  log_quote(cx->arena, c->why));
    c->slot->end(cx, c->slot, how, str_z(c->status ? c->status : "2.0.0"), c->why);
    arena_close(c->arena);
    free(c);
}

static void note(struct call *c, const char *status, struct str why)
{
    c->status = str_dup(c->arena, str_z(status)).p;
    c->why = c->at < c->hosts.count ? str_printf(c->arena, "%.*s: %.*s",
                                                 STR_ARG(c->hosts.list[c->at].name), STR_ARG(why))
                                    : str_dup(c->arena, why);
}

/* The domain's policy is to be kept to, where no TLSA record says more (RFC 8461 section 2). */
static bool is_enforced(const struct call *c)
{
    return !c->to.tls_optional && c->sts.has_policy && c->sts.policy.mode == STS_ENFORCE &&
           c->to.rule.tls != TLS_NEVER;
}

/* Hosts that the domain's policy does not name get nothing. */
static bool is_allowed(const struct call *c, const struct host *h)
{
    return h->tlsa_count || !is_enforced(c) || sts_policy_allows(&c->sts.policy, h->name);
}

/* What is asked of TLS: the route's demand, or what TLSA records or the domain's policy ask for. */
static enum client_tls demand_of(const struct call *c, const struct host *h)
{
    static const enum client_tls demands[] = {
        [TLS_WHEN_OFFERED] = CLIENT_TLS_OFFERED,
        [TLS_ENCRYPTED] = CLIENT_TLS_ENCRYPTED,
        [TLS_VERIFIED] = CLIENT_TLS_TRUSTED,
        [TLS_NEVER] = CLIENT_TLS_NEVER,
    };
    enum client_tls demand = demands[c->to.rule.tls];
    if (c->in_clear || demand == CLIENT_TLS_NEVER)
        return CLIENT_TLS_NEVER;
    if (c->to.tls_optional)
        return demand;
    if (h->tlsa_count || is_enforced(c))
        return CLIENT_TLS_TRUSTED;
    return h->tls_needed && demand == CLIENT_TLS_OFFERED ? CLIENT_TLS_ENCRYPTED : demand;
}

static struct tls_ask ask_of(const struct call *c, const struct host *h)
{
    struct tls_ask ask = {.server_name = h->name, .tlsa = h->tlsa, .tlsa_count = h->tlsa_count};
    if (h->tlsa_count) {
        ask.server_name = h->tlsa_name;
        ask.other_name = c->to.domain;
    } else if (c->to.rule.tls_name.n) {
        ask.server_name = c->to.rule.tls_name;
    }
    return ask;
}

static void go_on(struct ctx *cx, struct call *c);
static void dial(struct call *c);

/* For reports of TLS: only what goes by MX records has policies. */
static struct count count_of(const struct call *c)
{
    return (struct count){c->to.way == WAY_MX && !c->to.tls_optional ? c->remote->is.reports : NULL,
                          c->to.domain, &c->sts};
}

static void after_session(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    struct client_job *job = &c->job;
    const struct count counted = count_of(c);
    c->settled += job->settled;
    count_session(cx, &counted, &c->hosts.list[c->at], job);
    note(c, job->status, str_z(job->text));
    c->carried = job->carried;
    if (job->errand && job->movable && c->at + 1 < c->hosts.count) {
        log_event(c->remote->is.log, LOG_INFO, "remote.moved", "id=%llu host=%s why=%s",
                  (unsigned long long)job->errand->id,
                  log_quote(cx->arena, c->hosts.list[c->at].name), log_quote(cx->arena, c->why));
        c->carried = job->errand;
    } else if (job->errand) {
        c->slot->settle(cx, c->slot, job->errand);
        c->settled++;
    }
    if (job->end == CLIENT_DONE) {
        end_call(cx, c, SLOT_DONE);
    } else if (c->settled) {
        end_call(cx, c, job->end == CLIENT_BUSY ? SLOT_BUSY : SLOT_DONE);
    } else if (job->end == CLIENT_LOOP) {
        end_call(cx, c, SLOT_IMPOSSIBLE);
    } else if (job->end == CLIENT_TLS_BROKEN && job->tls == CLIENT_TLS_OFFERED) {
        c->in_clear = true; /* RFC 7435: better in clear than not at all, where nothing is asked */
        dial(c);
    } else {
        c->busy |= job->end == CLIENT_BUSY;
        c->at++;
        go_on(cx, c);
    }
}

static void session_ended(struct client_job *job)
{
    struct call *c = job->owner;
    io_post(c->remote->is.io, after_session, c, false);
}

static void no_connection(struct ctx *cx, void *env, struct str why)
{
    struct client_job *job = env;
    struct call *c = job->owner;
    c->carried = job->carried;
    note(c, "4.4.1", why);
    c->at++;
    go_on(cx, c);
}

static void dial(struct call *c)
{
    struct remote *r = c->remote;
    const struct host *h = &c->hosts.list[c->at];
    c->job = (struct client_job){
        .env = &r->env,
        .slot = c->slot,
        .host = h->name,
        .lmtp = c->to.way == WAY_LMTP,
        .tls_secure_route = c->hosts.secure || is_enforced(c),
        .tls = demand_of(c, h),
        .user = c->to.rule.user,
        .password = c->to.rule.password,
        .carried = c->carried,
        .ended = session_ended,
        .owner = c,
    };
    c->carried = NULL;
    const struct io_dial d = {
        .targets = h->targets,
        .count = h->target_count,
        .bind_v4 = r->is.source_v4,
        .bind_v6 = r->is.source_v6,
        .tls = ask_of(c, h),
        .tls_at_once = h->port == PORT_SMTPS && c->to.way == WAY_HOSTS,
        .env = &c->job,
        .failed = no_connection,
    };
    io_dial(c->slot->hurried ? r->hurried : r->caller, &d);
}

/* The next host that can be called. */
static void go_on(struct ctx *cx, struct call *c)
{
    c->in_clear = false;
    for (; c->at < c->hosts.count; c->at++) {
        const struct host *h = &c->hosts.list[c->at];
        bool allowed = is_allowed(c, h);
        if (allowed && !h->later && h->target_count) {
            dial(c);
            return;
        }
        const struct count counted = count_of(c);
        count_host(cx, &counted, h, allowed);
        if (!allowed)
            note(c, "4.7.5", STR("the domain's policy (MTA-STS) does not name this host"));
        else if (h->forged)
            note(c, "4.4.3", STR("its records do not fit their DNSSEC signatures"));
        else if (!c->status)
            note(c, "4.4.3", STR("the DNS does not say how it can be reached"));
    }
    end_call(cx, c, c->busy ? SLOT_BUSY : SLOT_UNREACHABLE);
}

static void policy_found(struct ctx *cx, void *arg, const struct sts_found *found)
{
    struct call *c = arg;
    c->sts = *found;
    const struct count counted = count_of(c);
    count_policy(cx, &counted);
    go_on(cx, c);
}

static void found(struct ctx *cx, void *arg, const struct hosts *hosts)
{
    struct call *c = arg;
    if (hosts->answer != HOSTS_FOUND) {
        note(c, hosts->status, hosts->why);
        end_call(cx, c, hosts->answer == HOSTS_NEVER ? SLOT_IMPOSSIBLE : SLOT_UNREACHABLE);
        return;
    }
    c->hosts = *hosts;
    if (c->to.way != WAY_MX || c->to.tls_optional || !c->remote->is.sts ||
        str_starts(c->to.domain, STR("["))) {
        go_on(cx, c);
        return;
    }
    const struct sts_ask ask = {
        .domain = c->to.domain, .arena = c->arena, .done = policy_found, .arg = c};
    sts_find(cx, c->remote->is.sts, &ask);
}

static void give(struct errand *e, enum errand_result result, struct str status, struct str text)
{
    for (size_t i = 0; i < e->to_count; i++) {
        e->to[i].result = result;
        e->to[i].status = status;
        e->to[i].diagnostic = text;
    }
}

/* Routes that lead to no host: into a directory, or nowhere. */
static void keep_here(struct ctx *cx, struct call *c)
{
    struct errand *e;
    while (c->slot->next(cx, c->slot, &e)) {
        if (c->to.way == WAY_DISCARD)
            give(e, ERRAND_DELIVERED, STR("2.0.0"), STR("thrown away, as the route says"));
        else if (file_deliver(cx, c->remote->is.store, c->to.rule.text, e) == OK)
            give(e, ERRAND_DELIVERED, STR("2.0.0"), STR("written to a file"));
        else
            give(e, ERRAND_DEFERRED, STR("4.3.0"), str_dup(e->arena, str_z(cx->err.what)));
        c->slot->settle(cx, c->slot, e);
    }
    end_call(cx, c, SLOT_DONE);
}

static void begin(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    struct remote *r = c->remote;
    struct ctx own = *cx;
    own.arena = c->arena;
    if (routing_destination(&own, r->is.routing, c->slot->destination, &c->to) != OK) {
        note(c, "4.4.4", STR("its route is gone"));
        end_call(cx, c, SLOT_UNREACHABLE);
        return;
    }
    if (c->to.way == WAY_DISCARD || c->to.way == WAY_FILE) {
        keep_here(cx, c);
        return;
    }
    if (c->to.way != WAY_MX && c->to.way != WAY_HOSTS && c->to.way != WAY_LMTP) {
        note(c, "4.4.4", STR("no road leads there"));
        end_call(cx, c, SLOT_UNREACHABLE);
        return;
    }
    const struct hosts_ask ask = {
        .io = r->is.io,
        .resolver = r->is.resolver,
        .arena = c->arena,
        .to = &c->to,
        .host_name = r->is.host_name,
        .port = c->to.way == WAY_LMTP ? PORT_LMTP : r->is.port,
        .dane = c->to.rule.tls != TLS_NEVER && !c->to.tls_optional,
        .done = found,
        .arg = c,
    };
    hosts_find(&own, &ask);
}

static void start(void *self, struct slot *slot)
{
    struct remote *r = self;
    struct call *c = calloc(1, sizeof *c);
    must(c);
    *c = (struct call){.remote = r, .slot = slot, .arena = arena_open()};
    io_post(r->is.io, begin, c, false);
}

/* RFC 5321 section 4.5.3.2 asks for less patience for 354 than for other replies. */
static struct client_times times_of(const struct remote_config *config)
{
    struct client_times times = client_times_default;
    if (config->reply_timeout_s) {
        times.greeting_ms = times.command_ms = config->reply_timeout_s * 1000;
        if (times.data_ms > times.command_ms)
            times.data_ms = times.command_ms;
    }
    if (config->final_timeout_s)
        times.final_ms = config->final_timeout_s * 1000;
    return times;
}

static void open_meters(struct remote *r, struct metrics *m)
{
    static const char *const results[] = {"result=\"untried\"", "result=\"delivered\"",
                                          "result=\"deferred\"", "result=\"failed\""};
    for (size_t i = 0; i < 4; i++)
        r->env.meters.recipients[i] =
            metric_of(m, METRIC_COUNTER, "postroad_remote_recipients_total", results[i],
                      "Recipients of mail sent to other hosts");
    static const char *const conversions[] = {"result=\"refused\"", "result=\"converted\""};
    for (size_t i = 0; i < 2; i++)
        r->env.meters.converted[i] =
            metric_of(m, METRIC_COUNTER, "postroad_remote_conversions_total", conversions[i],
                      "Messages that were to become 7-bit for a host");
    r->env.meters.sessions = metric_of(m, METRIC_COUNTER, "postroad_remote_sessions_total", "",
                                       "Sessions with other hosts");
    r->env.meters.failures = metric_of(m, METRIC_COUNTER, "postroad_remote_failures_total", "",
                                       "Sessions that ended before all was sent");
    r->env.meters.seconds = metric_of(m, METRIC_SECONDS, "postroad_remote_seconds", "",
                                      "Time from MAIL to the durable result");
}

struct remote *remote_open(const struct remote_config *config)
{
    struct remote *r = calloc(1, sizeof *r);
    must(r);
    r->is = *config;
    r->is.port = config->port ? config->port : PORT_SMTP;
    r->road = (struct road){r, start};
    r->times = times_of(config);
    r->env = (struct client_env){.store = config->store,
                                 .host_name = config->host_name,
                                 .log = config->log,
                                 .times = &r->times,
                                 .signer = config->signer,
                                 .shared = &r->shared};
    open_meters(r, config->metrics);
    struct io_calls calls = {.engine = &client_engine, .tls = config->tls, .role = STR("remote")};
    r->caller = io_caller_open(config->io, &calls);
    calls.connect_ms = HURRIED_CONNECT_MS;
    r->hurried = io_caller_open(config->io, &calls);
    return r;
}

const struct road *remote_road(const struct remote *r)
{
    return &r->road;
}

void remote_close(struct remote *r)
{
    free(r);
}
