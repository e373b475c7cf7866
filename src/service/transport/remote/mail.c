/* The envelope: which errand comes next, whether this host can take it, MAIL and RCPT. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "service/delivery.h"
#include "service/transport/remote/session.h"

void client_result(struct client *c, enum errand_result result, struct str status,
                   struct str diagnostic)
{
    struct errand *e = c->e;
    for (size_t i = 0; i < e->to_count; i++) {
        struct errand_recipient *to = &e->to[i];
        if (to->result)
            continue;
        to->result = result;
        to->status = str_dup(e->arena, status);
        to->diagnostic = str_dup(e->arena, diagnostic);
        to->next_hop = str_dup(e->arena, c->job->host);
    }
}

/* delivered: 2xx is to that effect, and not just one step. */
void client_one_result(struct client *c, struct errand_recipient *to, const struct heard *h,
                       bool delivered)
{
    struct arena *a = c->e->arena;
    if (to->result || (h->code < 400 && !delivered))
        return;
    to->result = h->code < 400 ? ERRAND_DELIVERED : h->code < 500 ? ERRAND_DEFERRED : ERRAND_FAILED;
    to->status = str_dup(a, h->status);
    to->diagnostic = str_dup(a, h->text);
    to->next_hop = str_dup(a, c->job->host);
    to->next_hop_reports = (c->offers & OFFERS_DSN) != 0;
}

static void log_errand(struct ctx *cx, const struct client *c)
{
    size_t counts[ERRAND_FAILED + 1] = {0};
    const struct errand *e = c->e;
    const struct errand_recipient *worst = &e->to[0];
    for (size_t i = 0; i < e->to_count; i++) {
        counts[e->to[i].result]++;
        metric_add(c->job->env->meters.recipients[e->to[i].result], 1);
        if (e->to[i].result > worst->result)
            worst = &e->to[i];
    }
    const struct tls_facts *f = c->peer->tls;
    static const char *const trusts[] = {"none", "name", "dane"};
    log_event(c->job->env->log, LOG_INFO, "remote.sent",
              "id=%llu connection=%llu host=%s peer=%.*s tls=%.*s trust=%s from=%s bytes=%llu "
              "to=%zu delivered=%zu deferred=%zu failed=%zu ms=%lld status=%.*s answer=%s",
              (unsigned long long)e->id, (unsigned long long)c->peer->id,
              log_quote(cx->arena, c->job->host), STR_ARG(c->peer->address),
              STR_ARG(f ? f->version : STR("no")), f ? trusts[f->trust] : "none",
              log_quote(cx->arena, e->return_path), (unsigned long long)e->size_bytes, e->to_count,
              counts[ERRAND_DELIVERED], counts[ERRAND_DEFERRED], counts[ERRAND_FAILED],
              (long long)(clock_mono_ms() - c->begun_ms), STR_ARG(worst->status),
              log_quote(cx->arena, worst->diagnostic));
}

static void settle(struct ctx *cx, struct client *c)
{
    struct client_job *job = c->job;
    log_errand(cx, c);
    metric_observe_us(job->env->meters.seconds, (clock_mono_ms() - c->begun_ms) * 1000);
    client_content_close(c);
    job->slot->settle(cx, job->slot, c->e);
    job->settled++;
    c->e = NULL;
}

void client_settle(struct ctx *cx, struct client *c, struct reply *r)
{
    settle(cx, c);
    client_next(cx, c, r);
}

static bool is_printable(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return false;
    return true;
}

static bool addresses_are_sound(const struct errand *e)
{
    bool sound = is_printable(e->return_path) && is_printable(e->envid);
    for (size_t i = 0; i < e->to_count; i++)
        sound &= is_printable(e->to[i].address) && is_printable(e->to[i].orcpt);
    return sound;
}

static bool unfit(struct client *c, struct str status, struct str why)
{
    client_result(c, ERRAND_FAILED, status, why);
    return false;
}

/* RFC 8689 section 4.2.1: the host was found by a way that can be trusted, and proved who it is. */
static bool may_require_tls(const struct client *c)
{
    return (c->offers & OFFERS_REQUIRETLS) && c->job->tls_secure_route && c->peer->tls &&
           c->peer->tls->trust != TLS_TRUST_NONE;
}

/* Whether the other side can take the errand, whatever its content; if not, its recipients are
   told. */
static bool fits(struct client *c)
{
    const struct errand *e = c->e;
    if (!addresses_are_sound(e))
        return unfit(c, STR("5.1.3"), STR("the address cannot be said by SMTP"));
    if (e->require_tls && !may_require_tls(c))
        return unfit(c, STR("5.7.30"), STR("REQUIRETLS support required"));
    if (e->by_ms && e->by_return && !(c->offers & OFFERS_DELIVERBY)) /* RFC 2852 section 4.1.4 */
        return unfit(c, STR("5.3.3"), STR("the next host does not know DELIVERBY"));
    return true;
}

/* The same of its content, which may have to be converted. */
static bool content_fits(struct ctx *cx, struct client *c)
{
    if (!client_content_fits(cx, c))
        return false;
    if (c->size_max && c->size_bytes > c->size_max)
        return unfit(c, STR("5.3.4"), STR("the message is larger than the next host takes"));
    return true;
}

/* RFC 3461 section 4. */
static void put_xtext(struct rope *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char ch = (unsigned char)s.p[i];
        if (ch <= ' ' || ch == '+' || ch == '=' || ch >= 0x7f)
            rope_printf(out, "+%02X", ch);
        else
            rope_put(out, str_sub(s, i, 1));
    }
}

static void say_mail(struct ctx *cx, struct client *c, struct reply *r)
{
    const struct errand *e = c->e;
    struct rope *out = &r->out;
    rope_printf(out, "MAIL FROM:<%.*s>", STR_ARG(e->return_path));
    if (c->offers & OFFERS_SIZE)
        rope_printf(out, " SIZE=%llu", (unsigned long long)c->size_bytes);
    if (c->binary)
        rope_put(out, STR(" BODY=BINARYMIME"));
    else if (c->eight_bit)
        rope_put(out, STR(" BODY=8BITMIME"));
    if (c->utf8)
        rope_put(out, STR(" SMTPUTF8"));
    if (e->require_tls)
        rope_put(out, STR(" REQUIRETLS"));
    if (e->priority && (c->offers & OFFERS_MT_PRIORITY))
        rope_printf(out, " MT-PRIORITY=%d", e->priority);
    if (e->by_ms && (c->offers & OFFERS_DELIVERBY))
        rope_printf(out, " BY=%lld;%s", (long long)((e->by_ms - cx->now_ms) / 1000),
                    e->by_return ? "R" : "N");
    if ((c->offers & OFFERS_DSN) && e->headers_only)
        rope_put(out, STR(" RET=HDRS"));
    if ((c->offers & OFFERS_DSN) && e->envid.n) {
        rope_put(out, STR(" ENVID="));
        put_xtext(out, e->envid);
    }
    rope_put(out, STR("\r\n"));
    c->phase = PHASE_MAIL;
}

static void put_notify(struct rope *out, uint32_t notify)
{
    static const struct {
        uint32_t bit;
        const char *word;
    } words[] = {{NOTIFY_NEVER, "NEVER"},
                 {NOTIFY_SUCCESS, "SUCCESS"},
                 {NOTIFY_FAILURE, "FAILURE"},
                 {NOTIFY_DELAY, "DELAY"}};
    const char *before = " NOTIFY=";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!(notify & words[i].bit))
            continue;
        rope_printf(out, "%s%s", before, words[i].word);
        before = ",";
    }
}

static void say_rcpt(struct client *c, const struct errand_recipient *to, struct reply *r)
{
    rope_printf(&r->out, "RCPT TO:<%.*s>", STR_ARG(to->address));
    if (c->offers & OFFERS_DSN) {
        put_notify(&r->out, to->notify);
        size_t type = str_chr(to->orcpt, ';');
        if (type != SIZE_MAX) {
            rope_printf(&r->out, " ORCPT=%.*s", STR_ARG(str_sub(to->orcpt, 0, type + 1)));
            put_xtext(&r->out, str_from(to->orcpt, type + 1));
        }
    }
    rope_put(&r->out, STR("\r\n"));
}

/* All that goes out before an answer is needed: with PIPELINING (RFC 2920) the whole envelope, and
   a small message behind it. LMTP is not sent DATA before a recipient is known to be good: when
   there is none, no reply would follow the message. */
static void say_envelope(struct ctx *cx, struct client *c, struct reply *r)
{
    say_mail(cx, c, r);
    if (!(c->offers & OFFERS_PIPELINING))
        return;
    for (size_t i = 0; i < c->e->to_count; i++)
        say_rcpt(c, &c->e->to[i], r);
    c->rcpt_said = c->e->to_count;
    if (c->job->lmtp || (!c->dotted && c->size_bytes > CLIENT_PIPED))
        return;
    client_content_ask(c, r);
    c->phase = PHASE_MAIL;
    c->all_said = true;
}

static void begin(struct ctx *cx, struct client *c, struct reply *r)
{
    struct errand *e = c->e;
    c->taken = ARENA_ARRAY(e->arena, e->to_count, bool);
    c->rcpt_said = c->answered = c->accepted = c->final = 0;
    c->all_said = c->nothing_to_say = c->mail_refused = false;
    c->dotted = !(c->offers & OFFERS_CHUNKING) || (c->job->lmtp && !c->binary);
    if (c->needs_rset) {
        rope_put(&r->out, STR("RSET\r\n"));
        c->phase = PHASE_RSET;
        if (!(c->offers & OFFERS_PIPELINING))
            return;
        say_envelope(cx, c, r);
        c->phase = PHASE_RSET;
    } else {
        say_envelope(cx, c, r);
    }
}

/* The one that another host did not take: what that said of it does not count any more. */
static bool carried_take(struct client *c)
{
    c->e = c->job->carried;
    c->job->carried = NULL;
    for (size_t i = 0; c->e && i < c->e->to_count; i++)
        c->e->to[i].result = 0;
    return c->e != NULL;
}

void client_next(struct ctx *cx, struct client *c, struct reply *r)
{
    struct client_job *job = c->job;
    while (carried_take(c) || job->slot->next(cx, job->slot, &c->e)) {
        c->begun_ms = clock_mono_ms();
        if (fits(c)) {
            if (client_content_open(cx, c) != OK) {
                client_result(c, ERRAND_DEFERRED, STR("4.3.0"), STR("the message cannot be read"));
            } else if (content_fits(cx, c)) {
                begin(cx, c, r);
                return;
            }
        }
        settle(cx, c);
    }
    c->e = NULL;
    client_stop(c, CLIENT_DONE, STR("2.0.0"), STR(""));
    client_quit(c, r);
}

void client_rset_reply(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r)
{
    if (h->code != 250) {
        client_stop(c, CLIENT_LOST, h->status, h->text);
        client_quit(c, r);
        return;
    }
    c->needs_rset = false;
    if (c->offers & OFFERS_PIPELINING)
        c->phase = PHASE_MAIL; /* it was said behind RSET */
    else
        say_envelope(cx, c, r);
}

void client_mail_reply(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r)
{
    struct errand *e = c->e;
    if (h->code >= 400) {
        for (size_t i = 0; i < e->to_count; i++)
            client_one_result(c, &e->to[i], h, false);
        c->mail_refused = true;
    }
    if (c->rcpt_said == e->to_count) {
        c->phase = PHASE_RCPT;
    } else if (c->mail_refused) {
        client_settle(cx, c, r);
    } else {
        say_rcpt(c, &e->to[c->rcpt_said++], r);
        c->phase = PHASE_RCPT;
    }
}

/* 452, and 552 from old hosts, may say that there are too many (RFC 5321 section 4.5.3.1.10): then
   the others go at once with the next errand. */
static bool too_many(const struct client *c, const struct heard *h)
{
    return c->accepted && (h->code == 452 || h->code == 552);
}

static void note_rcpt(struct client *c, struct errand_recipient *to, const struct heard *h)
{
    if (c->mail_refused || too_many(c, h))
        return;
    client_one_result(c, to, h, false);
    if (to->result)
        return;
    c->taken[to - c->e->to] = true;
    c->accepted++;
}

static void all_answered(struct ctx *cx, struct client *c, struct reply *r)
{
    if (c->all_said) {
        c->nothing_to_say = c->accepted == 0;
        c->phase = c->dotted ? PHASE_DATA : PHASE_FINAL;
    } else if (c->accepted) {
        client_content_ask(c, r);
    } else {
        c->needs_rset = !c->mail_refused;
        client_settle(cx, c, r);
    }
}

void client_rcpt_reply(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r)
{
    struct errand *e = c->e;
    note_rcpt(c, &e->to[c->answered++], h);
    if (c->answered == e->to_count)
        all_answered(cx, c, r);
    else if (c->rcpt_said < e->to_count)
        say_rcpt(c, &e->to[c->rcpt_said++], r);
}
