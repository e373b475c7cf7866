#include "server/server.h"
#include "base/clock.h"
#include "core/meter.h"
#include "core/signin/seal.h"
#include "io/process/cage.h"
#include "server/progress.h"
#include "service/admission.h"
#include "service/auth.h"
#include "service/delivery.h"
#include "service/filter.h"
#include "service/filter/convert/convert.h"
#include "service/indexer.h"
#include "service/mailauth/signer.h"
#include "service/oauth/oauth.h"
#include "service/preview/preview.h"
#include "service/push/push.h"
#include "service/sasl/kerberos.h"
#include "service/signin/rate.h"
#include "service/signin/sessions.h"
#include "service/smime/smime.h"
#include "service/transport/queue.h"
#include "service/transport/routing.h"
#include <stdlib.h>
#include <unistd.h>

char *server_reader_program(void)
{
    static const char name[] = "/postroad-text";
    enum { PATH_BYTES = 4096 };
    char *path = calloc(1, PATH_BYTES + sizeof name);
    must(path);
    ssize_t n = readlink("/proc/self/exe", path, PATH_BYTES);
    size_t slash = n > 0 ? str_rchr(str_of(path, (size_t)n), '/') : 0;
    memcpy(path + (slash == SIZE_MAX ? 0 : slash), name, sizeof name);
    return path;
}

/* Full-text indexes lie beside the store: DATA/index/ACCOUNT. */
static void search_begin(struct server *s)
{
    const struct str parts[] = {s->config->data_dir, STR("/index")};
    s->search_arena = arena_open();
    s->reader_program = server_reader_program();
    s->extractor = extractor_open(s->reader_program, s->metrics);
    const struct search_config config = {
        .dir = str_join(s->search_arena, parts, 2),
        .extract = extractor_run,
        .extract_self = s->extractor,
    };
    s->search = search_open(s->core, &config);
    s->core->search = s->search;
}

/* Documents that scripts want converted have a helper of their own: people who look at theirs do
   not wait for it. */
static void converting_begin(struct server *s)
{
    const struct previews_parts helper = {.program = s->reader_program, .wall_ms = CONVERT_WALL_MS};
    s->convert_helper = previews_open(&helper);
    const struct converter_parts parts = {
        .previews = s->convert_helper, .log = s->log, .metrics = s->metrics};
    s->converter = converter_open(&parts);
    filters_set_converter(s->filters, s->converter);
}

static void search_end(struct server *s)
{
    search_close(s->search);
    extractor_close(s->extractor);
    free(s->reader_program);
    arena_close(s->search_arena);
}

static enum code smime_caged(struct ctx *cx, void *self, struct str job, struct str *out)
{
    return cage_host_run(cx, self, "smime", job, out);
}

/* Signatures are verified by the same helper program that reads documents. */
static void smime_begin(struct server *s)
{
    const struct cage cage = {.program = s->reader_program,
                              .wall_ms = SMIME_WALL_MS,
                              .output_max = SMIME_VERDICT_BYTES + 1};
    if (!s->config->smime_trust.n)
        return;
    s->smime_cage = cage_host_open(&cage);
    const struct smime_parts parts = {
        .core = s->core,
        .run = smime_caged,
        .self = s->smime_cage,
        .trust = s->config->smime_trust,
        .log = s->log,
        .metrics = s->metrics,
    };
    s->smime = smime_open(&parts);
}

static void smime_end(struct server *s)
{
    smime_close(s->smime);
    if (s->smime_cage)
        cage_host_close(s->smime_cage);
}

static void reports_begin(struct server *s)
{
    const struct reports_parts parts = {
        .core = s->core,
        .config = &s->config->reports,
        .resolver = io_resolver_of(s->resolver),
        .web = io_web_of(s->web),
        .signer = s->signer,
        .delivery = s->delivery,
        .reader = s->reader_program,
    };
    s->reports = reports_open(&parts);
    mailauth_set_reports(s->mailauth, s->reports);
}

static void reports_end(struct server *s)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = arena, .now_ms = clock_utc_ms()};
    if (s->reports && reports_flush(&cx, s->reports) != OK)
        log_event(s->log, LOG_WARN, "report.lost", "why=%s", cx.err.what);
    reports_close(s->reports);
}

static enum code web_open(struct ctx *cx, struct server *s)
{
    struct io_web_config web = s->config->web;
    web.resolver = io_resolver_of(s->resolver);
    web.log = s->log;
    web.metrics = s->metrics;
    return io_web_open(cx, &web, &s->web);
}

/* Notes to devices go by a web client of their own: it shows a certificate. */
static enum code push_begin(struct ctx *cx, struct server *s)
{
    const struct config_push *c = &s->config->push;
    const struct io_web_config web = {
        .resolver = io_resolver_of(s->resolver),
        .authorities = c->authorities,
        .chain = c->chain_file,
        .key = c->key_file,
        .http2 = true,
        .log = s->log,
    };
    TRY(io_web_open(cx, &web, &s->push_web));
    const struct push_config push = {
        .topic = c->topic,
        .url = c->url,
        .gap_ms = c->gap_s * 1000,
        .retry_ms = 60 * 1000,
        .web = io_web_of(s->push_web),
    };
    s->push = push_open(s->core, &push);
    return OK;
}

/* A client of its own when the directory is signed by an authority of its own. */
static enum code certificates_begin(struct ctx *cx, struct server *s)
{
    if (!s->config->acme.directory.n)
        return OK;
    if (s->config->acme_authorities.n) {
        struct io_web_config web = s->config->web;
        web.resolver = io_resolver_of(s->resolver);
        web.authorities = s->config->acme_authorities;
        web.log = s->log;
        web.metrics = s->metrics;
        TRY(io_web_open(cx, &web, &s->acme_web));
    }
    const struct acme_parts parts = {
        .config = &s->config->acme,
        .core = s->core,
        .web = io_web_of(s->acme_web ? s->acme_web : s->web),
        .log = s->log,
        .metrics = s->metrics,
    };
    return acme_open(cx, &parts, &s->acme);
}

static enum code authentication_open(struct ctx *cx, struct server *s)
{
    s->signer = signer_open(s->core);
    const struct mailauth_parts parts = {
        .config = &s->config->mailauth,
        .resolver = io_resolver_of(s->resolver),
        .signer = s->signer,
        .host_name = s->config->host_name,
        .log = s->log,
        .metrics = s->metrics,
    };
    TRY(mailauth_open(cx, &parts, &s->mailauth));
    const struct admission_parts door = {
        .core = s->core,
        .resolver = parts.resolver,
        .mailauth = s->mailauth,
        .log = s->log,
        .metrics = s->metrics,
    };
    s->admission = admission_open(&door);
    return admission_load(cx, s->admission);
}

/* Beside the store, not in it: DATA/secrets.key. */
static enum code seal_begin(struct ctx *cx, struct server *s)
{
    const struct str parts[] = {s->config->data_dir, STR("/secrets.key")};
    return seal_open(cx, str_join(cx->arena, parts, 2), &s->seal);
}

enum code server_open(struct ctx *cx, struct server *s)
{
    struct store_config store = s->config->store;
    store.log = s->log;
    store.metrics = s->metrics;
    s->board = board_open();
    TRY(store_open(cx, &store, &s->store));
    TRY(seal_begin(cx, s));
    const struct core parts = {
        .store = s->store,
        .seal = s->seal,
        .log = s->log,
        .metrics = s->metrics,
        .host_name = s->config->host_name,
    };
    TRY(core_open(cx, &parts, &s->core));
    struct auth_config auth = s->config->auth;
    if (s->config->tokens.key_count)
        TRY(tokens_open(cx, &s->config->tokens, &s->tokens));
    auth.tokens = s->tokens;
    if (s->config->keytab.n)
        TRY(kerberos_open(cx, s->config->keytab, &s->kerberos));
    auth.kerberos = s->kerberos;
    s->sessions = sessions_open(s->core, &s->config->sessions);
    if (s->config->oauth.issuer.n)
        TRY(oauth_open(cx, s->core, s->sessions, &s->config->oauth, &s->oauth));
    auth.oauth = s->oauth;
    s->rate = rate_open(s->config->signin_per_minute);
    s->auth = auth_open(s->core, &auth);
    struct resolver_config resolver = s->config->resolver;
    resolver.log = s->log;
    resolver.metrics = s->metrics;
    TRY(io_resolver_open(cx, &resolver, &s->resolver));
    TRY(web_open(cx, s));
    TRY(certificates_begin(cx, s));
    if (s->config->push.topic.n)
        TRY(push_begin(cx, s));
    TRY(authentication_open(cx, s));
    s->filters = filters_open(s->core, &s->config->filters);
    s->delivery = delivery_open(s->core, &s->config->delivery);
    s->meter = meter_open(s->core);
    delivery_set_srs(s->delivery, admission_srs(s->admission));
    delivery_set_admission(s->delivery, s->admission);
    delivery_set_meter(s->delivery, s->meter);
    delivery_set_filters(s->delivery, s->filters);
    s->routing = routing_open(s->core);
    TRY(queue_open(cx, s->core, &s->config->queue, &s->queue));
    queue_join(s->queue, s->delivery, s->routing, NULL);
    delivery_join(s->delivery, s->queue, s->routing);
    admission_join(s->admission, s->delivery, s->queue);
    search_begin(s);
    converting_begin(s);
    smime_begin(s);
    reports_begin(s);
    s->started_ms = clock_utc_ms();
    return OK;
}

static void admission_end(struct server *s)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = arena, .now_ms = clock_utc_ms()};
    if (!s->admission)
        return;
    if (admission_flush(&cx, s->admission) != OK)
        log_event(s->log, LOG_WARN, "admission.failed", "code=%s why=%s", code_name(cx.err.code),
                  log_quote(arena, str_z(cx.err.what)));
    admission_close(s->admission);
}

void server_close(struct server *s)
{
    if (s->mailauth)
        mailauth_close(s->mailauth);
    if (s->signer)
        signer_close(s->signer);
    if (s->resolver)
        io_resolver_stop(s->resolver);
    acme_close(s->acme);
    io_web_close(s->acme_web);
    reports_end(s);
    io_web_close(s->web);
    push_close(s->push);
    io_web_close(s->push_web);
    io_resolver_close(s->resolver); /* what was asked has been answered */
    admission_end(s);
    queue_close(s->queue);
    if (s->meter) {
        struct arena *arena AUTO(arena_close) = arena_open();
        struct ctx cx = {.arena = arena, .now_ms = clock_utc_ms()};
        if (meter_flush(&cx, s->meter) != OK)
            log_event(s->log, LOG_WARN, "meter.lost", "why=%s", cx.err.what);
        meter_close(s->meter);
    }
    routing_close(s->routing);
    if (s->delivery)
        delivery_close(s->delivery);
    if (s->filters)
        filters_close(s->filters);
    converter_close(s->converter);
    previews_close(s->convert_helper);
    rate_close(s->rate);
    if (s->auth)
        auth_close(s->auth);
    oauth_close(s->oauth);
    sessions_close(s->sessions);
    tokens_close(s->tokens);
    kerberos_close(s->kerberos);
    smime_end(s);
    search_end(s);
    core_close(s->core);
    seal_close(s->seal);
    if (s->store)
        store_close(s->store);
    board_close(s->board);
}
