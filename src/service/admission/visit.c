/* One client's stay. */
#include "base/arena.h"
#include "base/cur.h"
#include "base/log.h"
#include "base/metric.h"
#include "core/directory.h"
#include "format/address.h"
#include "format/domain.h"
#include "service/admission/inner.h"
#include "service/mailauth.h"
#include "service/mailauth/spf.h"
#include <stdlib.h>

struct policy_view *admission_view(struct ctx *cx, const struct admission *a)
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
    struct policy_view *view = admission_view(cx, a);
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

struct visit *visit_login(struct ctx *cx, struct admission *a, struct visit *before,
                          principal_id who, struct str address)
{
    struct principal p;
    struct domain d;
    if (!a || (before && before->who == who))
        return before;
    visit_close(before);
    struct policy_view *view = who ? admission_view(cx, a) : NULL;
    if (!view)
        return NULL;
    struct visit *v = calloc(1, sizeof *v);
    must(v);
    v->in = a;
    v->view = view;
    v->who = who;
    v->has_ip = ip_parse(address, &v->ip);
    (void)snprintf(v->address_text, sizeof v->address_text, "%.*s", STR_ARG(address));
    v->address = str_z(v->address_text);
    v->arena = arena_open();
    if (directory_by_id(cx, a->parts.core, who, &p) == OK &&
        directory_domain_by_id(cx, a->parts.core, p.domain, &d) == OK) {
        v->account = str_dup(v->arena, p.address);
        v->domain = str_dup(v->arena, d.name);
    }
    return v;
}

uint32_t visit_greeting_ms(const struct visit *v)
{
    return v ? (uint32_t)policy_forest(v->view)->number[SET_GREETING_DELAY_MS] : 0;
}

void visit_early(struct ctx *cx, struct visit *v, bool greeted)
{
    (void)cx;
    if (!v)
        return;
    metric_add(v->in->early[greeted], 1);
    log_event(v->in->parts.log, LOG_INFO, "admission.early", "peer=%.*s before=%s",
              STR_ARG(v->address), greeted ? "hello" : "greeting");
}

void visit_close(struct visit *v)
{
    if (!v)
        return;
    if (v->arena)
        arena_close(v->arena);
    listing_close(v->listing);
    policy_view_unref(v->view);
    free(v);
}

/* What a limit of this kind counts here; empty: nothing. */
static struct str subject_of(struct ctx *cx, const struct visit *v, enum limit_per per,
                             struct str recipient)
{
    if (v->who)
        return per == PER_ACCOUNT  ? str_printf(cx->arena, "%ju", (uintmax_t)v->who)
               : per == PER_DOMAIN ? v->domain
                                   : (struct str){0};
    switch (per) {
    case PER_SENDER:
        return str_lower(cx->arena, v->sender);
    case PER_ADDRESS:
        return v->address;
    case PER_NETWORK:
        return str_of(v->ip.at, v->ip.v6 ? 8 : 3);
    case PER_RECIPIENT:
        return str_lower(cx->arena, recipient);
    case PER_ACCOUNT:
    case PER_DOMAIN:
    case PER_END:
        break;
    }
    return (struct str){0};
}

static const struct policy_rules *rules_of(struct ctx *cx, struct visit *v, struct str recipient)
{
    const struct policy_rules *rules = policy_forest(v->view);
    struct str domain = v->who ? v->domain : str_from(recipient, str_rchr(recipient, '@') + 1);
    if (domain.n && policy_domain(cx, v->view, domain, &rules) != OK)
        rules = policy_forest(v->view);
    return rules;
}

static const char *put_off(struct ctx *cx, const struct visit *v, const struct limit *l,
                           uint32_t wait_s)
{
    const char *per = limit_per_name(l->per), *of = limit_of_name(l->of);
    metric_add(v->in->limited[l->per], 1);
    log_event(v->in->parts.log, LOG_INFO, "admission.limited",
              "limit=%.*s per=%s of=%s peer=%s account=%s wait_s=%u", STR_ARG(l->name), per, of,
              log_quote(cx->arena, v->address), log_quote(cx->arena, v->account), wait_s);
    return str_printf(cx->arena, "450 4.7.1 Too many %s for one %s (%.*s); try again in %u s", of,
                      per, STR_ARG(l->name), wait_s)
        .p;
}

/* Counts n (0: looks whether one more is too many); NULL, or the reply when it is. */
static const char *take(struct ctx *cx, struct visit *v, enum limit_of of, uint64_t n,
                        struct str recipient)
{
    const struct policy_rules *rules = rules_of(cx, v, recipient);
    struct limit_use uses[LIMITS_MAX];
    size_t count = 0;
    uint32_t wait_s;
    for (size_t i = 0; i < rules->limit_count; i++) {
        const struct limit *own =
            v->who ? policy_own_limit(cx, v->view, rules->limits[i]->name, v->account) : NULL;
        const struct limit *l = own ? own : rules->limits[i];
        struct str subject = l->of == of ? subject_of(cx, v, l->per, recipient) : (struct str){0};
        if (subject.n && l->max)
            uses[count++] = (struct limit_use){l, subject, n ? n : 1};
    }
    const struct limit *over =
        count ? limits_take(cx, v->in->limits, uses, count, n == 0, &wait_s) : NULL;
    return over ? put_off(cx, v, over, wait_s) : NULL;
}

static int64_t number(const struct visit *v, enum setting which)
{
    return policy_forest(v->view)->number[which];
}

/* RFC 5321 section 4.1.3: "[192.0.2.1]", "[IPv6:2001:db8::1]". */
static bool is_own_literal(const struct visit *v, struct str helo)
{
    struct cur c = cur_of(helo);
    struct str text;
    struct ip ip;
    if (!cur_char(&c, '[') || !cur_until(&c, ']', &text) || !cur_end(&c))
        return false;
    if (str_istarts(text, STR("IPv6:")))
        text = str_from(text, 5);
    return ip_parse(text, &ip) && ip_in(ip, v->ip, v->ip.v6 ? 128 : 32);
}

const char *visit_hello(struct ctx *cx, struct visit *v, struct str helo)
{
    const char *no = NULL;
    if (!v || v->who)
        return NULL;
    bool full = str_chr(helo, '.') != SIZE_MAX && domain_valid(helo);
    if (number(v, SET_HELLO_OURS) && str_ieq(helo, v->in->parts.core->host_name))
        no = "550 5.7.1 That is our name, not yours";
    else if (number(v, SET_HELLO_STRICT) && !full && !is_own_literal(v, helo))
        no = "550 5.7.1 Say the full name of your host, or its address";
    if (no)
        log_event(v->in->parts.log, LOG_INFO, "admission.hello", "peer=%.*s helo=%s",
                  STR_ARG(v->address), log_quote(cx->arena, helo));
    return no;
}

bool visit_is_held(const struct visit *v)
{
    return v && v->held;
}

/* NULL, or the reply to an account that may not send. */
static const char *locked(struct ctx *cx, struct visit *v)
{
    struct suspect_facts f;
    v->held = false;
    if (!v->who || !rules_of(cx, v, (struct str){0})->number[SET_SUSPECT] ||
        suspect_show(cx, v->in->suspects, v->who, &f) != OK)
        return NULL;
    v->held = f.state == SUSPECT_HELD;
    return f.state == SUSPECT_LOCKED ? "550 5.7.1 This account may have been taken over and cannot "
                                       "send; ask your administrator"
                                     : NULL;
}

static void note(struct ctx *cx, struct visit *v, enum suspect_act act, struct str recipient)
{
    admission_note(cx, v->in, rules_of(cx, v, (struct str){0}), v->account,
                   (struct suspect_event){.who = v->who,
                                          .act = act,
                                          .client = v->has_ip ? &v->ip : NULL,
                                          .recipient = recipient});
}

const char *visit_mail(struct ctx *cx, struct visit *v, struct str helo, struct str sender)
{
    struct str local, domain = {0};
    if (!v)
        return NULL;
    struct policy_view *fresh = admission_view(cx, v->in);
    if (fresh) {
        policy_view_unref(v->view);
        v->view = fresh;
    }
    v->judged = false;
    v->helo = helo;
    v->sender = sender;
    const char *no = locked(cx, v);
    if (!no)
        no = take(cx, v, OF_MESSAGES, 1, (struct str){0});
    if (no || !v->listing)
        return no;
    if (!address_split(sender, &local, &domain))
        domain = (struct str){0};
    listing_names(cx, v->listing, helo, domain);
    return NULL;
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
    const char *no = v->who ? NULL : take(cx, v, OF_UNKNOWN, 0, address);
    if (no)
        return no;
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
    if (!v)
        return NULL;
    const struct policy_rules *rules = rules_of(cx, v, address);
    const char *no = take(cx, v, OF_RECIPIENTS, 1, address);
    if (!no && v->who)
        note(cx, v, ACT_RECIPIENT, address);
    if (no || v->who)
        return no;
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

void visit_unknown(struct ctx *cx, struct visit *v)
{
    if (v && v->who)
        note(cx, v, ACT_REFUSED, (struct str){0});
    else if (v)
        (void)take(cx, v, OF_UNKNOWN, 1, (struct str){0});
}

const char *visit_bytes(struct ctx *cx, struct visit *v, uint64_t bytes)
{
    return v ? take(cx, v, OF_BYTES, bytes, (struct str){0}) : NULL;
}

bool visit_wants_bimi(const struct visit *v)
{
    return v && number(v, SET_BIMI);
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
