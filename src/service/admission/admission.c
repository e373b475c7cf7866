#include "service/admission.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/resolver.h"
#include "core/core.h"
#include "format/address.h"
#include "service/admission/greylist.h"
#include "service/admission/lists.h"
#include "service/admission/srs.h"
#include "service/mailauth.h"
#include "service/mailauth/spf.h"
#include <stdlib.h>

struct admission {
    struct admission_parts parts;
    struct policy *policy;
    struct lists *lists;
    struct greylist *greylist;
    struct srs *srs;
    struct metric *grey_wait, *grey_spf;
    struct metric *listed_refused, *listed_junk;
};

struct visit {
    struct admission *in;
    struct policy_view *view;
    struct str address; /* of the client, in text */
    char address_text[64];
    struct ip ip;
    struct listing *listing; /* NULL: no lists */
    struct list_verdict verdict;
    bool judged; /* verdict is of this transaction */
    struct str helo, sender;
};

struct admission *admission_open(const struct admission_parts *parts)
{
    struct admission *a = calloc(1, sizeof *a);
    must(a);
    a->parts = *parts;
    a->policy = policy_open(parts->core);
    a->lists = lists_open(parts->resolver, parts->log, parts->metrics);
    a->srs = srs_open(parts->core, a->policy);
    a->greylist = greylist_open(parts->core, parts->metrics);
    a->grey_wait = metric_of(parts->metrics, METRIC_COUNTER, "postroad_admission_greylist_total",
                             "result=\"wait\"", "Recipients that greylisting looked at");
    a->grey_spf = metric_of(parts->metrics, METRIC_COUNTER, "postroad_admission_greylist_total",
                            "result=\"spf\"", "Recipients that greylisting looked at");
    a->listed_refused =
        metric_of(parts->metrics, METRIC_COUNTER, "postroad_admission_listed_total",
                  "action=\"refuse\"", "What became of clients that DNS lists know");
    a->listed_junk = metric_of(parts->metrics, METRIC_COUNTER, "postroad_admission_listed_total",
                               "action=\"junk\"", "What became of clients that DNS lists know");
    return a;
}

void admission_close(struct admission *a)
{
    srs_close(a->srs);
    greylist_close(a->greylist);
    lists_close(a->lists);
    policy_close(a->policy);
    free(a);
}

struct policy *admission_policy(const struct admission *a)
{
    return a->policy;
}

struct lists *admission_lists(const struct admission *a)
{
    return a->lists;
}

struct srs *admission_srs(const struct admission *a)
{
    return a->srs;
}

enum code admission_load(struct ctx *cx, struct admission *a)
{
    return greylist_load(cx, a->greylist);
}

enum code admission_flush(struct ctx *cx, struct admission *a)
{
    return greylist_flush(cx, a->greylist);
}

enum code admission_check(struct ctx *cx, struct admission *a)
{
    struct policy_view *view AUTO(policy_view_unref) = NULL;
    TRY(policy_get(cx, a->policy, &view));
    lists_check(cx, a->lists, view, NULL);
    return OK;
}

/* What cannot be read is no reason to turn mail away. */
static struct policy_view *view_get(struct ctx *cx, const struct admission *a)
{
    struct policy_view *view = NULL;
    enum code code = policy_get(cx, a->policy, &view);
    if (code != OK)
        log_event(a->parts.log, LOG_ERROR, "admission.failed", "code=%s why=%s", code_name(code),
                  log_quote(cx->arena, str_z(cx->err.what)));
    return view;
}

struct visit *visit_open(struct ctx *cx, struct admission *a, struct str address)
{
    struct ip ip;
    if (!a || !ip_parse(address, &ip) || mailauth_trusts(a->parts.mailauth, address))
        return NULL;
    struct policy_view *view = view_get(cx, a);
    if (!view)
        return NULL;
    struct visit *v = calloc(1, sizeof *v);
    must(v);
    v->in = a;
    v->view = view;
    v->ip = ip;
    (void)snprintf(v->address_text, sizeof v->address_text, "%.*s", STR_ARG(address));
    v->address = str_z(v->address_text);
    v->listing = listing_open(a->lists, view, ip);
    return v;
}

void visit_close(struct visit *v)
{
    if (!v)
        return;
    listing_close(v->listing);
    policy_view_unref(v->view);
    free(v);
}

void visit_mail(struct ctx *cx, struct visit *v, struct str helo, struct str sender)
{
    struct str local, domain = {0};
    if (!v)
        return;
    struct policy_view *fresh = view_get(cx, v->in);
    if (fresh) {
        policy_view_unref(v->view);
        v->view = fresh;
    }
    v->judged = false;
    v->helo = helo;
    v->sender = sender;
    if (!v->listing)
        return;
    if (!address_split(sender, &local, &domain))
        domain = (struct str){0};
    listing_names(cx, v->listing, helo, domain);
}

static int64_t number(const struct visit *v, enum setting which)
{
    return policy_forest(v->view)->number[which];
}

static void judge(struct ctx *cx, struct visit *v)
{
    if (v->judged || !v->listing)
        return;
    int64_t deadline_ms = cx->deadline_ms;
    cx->deadline_ms = cx->now_ms + number(v, SET_LIST_WAIT_MS);
    listing_wait(cx, v->listing, &v->verdict);
    cx->deadline_ms = deadline_ms;
    v->judged = true;
}

static bool reaches(const struct visit *v, enum setting which)
{
    int64_t from = number(v, which);
    return v->judged && from && v->verdict.weight >= from;
}

/* Whoever is listed in error must be able to say so. */
static bool is_duty(struct str address)
{
    struct str local = str_sub(address, 0, str_rchr(address, '@'));
    return str_ieq(local, STR("postmaster")) || str_ieq(local, STR("abuse"));
}

static const char *listed(struct ctx *cx, struct visit *v)
{
    const struct list_hit *hit = v->verdict.worst;
    int64_t deadline_ms = cx->deadline_ms;
    cx->deadline_ms = cx->now_ms + number(v, SET_LIST_WAIT_MS);
    struct str text = listing_text(cx, v->listing, hit);
    cx->deadline_ms = deadline_ms;
    metric_add(v->in->listed_refused, 1);
    log_event(v->in->parts.log, LOG_INFO, "admission.listed",
              "peer=%.*s zone=%.*s name=%s weight=%d lists=%zu action=refuse", STR_ARG(v->address),
              STR_ARG(hit->zone->zone), log_quote(cx->arena, hit->name), v->verdict.weight,
              v->verdict.count);
    struct str reply = str_printf(cx->arena, "554 5.7.1 Refused: [%.*s] is listed by %.*s%s%.*s",
                                  STR_ARG(v->address), STR_ARG(hit->zone->zone), text.n ? ": " : "",
                                  STR_ARG(text));
    return reply.p;
}

const char *visit_rcpt(struct ctx *cx, struct visit *v, struct str address)
{
    if (!v)
        return NULL;
    judge(cx, v);
    if (reaches(v, SET_LIST_REFUSE) && v->verdict.worst && !is_duty(address))
        return listed(cx, v);
    return NULL;
}

static bool passes_spf(struct ctx *cx, struct visit *v)
{
    const struct spf_question q = {v->ip, v->helo, v->sender, v->in->parts.core->host_name};
    struct spf_answer answer;
    int64_t deadline_ms = cx->deadline_ms;
    cx->deadline_ms = cx->now_ms + number(v, SET_LIST_WAIT_MS);
    spf_check(cx, v->in->parts.resolver, &q, &answer);
    cx->deadline_ms = deadline_ms;
    return answer.result == SPF_PASS;
}

const char *visit_taken(struct ctx *cx, struct visit *v, struct str address)
{
    enum { GREY_OFF, GREY_LISTED };
    const struct policy_rules *rules;
    struct str domain = str_from(address, str_rchr(address, '@') + 1);
    if (!v || policy_domain(cx, v->view, domain, &rules) != OK)
        return NULL;
    int64_t who = rules->number[SET_GREYLIST];
    if (who == GREY_OFF || (who == GREY_LISTED && !reaches(v, SET_LIST_GREYLIST)) ||
        (v->judged && v->verdict.welcome))
        return NULL;
    const struct grey_question q = {v->ip, v->sender, address, rules};
    uint32_t wait_s = greylist_ask(cx, v->in->greylist, &q);
    if (!wait_s)
        return NULL;
    if (rules->number[SET_GREYLIST_SPF] && passes_spf(cx, v)) {
        metric_add(v->in->grey_spf, 1);
        return NULL;
    }
    metric_add(v->in->grey_wait, 1);
    log_event(v->in->parts.log, LOG_INFO, "admission.greylisted", "peer=%.*s from=%s wait_s=%u",
              STR_ARG(v->address), log_quote(cx->arena, v->sender), wait_s);
    return str_printf(cx->arena, "451 4.7.1 Greylisted; come again in %u s", wait_s).p;
}

static struct str hits_text(struct ctx *cx, const struct list_verdict *verdict)
{
    struct str text = {0};
    for (size_t i = 0; i < verdict->count; i++) {
        const struct list_hit *h = &verdict->hits[i];
        struct str one =
            str_printf(cx->arena, "%s %.*s (127.%u.%u.%u, %d)", i ? ";\r\n" : "",
                       STR_ARG(h->zone->zone), h->code[1], h->code[2], h->code[3], h->zone->weight);
        text = str_join(cx->arena, (struct str[]){text, one}, 2);
    }
    return text;
}

struct str visit_message(struct ctx *cx, struct visit *v, bool *junk)
{
    if (!v || !v->judged)
        return (struct str){0};
    if (reaches(v, SET_LIST_JUNK)) {
        *junk = true;
        metric_add(v->in->listed_junk, 1);
        log_event(v->in->parts.log, LOG_INFO, "admission.listed",
                  "peer=%.*s zone=%.*s name=- weight=%d lists=%zu action=junk", STR_ARG(v->address),
                  STR_ARG(v->verdict.hits[0].zone->zone), v->verdict.weight, v->verdict.count);
    }
    if (!reaches(v, SET_LIST_MARK) && !v->verdict.welcome)
        return (struct str){0};
    return str_printf(cx->arena, "X-Listed:%.*s\r\n", STR_ARG(hits_text(cx, &v->verdict)));
}
