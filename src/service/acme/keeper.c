/* The thread: which certificates are wanted, which are due, and what became of the last attempt. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metric.h"
#include "base/random.h"
#include "core/audit.h"
#include "core/directory.h"
#include "format/date.h"
#include "service/acme/files.h"
#include "service/acme/jws.h"
#include "service/acme/order.h"
#include "service/acme/tokens.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum {
    LOOK_MS = 60 * 60 * 1000, /* the directory's domains may have changed */
    RENEWAL_INFO_MS = 6 * 60 * 60 * 1000,
    RETRY_LAST_S = 24 * 3600,
    WHY_MAX = 200,
};

/* What is remembered of a certificate between two looks. */
struct kept {
    bool forced, ordering;
    unsigned failures;
    int64_t next_try_ms;
    int64_t renew_by_ms, info_at_ms; /* RFC 9773: what the server suggests, and when to ask again */
    char why[WHY_MAX];
};

struct acme {
    struct acme_parts is;
    struct acme_hooks hooks;
    struct acme_tokens *tokens;
    pthread_t thread;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t wake;
    struct map *kept; /* name to struct kept */
    bool started, stopping, rung;
    struct metric *issued, *failed;
};

static struct kept *kept_of(struct acme *x, struct str name)
{
    struct kept *k = map_get(x->kept, name);
    if (k)
        return k;
    k = calloc(1, sizeof *k);
    must(k);
    map_put(x->kept, name, k);
    return k;
}

static struct str *names_dup(struct arena *a, const struct str *names, size_t count)
{
    struct str *all = ARENA_ARRAY(a, count + 1, struct str);
    for (size_t i = 0; i < count; i++)
        all[i] = str_lower(a, names[i]);
    return all;
}

/* "host", then one for each domain. */
static enum code wants_of(struct ctx *cx, struct acme *x, struct acme_want **out, size_t *count)
{
    const struct acme_config *config = x->is.config;
    struct domain *domains = NULL;
    size_t domain_count = 0, n = 0;
    if (config->label_count)
        TRY(directory_domains(cx, x->is.core, &domains, &domain_count));
    struct acme_want *all = ARENA_ARRAY(cx->arena, domain_count + 1, struct acme_want);
    if (config->name_count)
        all[n++] =
            (struct acme_want){STR("host"), names_dup(cx->arena, config->names, config->name_count),
                               config->name_count};
    for (size_t i = 0; i < domain_count && n < ACME_CERTIFICATES_MAX; i++) {
        struct str *names = ARENA_ARRAY(cx->arena, config->label_count, struct str);
        for (size_t l = 0; l < config->label_count; l++)
            names[l] = str_printf(cx->arena, "%.*s.%.*s", STR_ARG(config->labels[l]),
                                  STR_ARG(domains[i].name));
        all[n++] =
            (struct acme_want){str_lower(cx->arena, domains[i].name), names, config->label_count};
    }
    *out = all;
    *count = n;
    return OK;
}

/* The certificate that is there; false: none, or not for all the names. */
static bool have(struct ctx *cx, const struct acme *x, const struct acme_want *want,
                 struct acme_facts *out)
{
    struct str pem, path = acme_certificate_path(cx->arena, x->is.config->dir, want->name);
    struct acme_key *k AUTO(acme_key_close) = NULL;
    return acme_file_read(cx, path, &pem) == OK && acme_key_read(cx, pem, &k) == OK &&
           acme_chain_fits(cx, pem, k, want->names, want->count) == OK &&
           acme_facts_read(cx, pem, out) == OK;
}

/* At two thirds of its life, or earlier when its authority says so. */
static int64_t renew_at(const struct acme_facts *f, const struct kept *k)
{
    int64_t at_ms = f->not_before_ms + (f->not_after_ms - f->not_before_ms) / 3 * 2;
    return k->renew_by_ms && k->renew_by_ms < at_ms ? k->renew_by_ms : at_ms;
}

/* Waits until something is to be done; with the lock. */
static void sleep_until(struct acme *x, int64_t utc_ms)
{
    struct timespec until;
    int64_t ms = utc_ms - clock_utc_ms();
    if (ms <= 0)
        return;
    ms += clock_mono_ms();
    until.tv_sec = (time_t)(ms / 1000);
    until.tv_nsec = (long)(ms % 1000) * 1000000;
    (void)pthread_cond_timedwait(&x->wake, &x->lock, &until);
}

static bool pause_for(void *self, int64_t ms)
{
    struct acme *x = self;
    int64_t until_ms = clock_utc_ms() + ms;
    pthread_mutex_lock(&x->lock);
    while (!x->stopping && clock_utc_ms() < until_ms)
        sleep_until(x, until_ms);
    bool go_on = !x->stopping;
    pthread_mutex_unlock(&x->lock);
    return go_on;
}

static enum code prove(struct ctx *cx, void *self, struct str name, struct str token,
                       struct str authorization)
{
    struct acme *x = self;
    unsigned char hash[ACME_HASH_BYTES];
    if (x->is.config->proof == ACME_HTTP_01) {
        acme_tokens_put(x->tokens, token, authorization);
        return OK;
    }
    acme_hash(authorization, hash);
    return x->hooks.present(cx, x->hooks.self, name, acme_self_signed(cx->arena, &name, 1, hash));
}

static void unprove(void *self, struct str name, struct str token)
{
    struct acme *x = self;
    if (x->is.config->proof == ACME_HTTP_01)
        acme_tokens_drop(x->tokens, token);
    else
        x->hooks.withdraw(x->hooks.self, name);
}

/* A random moment of the window (RFC 9773 section 4.2). No answer changes nothing. */
static void renewal_info(struct ctx *cx, struct acme_client *c, const struct acme_facts *f,
                         struct kept *k)
{
    struct str body, start, end, id = acme_renewal_id(cx->arena, f);
    struct date from, to;
    uint64_t chance;
    if (!c->directory.renewal_info.n || !id.n)
        return;
    struct str url =
        str_printf(cx->arena, "%.*s/%.*s", STR_ARG(c->directory.renewal_info), STR_ARG(id));
    if (acme_get(cx, c, url, &body) != OK || acme_read_window(cx, body, &start, &end) != OK ||
        !date_parse(start, &from) || !date_parse(end, &to) || to.utc_ms <= from.utc_ms)
        return;
    random_system(&chance, sizeof chance);
    k->renew_by_ms = from.utc_ms + (int64_t)(chance % (uint64_t)(to.utc_ms - from.utc_ms));
}

static void audit(struct ctx *cx, struct acme *x, const struct acme_want *want)
{
    const struct audit_entry entry = {
        .at_ms = clock_utc_ms(),
        .actor = STR("acme"),
        .act = STR("acme issued"),
        .object = want->name,
        .detail = str_printf(cx->arena, "%zu names", want->count),
    };
    if (audit_add(cx, x->is.core, &entry) != OK)
        log_event(x->is.log, LOG_WARN, "acme.not_audited", "certificate=%s why=%s",
                  log_quote(cx->arena, want->name), log_quote(cx->arena, str_z(cx->err.what)));
}

/* Twice as long each time, up to a day, but not before the server wants to be asked again. */
static int64_t next_try(const struct acme *x, const struct kept *k, const struct acme_client *c)
{
    int64_t wait_s = x->is.config->retry_s;
    for (unsigned i = 1; i < k->failures && wait_s < RETRY_LAST_S; i++)
        wait_s *= 2;
    int64_t at_ms = clock_utc_ms() + (wait_s < RETRY_LAST_S ? wait_s : RETRY_LAST_S) * 1000;
    return c->not_before_ms > at_ms ? c->not_before_ms : at_ms;
}

static void attempt_failed(struct ctx *cx, struct acme *x, const struct acme_want *want,
                           const struct acme_client *c, enum code code)
{
    pthread_mutex_lock(&x->lock);
    struct kept *k = kept_of(x, want->name);
    k->failures++;
    k->next_try_ms = next_try(x, k, c);
    snprintf(k->why, sizeof k->why, "%s", cx->err.what);
    int64_t again_s = (k->next_try_ms - clock_utc_ms()) / 1000;
    unsigned failures = k->failures;
    pthread_mutex_unlock(&x->lock);
    metric_add(x->failed, 1);
    log_event(x->is.log, LOG_WARN, "acme.failed",
              "certificate=%s code=%s why=%s attempt=%u again_s=%lld",
              log_quote(cx->arena, want->name), code_name(code),
              log_quote(cx->arena, str_z(cx->err.what)), failures, (long long)again_s);
}

static void attempt_done(struct ctx *cx, struct acme *x, const struct acme_want *want)
{
    struct acme_facts f = {0};
    pthread_mutex_lock(&x->lock);
    struct kept *k = kept_of(x, want->name);
    *k = (struct kept){0};
    pthread_mutex_unlock(&x->lock);
    (void)have(cx, x, want, &f);
    metric_add(x->issued, 1);
    log_event(x->is.log, LOG_INFO, "acme.issued", "certificate=%s names=%zu days=%lld",
              log_quote(cx->arena, want->name), want->count,
              (long long)((f.not_after_ms - clock_utc_ms()) / 86400000));
    audit(cx, x, want);
    x->hooks.install(x->hooks.self);
}

static void attempt(struct ctx *cx, struct acme *x, const struct acme_want *want)
{
    const struct acme_keeping keeping = {x, prove, unprove, pause_for};
    struct acme_client c;
    enum code code = acme_client_open(cx, x->is.config, x->is.web, x->is.log, &c);
    if (code == OK)
        code = acme_order_run(cx, &c, want, &keeping);
    if (code == OK)
        attempt_done(cx, x, want);
    else
        attempt_failed(cx, x, want, &c, code);
    acme_client_close(&c);
}

/* Asks the authority when it wants the certificate renewed, four times a day. */
static void ask_info(struct ctx *cx, struct acme *x, const struct acme_want *want,
                     const struct acme_facts *f)
{
    struct acme_client c;
    struct kept found = {0};
    if (acme_client_open(cx, x->is.config, x->is.web, x->is.log, &c) == OK)
        renewal_info(cx, &c, f, &found);
    acme_client_close(&c);
    pthread_mutex_lock(&x->lock);
    struct kept *k = kept_of(x, want->name);
    k->renew_by_ms = found.renew_by_ms;
    k->info_at_ms = clock_utc_ms() + RENEWAL_INFO_MS;
    pthread_mutex_unlock(&x->lock);
}

/* Does what is due for one; returns when to look again. */
static int64_t look_at(struct ctx *cx, struct acme *x, const struct acme_want *want)
{
    struct acme_facts f = {0};
    bool has = have(cx, x, want, &f);
    int64_t now_ms = clock_utc_ms();
    pthread_mutex_lock(&x->lock);
    struct kept k = *kept_of(x, want->name);
    bool wanted = !has || k.failures || now_ms >= renew_at(&f, &k);
    bool due = k.forced || (wanted && now_ms >= k.next_try_ms);
    kept_of(x, want->name)->ordering = due;
    kept_of(x, want->name)->forced = false;
    pthread_mutex_unlock(&x->lock);
    if (due)
        attempt(cx, x, want);
    else if (has && now_ms >= k.info_at_ms)
        ask_info(cx, x, want, &f);
    has = have(cx, x, want, &f);
    pthread_mutex_lock(&x->lock);
    kept_of(x, want->name)->ordering = false;
    k = *kept_of(x, want->name);
    pthread_mutex_unlock(&x->lock);
    int64_t at_ms = has ? renew_at(&f, &k) : 0, least_ms = clock_utc_ms() + 1000;
    if (k.failures)
        at_ms = k.next_try_ms;
    return at_ms > least_ms ? at_ms : least_ms; /* no authority is asked in a loop */
}

static bool is_stopping(struct acme *x)
{
    pthread_mutex_lock(&x->lock);
    bool stopping = x->stopping;
    pthread_mutex_unlock(&x->lock);
    return stopping;
}

static int64_t look_at_all(struct ctx *cx, struct acme *x)
{
    struct arena *list AUTO(arena_close) = arena_open();
    struct ctx list_cx = {.arena = list, .now_ms = clock_utc_ms()};
    struct acme_want *wants;
    size_t count;
    int64_t next_ms = clock_utc_ms() + LOOK_MS;
    if (wants_of(&list_cx, x, &wants, &count) != OK) {
        log_event(x->is.log, LOG_WARN, "acme.failed", "certificate=- code=%s why=%s",
                  code_name(list_cx.err.code), log_quote(list, str_z(list_cx.err.what)));
        return next_ms;
    }
    for (size_t i = 0; i < count && !is_stopping(x); i++) {
        int64_t at_ms = look_at(cx, x, &wants[i]);
        next_ms = at_ms < next_ms ? at_ms : next_ms;
        arena_reset(cx->arena);
    }
    return next_ms;
}

static void *run(void *arg)
{
    struct acme *x = arg;
    struct arena *arena AUTO(arena_close) = arena_open();
    while (!is_stopping(x)) {
        struct ctx cx = {.arena = arena, .now_ms = clock_utc_ms(), .slow = true};
        int64_t next_ms = look_at_all(&cx, x);
        arena_clear(arena);
        pthread_mutex_lock(&x->lock);
        while (!x->stopping && !x->rung && clock_utc_ms() < next_ms)
            sleep_until(x, next_ms);
        x->rung = false;
        pthread_mutex_unlock(&x->lock);
    }
    return NULL;
}

static enum code placeholder_make(struct ctx *cx, const struct acme_config *config)
{
    struct str path = acme_path(cx->arena, config->dir, STR("self-signed"), ".pem");
    return acme_file_write(cx, path,
                           acme_self_signed(cx->arena, config->names, config->name_count, NULL));
}

static void wake_open(pthread_cond_t *wake)
{
    pthread_condattr_t attributes;
    must(pthread_condattr_init(&attributes) == 0);
    must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    must(pthread_cond_init(wake, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
}

enum code acme_open(struct ctx *cx, const struct acme_parts *parts, struct acme **out)
{
    TRY(acme_dir_make(cx, parts->config->dir));
    TRY(placeholder_make(cx, parts->config));
    struct acme *x = calloc(1, sizeof *x);
    must(x && pthread_mutex_init(&x->lock, NULL) == 0);
    x->is = *parts;
    x->tokens = acme_tokens_open();
    x->kept = map_open();
    wake_open(&x->wake);
    x->issued = metric_of(parts->metrics, METRIC_COUNTER, "postroad_acme_orders_total",
                          "result=\"issued\"", "Attempts to get a certificate by ACME.");
    x->failed = metric_of(parts->metrics, METRIC_COUNTER, "postroad_acme_orders_total",
                          "result=\"failed\"", "Attempts to get a certificate by ACME.");
    *out = x;
    return OK;
}

void acme_start(struct acme *x, const struct acme_hooks *hooks)
{
    x->hooks = *hooks;
    x->started = true;
    must(pthread_create(&x->thread, NULL, run, x) == 0);
    pthread_setname_np(x->thread, "acme");
}

void acme_stop(struct acme *x)
{
    if (!x || !x->started)
        return;
    pthread_mutex_lock(&x->lock);
    x->stopping = true;
    pthread_cond_broadcast(&x->wake);
    pthread_mutex_unlock(&x->lock);
    must(pthread_join(x->thread, NULL) == 0);
    x->started = false;
}

void acme_close(struct acme *x)
{
    size_t at = 0;
    struct str name;
    void *k;
    if (!x)
        return;
    must(!x->started);
    while (map_next(x->kept, &at, &name, &k))
        free(k);
    map_close(x->kept);
    acme_tokens_close(x->tokens);
    must(pthread_cond_destroy(&x->wake) == 0 && pthread_mutex_destroy(&x->lock) == 0);
    free(x);
}

void acme_look(struct acme *x)
{
    pthread_mutex_lock(&x->lock);
    x->rung = true;
    pthread_cond_broadcast(&x->wake);
    pthread_mutex_unlock(&x->lock);
}

bool acme_token(struct ctx *cx, struct acme *x, struct str token, struct str *out)
{
    return acme_tokens_find(x->tokens, cx->arena, token, out);
}

enum code acme_files(struct ctx *cx, struct acme *x, struct str **out, size_t *count)
{
    struct acme_want *wants;
    size_t wanted, n = 0;
    TRY(wants_of(cx, x, &wants, &wanted));
    struct str *all = ARENA_ARRAY(cx->arena, wanted + 1, struct str);
    for (size_t i = 0; i < wanted; i++) {
        all[n] = acme_certificate_path(cx->arena, x->is.config->dir, wants[i].name);
        n += acme_file_is(all[n]);
    }
    if (n == 0)
        all[n++] = acme_path(cx->arena, x->is.config->dir, STR("self-signed"), ".pem");
    *out = all;
    *count = n;
    return OK;
}

static enum acme_state state_of(const struct kept *k, bool has, int64_t renew_at_ms)
{
    if (k->ordering || k->forced)
        return ACME_ORDERING;
    if (k->failures)
        return ACME_FAILING;
    if (!has)
        return ACME_WANTED;
    return clock_utc_ms() >= renew_at_ms ? ACME_DUE : ACME_GOOD;
}

const char *acme_state_name(enum acme_state state)
{
    static const char *const names[] = {"", "wanted", "good", "due", "ordering", "failing"};
    return names[state];
}

static struct acme_certificate certificate_of(struct ctx *cx, struct acme *x,
                                              const struct acme_want *want)
{
    struct acme_facts f = {0};
    bool has = have(cx, x, want, &f);
    pthread_mutex_lock(&x->lock);
    const struct kept k = *kept_of(x, want->name);
    pthread_mutex_unlock(&x->lock);
    struct acme_certificate c = {.name = want->name,
                                 .names = want->names,
                                 .name_count = want->count,
                                 .failures = k.failures,
                                 .next_try_ms = k.failures ? k.next_try_ms : 0,
                                 .why = str_dup(cx->arena, str_z(k.why))};
    if (has) {
        c.not_after_ms = f.not_after_ms;
        c.renew_at_ms = renew_at(&f, &k);
    }
    c.state = state_of(&k, has, c.renew_at_ms);
    return c;
}

enum code acme_list(struct ctx *cx, struct acme *x, struct acme_certificate **out, size_t *count)
{
    struct acme_want *wants;
    TRY(wants_of(cx, x, &wants, count));
    struct acme_certificate *all = ARENA_ARRAY(cx->arena, *count + 1, struct acme_certificate);
    for (size_t i = 0; i < *count; i++)
        all[i] = certificate_of(cx, x, &wants[i]);
    *out = all;
    return OK;
}

enum code acme_renew(struct ctx *cx, struct acme *x, struct str name)
{
    struct acme_want *wants;
    size_t count, i = 0;
    TRY(wants_of(cx, x, &wants, &count));
    while (i < count && !str_ieq(wants[i].name, name))
        i++;
    if (i == count)
        return fail(cx, E_NOT_FOUND, "there is no certificate %.*s; see postroad acme status",
                    STR_ARG(name));
    pthread_mutex_lock(&x->lock);
    kept_of(x, wants[i].name)->forced = true;
    pthread_mutex_unlock(&x->lock);
    acme_look(x);
    return OK;
}

enum code acme_account_show(struct ctx *cx, struct acme *x, struct acme_account *out)
{
    struct acme_key *k AUTO(acme_key_close) = NULL;
    TRY(acme_account_key(cx, x->is.config, &k));
    *out = (struct acme_account){acme_account_url(cx, x->is.config), acme_thumbprint(cx->arena, k)};
    return OK;
}

enum code acme_file_dates(struct ctx *cx, struct str path, int64_t *from_ms, int64_t *to_ms)
{
    struct str pem;
    struct acme_facts f;
    TRY(acme_file_read(cx, path, &pem));
    TRY(acme_facts_read(cx, pem, &f));
    *from_ms = f.not_before_ms;
    *to_ms = f.not_after_ms;
    return OK;
}
