/* An account has become suspicious: who is told, and what becomes of its mail. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/metric.h"
#include "core/audit.h"
#include "core/directory.h"
#include "format/date.h"
#include "service/admission/inner.h"
#include "service/delivery.h"
#include "service/transport/admin.h"
#include <stdlib.h>

enum { TEXT_MAX = 8192, PAGE = 200 };

void admission_join(struct admission *a, struct delivery *d, struct queue *q)
{
    a->delivery = d;
    a->queue = q;
}

static void pending_add(struct admission *a, const struct suspect_facts *f)
{
    pthread_mutex_lock(&a->lock);
    if (a->pending_count < ADMISSION_PENDING_MAX)
        a->pending[a->pending_count++] = *f;
    pthread_mutex_unlock(&a->lock);
}

static void audit(struct ctx *cx, struct admission *a, const char *act, struct str account,
                  struct str text)
{
    const struct audit_entry entry = {
        .at_ms = cx->now_ms,
        .actor = STR("server"),
        .act = str_z(act),
        .object = account,
        .detail = text,
    };
    if (audit_add(cx, a->parts.core, &entry) != OK)
        log_event(a->parts.log, LOG_ERROR, "admission.failed", "code=%s why=%s",
                  code_name(cx->err.code), log_quote(cx->arena, str_z(cx->err.what)));
}

static enum code queue_of(struct ctx *cx, struct admission *a, struct str account,
                          enum queue_act act)
{
    const struct queue_filter filter = {.sender = account};
    uint64_t done;
    return a->queue ? queue_act(cx, a->queue, &filter, act, &done) : OK;
}

static void alarm_raise(struct ctx *cx, struct admission *a, struct str account, uint32_t floor,
                        const struct suspect_facts *f)
{
    struct str text = suspect_text(cx->arena, f, floor);
    metric_add(a->alarms, 1);
    log_event(a->parts.log, LOG_WARN, "admission.suspect",
              "account=%s state=%s score=%u recipients=%u usual=%u new=%u refused=%u bounces=%u "
              "networks=%u",
              log_quote(cx->arena, account), suspect_state_name(f->state), f->score, f->recipients,
              f->usual, f->fresh, f->refused, f->bounces, f->networks);
    audit(cx, a, "account.suspect", account, text);
    pending_add(a, f);
    if (f->state == SUSPECT_HELD && queue_of(cx, a, account, QUEUE_HOLD) != OK)
        log_event(a->parts.log, LOG_ERROR, "admission.failed", "code=%s why=%s",
                  code_name(cx->err.code), log_quote(cx->arena, str_z(cx->err.what)));
}

void admission_note(struct ctx *cx, struct admission *a, const struct policy_rules *rules,
                    struct str account, struct suspect_event e)
{
    struct suspect_facts f;
    bool alarm;
    if (!rules->number[SET_SUSPECT])
        return;
    e.floor = (uint32_t)rules->number[SET_SUSPECT_FLOOR];
    e.limit = (uint32_t)rules->number[SET_SUSPECT_SCORE];
    e.state = (enum suspect_state)rules->number[SET_SUSPECT];
    enum code code = suspect_note(cx, a->suspects, &e, &alarm, &f);
    if (code != OK)
        log_event(a->parts.log, LOG_ERROR, "admission.failed", "code=%s why=%s", code_name(code),
                  log_quote(cx->arena, str_z(cx->err.what)));
    else if (alarm)
        alarm_raise(cx, a, account, e.floor, &f);
}

void admission_bounced(struct ctx *cx, struct admission *a, principal_id who)
{
    struct principal p;
    struct domain d;
    const struct policy_rules *rules;
    struct policy_view *view AUTO(policy_view_unref) = a ? admission_view(cx, a) : NULL;
    if (!view || directory_by_id(cx, a->parts.core, who, &p) != OK ||
        directory_domain_by_id(cx, a->parts.core, p.domain, &d) != OK ||
        policy_domain(cx, view, d.name, &rules) != OK)
        return;
    admission_note(cx, a, rules, p.address, (struct suspect_event){.who = who, .act = ACT_BOUNCE});
}

enum code admission_clear(struct ctx *cx, struct admission *a, const struct principal *p)
{
    TRY(suspect_clear(cx, a->suspects, p->id));
    return queue_of(cx, a, p->address, QUEUE_RELEASE);
}

static struct str letter(struct ctx *cx, const struct admission *a, struct str to,
                         const struct principal *who, const struct suspect_facts *f)
{
    static const char *const done[SUSPECT_END] = {
        [SUSPECT_NOT] = "",
        [SUSPECT_ALARMED] = "Nothing was done but to tell you.",
        [SUSPECT_HELD] = "What it sends to other systems is held in the queue.",
        [SUSPECT_LOCKED] = "It cannot send any more.",
    };
    struct str host = a->parts.core->host_name;
    struct buf b = buf_of(cx->arena, TEXT_MAX);
    buf_printf(&b,
               "From: Mail service <postmaster@%.*s>\r\nTo: <%.*s>\r\nSubject: An account may "
               "have been taken over\r\nDate: ",
               STR_ARG(host), STR_ARG(to));
    date_put_rfc5322(&b, (struct date){.utc_ms = cx->now_ms});
    buf_printf(&b,
               "\r\nMessage-ID: <suspect.%ju.%jd@%.*s>\r\nAuto-Submitted: auto-generated\r\n"
               "Importance: high\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; "
               "charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
               (uintmax_t)f->who, (intmax_t)f->alarmed_ms, STR_ARG(host));
    buf_printf(&b,
               "%.*s behaves as if somebody else used it:\r\n%.*s.\r\n\r\n%s\r\n\r\nWhen the "
               "account is in good hands again (a new password), say:\r\n\r\n"
               "  postroad suspect clear %.*s\r\n",
               STR_ARG(who->address), STR_ARG(suspect_text(cx->arena, f, 0)), done[f->state],
               STR_ARG(who->address));
    return buf_str(&b);
}

static enum code letter_send(struct ctx *cx, struct admission *a, const struct principal *to,
                             const struct principal *who, const struct suspect_facts *f)
{
    struct str id =
        str_printf(cx->arena, "suspect.%ju.%jd", (uintmax_t)f->who, (intmax_t)f->alarmed_ms);
    struct route_target target = {.who = to->id, .account = to->id, .over_quota_ok = true};
    struct delivery_recipient recipient = {
        .route = {.kind = ROUTE_LOCAL,
                  .address = to->address,
                  .targets = &target,
                  .target_count = 1},
    };
    const struct delivery_message m = {
        .bytes = letter(cx, a, to->address, who, f),
        .received = str_printf(cx->arena, "Received: by %.*s (Postroad) id %.*s\r\n",
                               STR_ARG(a->parts.core->host_name), STR_ARG(id)),
        .id = id,
        .received_ms = cx->now_ms,
    };
    return delivery_run(cx, a->delivery, &m, &recipient, 1);
}

/* Everybody who may administer the account's domain has a letter; by page, each a memory. */
static enum code page_tell(struct ctx *cx, struct admission *a, const struct principal *who,
                           const struct suspect_facts *f, struct str *after)
{
    struct principal *page;
    size_t count;
    TRY(directory_list(cx, a->parts.core, 0, *after, PAGE, &page, &count));
    *after = count ? page[count - 1].address : (struct str){0};
    for (size_t i = 0; i < count; i++) {
        const struct principal *p = &page[i];
        if (!p->roles.n || !p->has_account ||
            directory_may_administer(cx, a->parts.core, p->id, who->domain) != OK)
            continue;
        TRY(letter_send(cx, a, p, who, f));
    }
    return OK;
}

static enum code tell(struct ctx *cx, struct admission *a, const struct suspect_facts *f)
{
    struct arena *keep AUTO(arena_close) = arena_open();
    struct principal who;
    struct str after = {0};
    TRY(directory_by_id(cx, a->parts.core, f->who, &who));
    do {
        struct arena *arena AUTO(arena_close) = arena_open();
        struct ctx own = *cx;
        own.arena = arena;
        enum code code = page_tell(&own, a, &who, f, &after);
        cx->err = own.err;
        TRY(code);
        after = str_dup(keep, after);
    } while (after.n);
    return OK;
}

enum code admission_tell(struct ctx *cx, struct admission *a)
{
    struct suspect_facts f[ADMISSION_PENDING_MAX];
    pthread_mutex_lock(&a->lock);
    size_t count = a->delivery ? a->pending_count : 0;
    for (size_t i = 0; i < count; i++)
        f[i] = a->pending[i];
    a->pending_count -= count;
    pthread_mutex_unlock(&a->lock);
    enum code first = OK;
    for (size_t i = 0; i < count; i++) {
        enum code code = tell(cx, a, &f[i]);
        if (code != OK && code != E_NOT_FOUND)
            first = code;
    }
    return first;
}
