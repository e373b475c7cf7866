#include "server/listen/certificates.h"
#include "base/clock.h"
#include "base/metric.h"
#include "io/tls.h"
#include "service/acme.h"
#include <signal.h>
#include <unistd.h>

enum { DAY_MS = 24 * 3600 * 1000, SOON_DAYS = 14 };

/* Those of the files first: the first of all serves names that no certificate holds. */
static enum code settings_of(struct ctx *cx, struct server *s, const struct config *config,
                             struct tls_settings *out)
{
    struct str *files = NULL;
    size_t file_count = 0, n = 0;
    if (s->acme)
        TRY(acme_files(cx, s->acme, &files, &file_count));
    struct tls_pair *pairs =
        ARENA_ARRAY(cx->arena, config->certificate_count + file_count + 1, struct tls_pair);
    for (size_t i = 0; i < config->certificate_count; i++)
        pairs[n++] = (struct tls_pair){config->certificates[i].chain_file.p,
                                       config->certificates[i].key_file.p};
    for (size_t i = 0; i < file_count; i++)
        pairs[n++] = (struct tls_pair){files[i].p, files[i].p};
    *out = (struct tls_settings){.pairs = pairs, .pair_count = n};
    return OK;
}

static enum code open_one(struct ctx *cx, const struct tls_settings *settings,
                          struct tls_server **out)
{
    return settings->pair_count ? tls_server_open(cx, settings, out)
                                : tls_server_open_later(cx, out);
}

/* What a listener has of its own: authorities for clients, protocols to agree on. False: nothing.
 */
static bool listener_differs(const struct config_listener *l, struct tls_settings *settings)
{
    static const struct str http[] = {{"h2", 2}, {"http/1.1", 8}};
    bool is_http = l->role == LISTEN_HTTPS;
    settings->client_ca_file = l->client_ca.n ? l->client_ca.p : NULL;
    settings->alpn = http;
    settings->alpn_count = is_http ? sizeof http / sizeof *http : 0;
    return is_http || l->client_ca.n;
}

enum code certificates_open(struct ctx *cx, struct certificates *c, struct server *s)
{
    const struct config *config = s->config;
    struct tls_settings settings;
    c->server = s;
    TRY(settings_of(cx, s, config, &settings));
    TRY(open_one(cx, &settings, &c->tls));
    for (size_t i = 0; i < config->listener_count; i++)
        if (listener_differs(&config->listeners[i], &settings))
            TRY(open_one(cx, &settings, &c->of_listener[i]));
    return OK;
}

struct tls_server *certificates_for(const struct certificates *c, size_t listener)
{
    return c->of_listener[listener] ? c->of_listener[listener] : c->tls;
}

/* Any listener may be asked: an authority comes to port 443, wherever that leads to. */
static enum code present(struct ctx *cx, void *self, struct str name, struct str pem)
{
    struct certificates *c = self;
    TRY(tls_server_present(cx, c->tls, name, pem));
    for (size_t i = 0; i < LISTENERS_MAX; i++)
        if (c->of_listener[i])
            TRY(tls_server_present(cx, c->of_listener[i], name, pem));
    return OK;
}

static void withdraw(void *self, struct str name)
{
    struct certificates *c = self;
    tls_server_withdraw(c->tls, name);
    for (size_t i = 0; i < LISTENERS_MAX; i++)
        if (c->of_listener[i])
            tls_server_withdraw(c->of_listener[i], name);
}

/* The main thread reloads, as when an operator asks for it. */
static void install(void *self)
{
    (void)self;
    (void)kill(getpid(), SIGHUP);
}

void certificates_start(struct certificates *c)
{
    const struct acme_hooks hooks = {c, present, withdraw, install};
    if (c->server->acme)
        acme_start(c->server->acme, &hooks);
}

void certificates_close(struct certificates *c)
{
    for (size_t i = 0; i < LISTENERS_MAX; i++)
        tls_server_close(c->of_listener[i]);
    tls_server_close(c->tls);
}

enum code certificates_reload(struct ctx *cx, struct certificates *c, const struct config *config,
                              size_t *count)
{
    struct tls_settings settings;
    TRY(settings_of(cx, c->server, config, &settings));
    *count = settings.pair_count;
    if (settings.pair_count == 0)
        return tls_server_is_ready(c->tls) ? fail(cx, E_SYNTAX, "the certificate sections are gone")
                                           : OK;
    TRY(tls_server_reload(cx, c->tls, &settings));
    /* The listeners are those of the start; their authorities are read anew from the same files. */
    for (size_t i = 0; i < c->server->config->listener_count; i++) {
        if (!c->of_listener[i])
            continue;
        (void)listener_differs(&c->server->config->listeners[i], &settings);
        TRY(tls_server_reload(cx, c->of_listener[i], &settings));
    }
    return OK;
}

static bool is_label(struct str s)
{
    return str_chr(s, '"') == SIZE_MAX && str_chr(s, '\\') == SIZE_MAX &&
           str_chr(s, '\n') == SIZE_MAX;
}

/* Renewal is due long before; so who is told of it has something to look after. */
static void watch_one(struct ctx *cx, struct server *s, struct str name, struct str file)
{
    int64_t from_ms, to_ms;
    if (acme_file_dates(cx, file, &from_ms, &to_ms) != OK) {
        log_event(s->log, LOG_WARN, "certificate.unreadable", "certificate=%s why=%s",
                  log_quote(cx->arena, name), log_quote(cx->arena, str_z(cx->err.what)));
        return;
    }
    int64_t left_ms = to_ms - clock_utc_ms(), soon_ms = (to_ms - from_ms) / 4;
    if (soon_ms > SOON_DAYS * (int64_t)DAY_MS)
        soon_ms = SOON_DAYS * (int64_t)DAY_MS;
    if (is_label(name))
        metric_set(metric_of(s->metrics, METRIC_GAUGE, "postroad_certificate_expires_seconds",
                             str_printf(cx->arena, "certificate=\"%.*s\"", STR_ARG(name)).p,
                             "When a certificate ends, in seconds since 1970."),
                   to_ms / 1000);
    if (left_ms < soon_ms)
        log_event(s->log, LOG_WARN, "certificate.expires", "certificate=%s hours=%lld",
                  log_quote(cx->arena, name), (long long)(left_ms / 3600000));
}

enum code certificates_watch(struct ctx *cx, struct server *s)
{
    struct str *files;
    size_t count;
    for (size_t i = 0; i < s->config->certificate_count; i++)
        watch_one(cx, s, s->config->certificates[i].name, s->config->certificates[i].chain_file);
    if (!s->acme)
        return OK;
    TRY(acme_files(cx, s->acme, &files, &count));
    for (size_t i = 0; i < count; i++) {
        size_t slash = str_rchr(files[i], '/');
        struct str name = str_from(files[i], slash + 1);
        watch_one(cx, s, str_sub(name, 0, name.n - 4), files[i]); /* without ".pem" */
    }
    return OK;
}
