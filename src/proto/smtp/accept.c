/* A whole message has come: what it must be, where it goes, what is said. */
#include "base/log.h"
#include "format/address.h"
#include "proto/smtp/command.h"
#include "service/admission.h"
#include "service/mailauth.h"
#include "service/submission/submission.h"

static void transaction_log(struct ctx *cx, const struct smtp_session *s, const char *event,
                            struct str id, uint64_t bytes, const char *what)
{
    if (!log_wants(s->env->log, LOG_INFO))
        return;
    log_event(s->env->log, LOG_INFO, event,
              "id=%.*s connection=%llu role=%.*s peer=%.*s helo=%s from=%s to=%zu bytes=%llu "
              "tls=%s auth=%s reply=%s%.*s",
              STR_ARG(id), (unsigned long long)s->peer->id, STR_ARG(s->peer->role),
              STR_ARG(s->peer->address), log_quote(cx->arena, s->helo),
              log_quote(cx->arena, s->t.sender), s->t.to_count, (unsigned long long)bytes,
              s->peer->tls ? "yes" : "no", log_quote(cx->arena, s->login),
              log_quote(cx->arena, str_z(what)), STR_ARG(smtp_forward_log(cx, s)));
}

/* It was said already. */
static void refused(struct ctx *cx, struct smtp_session *s, struct str id, const char *text)
{
    transaction_log(cx, s, "smtp.refused", id, 0, text);
    smtp_count_message(s, false, 0);
    smtp_forward_forget(s);
    smtp_reset(s);
}

static void refuse(struct ctx *cx, struct smtp_session *s, struct str id, const char *text,
                   struct reply *r)
{
    for (size_t left = smtp_reply_count(s); left; left--)
        smtp_say(s, r, text);
    refused(cx, s, id, text);
}

void smtp_message_refuse(struct ctx *cx, struct smtp_session *s, const char *text, struct reply *r)
{
    refuse(cx, s, STR("-"), text, r);
}

/* *no: the reply, if it is refused. */
static enum code check(struct ctx *cx, const struct smtp_session *s, struct str message,
                       struct header_facts *h, const char **no)
{
    if (message.n > s->env->limits->message_bytes) {
        *no = "552 5.3.4 Message too big for this server";
        return OK;
    }
    *h = header_facts_of(message, HEADER_SECTION_MAX);
    if (h->unended)
        *no = "550 5.6.0 The header section is too long";
    else if (h->received > s->env->limits->received)
        *no = "554 5.4.6 Too many hops: a mail loop";
    else if (s->submission)
        return submission_header_check(cx, s->env->core, s->who, h, no);
    return OK;
}

/* One reply for all recipients. Where some have it and some have not, the client is told to come
   again: those that have it are then passed over, the others get their own reply to RCPT. */
static const char *failure_text(const struct smtp_session *s, enum code code)
{
    bool all = true;
    for (size_t i = 0; i < s->t.to_count; i++)
        all &= s->t.to[i].result == code;
    if (!all)
        return "451 4.3.0 Not all recipients could be served; try again later";
    if (s->t.to[0].refusal.n) /* a script's words (RFC 5429) */
        return s->t.to[0].refusal.p;
    if (code == E_LIMIT && delivery_over_quota(s->env->delivery) == OVER_QUOTA_REFUSE)
        return "552 5.2.2 The mailbox is full";
    return smtp_reply_text(CASE_MESSAGE, code);
}

static void report(struct ctx *cx, const struct smtp_session *s, const struct delivery_message *m)
{
    enum code code = delivery_report(cx, s->env->delivery, m, s->t.to, s->t.to_count);
    if (code != OK)
        log_event(s->env->log, LOG_WARN, "smtp.report_failed", "id=%.*s code=%s what=%s",
                  STR_ARG(m->id), code_name(code), log_quote(cx->arena, str_z(cx->err.what)));
}

/* Taken, with or without a delivery. */
static void accepted(struct ctx *cx, struct smtp_session *s, const struct delivery_message *m,
                     const char *how)
{
    transaction_log(cx, s, "smtp.accepted", m->id, m->bytes.n, how);
    smtp_count_message(s, true, m->bytes.n);
    s->errors = 0;
    s->rejected = 0;
    smtp_forward_forget(s);
    smtp_reset(s);
}

/* What the milters make of it. False: it was refused, or goes nowhere. */
static bool filter(struct ctx *cx, struct smtp_session *s, struct header_facts *h,
                   struct delivery_message *m, struct reply *r)
{
    bool discard;
    const char *no = smtp_filter_message(cx, s, m, h, &discard);
    if (no) {
        bool over = str_starts(str_z(no), STR("421"));
        refuse(cx, s, m->id, no, r);
        s->input = over ? INPUT_OVER : s->input;
        r->close |= over;
        return false;
    }
    if (!discard)
        return true;
    smtp_sayf(s, r, "250 2.0.0 Ok: %.*s", STR_ARG(m->id));
    accepted(cx, s, m, "250 discarded");
    return false;
}

static void deliver(struct ctx *cx, struct smtp_session *s, const struct delivery_message *m,
                    struct reply *r)
{
    enum code code = delivery_run(cx, s->env->delivery, m, s->t.to, s->t.to_count);
    if (code != OK)
        log_event(s->env->log, LOG_WARN, "smtp.delivery_failed", "id=%.*s code=%s what=%s",
                  STR_ARG(m->id), code_name(code), log_quote(cx->arena, str_z(cx->err.what)));
    bool taken = s->lmtp ? smtp_lmtp_tell(s, m->id, r) : code == OK;
    if (!taken) {
        s->lmtp ? refused(cx, s, m->id, failure_text(s, code))
                : refuse(cx, s, m->id, failure_text(s, code), r);
        return;
    }
    report(cx, s, m);
    if (!s->lmtp)
        smtp_sayf(s, r, "250 2.0.0 Ok: %.*s", STR_ARG(m->id));
    accepted(cx, s, m, "250");
}

/* The domain of a recipient that passes the message on to somebody elsewhere, or empty. */
static struct str passing_on(const struct smtp_session *s)
{
    struct str local, domain;
    for (size_t i = 0; i < s->t.to_count; i++)
        if (s->t.to[i].route.outside_count &&
            address_split(s->t.to[i].route.address, &local, &domain))
            return domain;
    return (struct str){0};
}

/* What came from outside: who sent it? False: it was refused. */
static bool authenticate(struct ctx *cx, struct smtp_session *s, const struct header_facts *h,
                         struct delivery_message *m, struct reply *r)
{
    struct mailauth_report report;
    const struct mailauth_message question = {
        .id = m->id,
        .client = s->peer->address,
        .helo = s->helo,
        .mail_from = m->return_path,
        .bytes = m->bytes,
        .from_value = h->from == 1 ? h->from_value : (struct str){0},
        .bimi = visit_wants_bimi(s->visit),
        .sealed_for = str_lower(cx->arena, passing_on(s)),
    };
    /* Who hands over by LMTP is trusted, and is not who sent it. */
    if (s->submission || s->lmtp || !s->env->mailauth)
        return true;
    mailauth_check(cx, s->env->mailauth, &question, &report);
    if (report.advice == MAILAUTH_REFUSE) {
        refuse(cx, s, m->id, str_zdup(cx->arena, report.reply), r);
        return false;
    }
    m->junk |= report.advice == MAILAUTH_JUNK;
    m->forged = report.forged;
    m->received = str_join(cx->arena, (struct str[]){report.field, m->received}, 2);
    return true;
}

void smtp_accept(struct ctx *cx, struct smtp_session *s, struct str message, struct reply *r)
{
    struct str id = submission_new_id(cx);
    struct header_facts h = {0};
    const char *no = NULL;
    enum code code = check(cx, s, message, &h, &no);
    if (code != OK)
        no = smtp_reply_text(CASE_MESSAGE, code);
    if (!no)
        no = visit_bytes(cx, s->visit, message.n);
    if (no) {
        refuse(cx, s, id, no, r);
        return;
    }
    struct delivery_message m = {
        .bytes =
            s->submission ? submission_complete(cx, message, &h, id, s->env->host_name) : message,
        .return_path = s->t.sender,
        .received = smtp_received(cx, s, id),
        .id = id,
        .sender = s->who,
        .received_ms = cx->now_ms,
        .envid = s->t.envid,
        .headers_only = s->t.headers_only,
        .whole = s->t.whole,
        .utf8 = s->t.utf8,
        .binary = s->t.body == BODY_BINARYMIME,
        .require_tls = s->t.require_tls,
        .held = visit_is_held(s->visit),
        .priority = s->t.priority,
        .by_ms = s->t.by_ms,
        .by_return = s->t.by_return,
        .release_ms = s->t.release_ms,
        .id_is_new = true,
        .each_is_told = s->lmtp,
    };
    struct str known = visit_message(cx, s->visit, &m.junk);
    if (known.n)
        m.received = str_join(cx->arena, (struct str[]){known, m.received}, 2);
    if (!authenticate(cx, s, &h, &m, r) || !filter(cx, s, &h, &m, r))
        return;
    if (s->submission)
        submission_sign(cx, s->env->signer, s->env->log, &h, &m);
    deliver(cx, s, &m, r);
}
