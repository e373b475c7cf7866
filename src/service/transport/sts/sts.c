/* A look-up's way: the TXT record, what is kept, and the policy where that is older than the record
   says. Nobody waits on a thread. */
#include "service/transport/sts/sts.h"
#include "base/arena.h"
#include "base/cur.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metric.h"
#include "base/resolver.h"
#include "base/web.h"
#include "format/domain.h"
#include "io/io.h"
#include "service/transport/sts/row.h"
#include <pthread.h>
#include <stdlib.h>

enum { DAY_MS = 86400 * 1000, FAULTS = STS_POLICY_INVALID + 1, LIST_MAX = 1000 };

struct sts {
    struct sts_parts is;
    pthread_mutex_t lock;
    struct map *failed; /* domain: when its policy could not be had, in seconds */
    struct metric *fetched, *faults[FAULTS];
};

struct look {
    struct sts *sts;
    struct arena *arena; /* its own */
    struct sts_ask ask;
    bool refreshes; /* nobody asked */
    struct str domain, id;
    struct dns_answer txt;
    struct web_answer answer;
    struct sts_kept kept; /* id is empty when nothing is */
};

static void end(struct ctx *cx, struct look *l, struct sts_found *found)
{
    if (l->kept.domain.n && !found->has_policy && l->kept.expires_ms > cx->now_ms) {
        found->has_policy = true; /* section 5.1: what is kept holds */
        found->policy = l->kept.policy;
    }
    for (size_t i = 0; i < found->policy.mx_count && !l->refreshes; i++)
        found->policy.mx[i] = str_dup(l->ask.arena, found->policy.mx[i]);
    if (!l->refreshes) {
        found->why = str_dup(l->ask.arena, found->why);
        l->ask.done(cx, l->ask.arg, found);
    }
    arena_close(l->arena);
    free(l);
}

static void note_failure(struct ctx *cx, struct sts *s, struct str domain)
{
    uintptr_t now_s = (uintptr_t)(cx->now_ms / 1000);
    pthread_mutex_lock(&s->lock);
    if (map_count(s->failed) >= STS_FAILED_MAX) {
        map_close(s->failed);
        s->failed = map_open();
    }
    map_put(s->failed, domain, (void *)now_s);
    pthread_mutex_unlock(&s->lock);
}

static bool failed_lately(struct ctx *cx, struct sts *s, struct str domain)
{
    pthread_mutex_lock(&s->lock);
    uintptr_t at_s = (uintptr_t)map_get(s->failed, domain);
    pthread_mutex_unlock(&s->lock);
    return at_s && (int64_t)at_s + STS_RETRY_S > cx->now_ms / 1000;
}

static bool is_plain_text(const struct web_answer *a)
{
    struct str type = web_header_of(a, STR("content-type"));
    return str_ieq(str_trim(str_sub(type, 0, str_chr(type, ';'))), STR("text/plain"));
}

/* Section 3.3. */
static enum sts_fault judge(struct ctx *cx, const struct web_answer *a, struct sts_found *found)
{
    if (a->result != WEB_ANSWERED) {
        found->why = a->why;
        return a->result == WEB_NOT_TRUSTED ? STS_WEBPKI_INVALID : STS_FETCH_ERROR;
    }
    if (a->status != 200) {
        found->why = str_printf(cx->arena, "HTTP status %u", a->status);
        return STS_FETCH_ERROR;
    }
    if (!is_plain_text(a)) {
        found->why = STR("the policy is not text/plain");
        return STS_POLICY_INVALID;
    }
    if (sts_policy_parse(cx, a->body, &found->policy) == OK)
        return STS_NO_FAULT;
    found->why = str_dup(cx->arena, str_z(cx->err.what));
    found->policy = (struct sts_policy){0};
    return STS_POLICY_INVALID;
}

static void keep(struct ctx *cx, struct look *l, const struct sts_policy *policy)
{
    struct sts *s = l->sts;
    const struct sts_kept kept = {
        .domain = l->domain,
        .id = l->id,
        .policy = *policy,
        .fetched_ms = cx->now_ms,
        .used_ms = l->refreshes ? l->kept.used_ms : cx->now_ms,
    };
    if (sts_row_put(cx, s->is.core, STS_FAMILY_KEPT, &kept) != OK)
        log_event(s->is.core->log, LOG_WARN, "sts.not_kept", "domain=%s why=%s",
                  log_quote(cx->arena, l->domain), log_quote(cx->arena, str_z(cx->err.what)));
}

static void after_fetch(struct ctx *cx, void *arg)
{
    struct look *l = arg;
    struct sts *s = l->sts;
    struct sts_found found = {0};
    struct ctx own = *cx;
    own.arena = l->arena;
    found.fault = judge(&own, &l->answer, &found);
    if (found.fault == STS_NO_FAULT) {
        found.has_policy = true;
        metric_add(s->fetched, 1);
        keep(&own, l, &found.policy);
        log_event(s->is.core->log, LOG_INFO, "sts.fetched", "domain=%s id=%.*s mode=%.*s",
                  log_quote(cx->arena, l->domain), STR_ARG(l->id),
                  STR_ARG(sts_mode_name(found.policy.mode)));
    } else {
        metric_add(s->faults[found.fault], 1);
        note_failure(cx, s, l->domain);
        log_event(s->is.core->log, LOG_INFO, "sts.failed", "domain=%s id=%.*s why=%s",
                  log_quote(cx->arena, l->domain), STR_ARG(l->id), log_quote(cx->arena, found.why));
    }
    end(cx, l, &found);
}

static void fetched(void *arg, const struct web_answer *answer)
{
    struct look *l = arg;
    l->answer = web_answer_dup(l->arena, answer);
    io_post(l->sts->is.io, after_fetch, l, false);
}

static void fetch(struct look *l)
{
    const struct web *web = l->sts->is.web;
    const struct web_question q = {
        .method = WEB_GET,
        .url = str_printf(l->arena, "https://mta-sts.%.*s/.well-known/mta-sts.txt",
                          STR_ARG(l->domain)),
        .body_max = STS_POLICY_MAX,
        .timeout_ms = STS_TIMEOUT_MS,
    };
    web->start(web->self, &q, fetched, l);
}

/* Section 3.1: exactly one record that begins with the version. */
static void read_record(struct look *l)
{
    size_t count = 0;
    for (size_t i = 0; i < l->txt.count; i++) {
        struct str text;
        if (!dns_txt(l->txt.records[i], l->arena, &text) || !str_starts(text, STR("v=STSv1")))
            continue;
        if (count++ || !sts_record_parse(text, &l->id))
            l->id = (struct str){0};
    }
}

/* Once a day, so that what nobody sends to is not fetched for ever. */
static void note_use(struct ctx *cx, struct look *l)
{
    struct sts_kept kept = l->kept;
    if (l->refreshes || kept.used_ms + DAY_MS > cx->now_ms)
        return;
    kept.used_ms = cx->now_ms;
    if (sts_row_put(cx, l->sts->is.core, STS_FAMILY_KEPT, &kept) != OK)
        log_event(l->sts->is.core->log, LOG_WARN, "sts.not_kept", "domain=%s why=%s",
                  log_quote(cx->arena, l->domain), log_quote(cx->arena, str_z(cx->err.what)));
}

static void after_record(struct ctx *cx, void *arg)
{
    struct look *l = arg;
    struct sts_found found = {0};
    struct ctx own = *cx;
    own.arena = l->arena;
    read_record(l);
    if (sts_row_get(&own, l->sts->is.core, STS_FAMILY_KEPT, l->domain, &l->kept) != OK)
        l->kept = (struct sts_kept){0};
    bool holds = l->kept.domain.n && l->kept.expires_ms > cx->now_ms;
    bool is_new = l->id.n && (!holds || l->refreshes || !str_eq(l->id, l->kept.id));
    if (is_new && !failed_lately(cx, l->sts, l->domain)) {
        fetch(l);
        return;
    }
    if (is_new) {
        found.fault = STS_FETCH_ERROR;
        found.why = STR("the policy could not be had, a moment ago");
    }
    if (holds)
        note_use(&own, l);
    end(cx, l, &found);
}

static void recorded(void *arg, const struct dns_answer *answer)
{
    struct look *l = arg;
    l->txt = dns_answer_dup(l->arena, answer);
    io_post(l->sts->is.io, after_record, l, false);
}

static void begin(struct ctx *cx, struct sts *s, const struct sts_ask *ask, bool refreshes)
{
    struct look *l = calloc(1, sizeof *l);
    must(l);
    *l = (struct look){
        .sts = s, .arena = arena_open(), .ask = *ask, .refreshes = refreshes, .domain = {0}};
    struct ctx own = *cx;
    own.arena = l->arena;
    struct sts_found none = {0};
    if (domain_to_ascii(&own, ask->domain, &l->domain) != OK) {
        end(cx, l, &none);
        return;
    }
    const struct resolver *r = s->is.resolver;
    struct str name = str_printf(l->arena, "_mta-sts.%.*s", STR_ARG(l->domain));
    r->start(r->self, (struct dns_question){name, DNS_TXT}, recorded, l);
}

void sts_find(struct ctx *cx, struct sts *s, const struct sts_ask *ask)
{
    begin(cx, s, ask, false);
}

enum code sts_list(struct ctx *cx, struct sts *s, struct str after, size_t max,
                   struct sts_kept **out, size_t *count)
{
    struct key first = sts_row_key(STS_FAMILY_KEPT, after), all = key_of(STS_FAMILY_KEPT);
    struct key end_key = key_after(&all);
    struct str key, value, from = after.n ? key_str(&first) : key_str(&all);
    struct scan *w AUTO(scan_close) = store_scan(
        cx, s->is.core->store, REPORTS_PART, (struct range){.from = from, .to = key_str(&end_key)});
    max = max > LIST_MAX ? LIST_MAX : max;
    *out = ARENA_ARRAY(cx->arena, max, struct sts_kept);
    *count = 0;
    while (*count < max && scan_next(w, &key, &value)) {
        struct sts_kept *k = &(*out)[*count];
        struct cur c = cur_of(str_from(key, 1));
        struct str domain;
        if (!cur_key_text(&c, cx->arena, &domain))
            return fail(cx, E_CORRUPT, "MTA-STS: a row's key");
        if (after.n && str_eq(domain, after))
            continue;
        TRY(sts_row_read(cx, value, k));
        k->domain = str_dup(cx->arena, domain);
        ++*count;
    }
    return scan_error(w);
}

enum code sts_forget(struct ctx *cx, struct sts *s, struct str domain)
{
    pthread_mutex_lock(&s->lock);
    map_remove(s->failed, domain);
    pthread_mutex_unlock(&s->lock);
    return sts_row_drop(cx, s->is.core, STS_FAMILY_KEPT, domain);
}

enum code sts_refresh(struct ctx *cx, struct sts *s)
{
    struct str after = {0};
    struct sts_kept *page;
    size_t count = 1, started = 0;
    while (count && started < STS_REFRESH_TOGETHER) {
        TRY(sts_list(cx, s, after, LIST_MAX, &page, &count));
        for (size_t i = 0; i < count; i++) {
            const struct sts_kept *k = &page[i];
            bool used = k->used_ms + STS_UNUSED_S * INT64_C(1000) > cx->now_ms;
            bool old = k->fetched_ms + STS_REFRESH_S * INT64_C(1000) <= cx->now_ms;
            if (k->expires_ms <= cx->now_ms)
                TRY(sts_row_drop(cx, s->is.core, STS_FAMILY_KEPT, k->domain));
            else if (used && old && started++ < STS_REFRESH_TOGETHER)
                begin(cx, s, &(struct sts_ask){.domain = k->domain}, true);
        }
        if (count)
            after = page[count - 1].domain;
    }
    return OK;
}

struct sts *sts_open(const struct sts_parts *parts)
{
    static const char *const results[] = {NULL, "result=\"fetch_error\"",
                                          "result=\"webpki_invalid\"", "result=\"policy_invalid\""};
    static const char help[] = "Policies of MTA-STS that were fetched";
    struct sts *s = calloc(1, sizeof *s);
    must(s);
    s->is = *parts;
    s->failed = map_open();
    pthread_mutex_init(&s->lock, NULL);
    s->fetched = metric_of(parts->core->metrics, METRIC_COUNTER, "postroad_sts_policies_total",
                           "result=\"fetched\"", help);
    for (int i = STS_FETCH_ERROR; i < FAULTS; i++)
        s->faults[i] = metric_of(parts->core->metrics, METRIC_COUNTER,
                                 "postroad_sts_policies_total", results[i], help);
    return s;
}

void sts_close(struct sts *s)
{
    if (!s)
        return;
    map_close(s->failed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
