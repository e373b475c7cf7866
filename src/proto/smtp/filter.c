/* Milters in a session: what they say of each command, and what a message became. */
#include "base/log.h"
#include "format/header/facts.h"
#include "proto/smtp/command.h"
#include "service/milter.h"

/* Says a milter's answer; 421 ends the session. */
static bool said(struct smtp_session *s, struct reply *r, const char *no)
{
    if (!no)
        return false;
    if (str_starts(str_z(no), STR("421")))
        smtp_goodbye(s, r, no);
    else
        smtp_say(s, r, no);
    return true;
}

bool smtp_filter_mail(struct ctx *cx, struct smtp_session *s, struct str sender, struct str params,
                      struct reply *r)
{
    const struct milter_client client = {.peer = s->peer, .helo = s->helo, .login = s->login};
    if (!s->env->milters || s->lmtp)
        return true;
    if (!s->filter)
        s->filter = milter_visit_open(s->env->milters, s->submission);
    return !said(s, r, milter_mail(cx, s->filter, &client, sender, params));
}

bool smtp_filter_rcpt(struct ctx *cx, struct smtp_session *s, struct str address, struct str params,
                      struct reply *r)
{
    return !said(s, r, milter_rcpt(cx, s->filter, address, params));
}

bool smtp_filter_data(struct ctx *cx, struct smtp_session *s, struct reply *r)
{
    s->t.data_told = true;
    return !said(s, r, milter_data(cx, s->filter));
}

bool smtp_filter_unknown(struct ctx *cx, struct smtp_session *s, struct str line, struct reply *r)
{
    return !said(s, r, milter_unknown(cx, s->filter, line));
}

static bool is_among(struct str address, const struct str *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_ieq(address, list[i]))
            return true;
    return false;
}

/* One more, as if RCPT had named it. What leads nowhere is left out: nobody could be told. */
static void add(struct ctx *cx, struct smtp_session *s, struct str id, struct str address)
{
    struct delivery_recipient to = {0};
    enum code code = delivery_route(cx, s->env->delivery, address, s->who, 0, &to.route);
    bool reached = code == OK && to.route.kind != ROUTE_REFUSED &&
                   to.route.target_count + to.route.outside_count &&
                   s->t.to_count < s->env->limits->recipients &&
                   (to.route.kind == ROUTE_LOCAL || delivery_has_queue(s->env->delivery));
    if (reached)
        smtp_recipient_keep(s, &to);
    else
        log_event(s->env->log, LOG_WARN, "milter.not_added", "id=%.*s to=%s", STR_ARG(id),
                  log_quote(cx->arena, address));
}

static void recipients_change(struct ctx *cx, struct smtp_session *s, struct str id,
                              const struct milter_outcome *o)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->t.to_count; i++)
        if (!is_among(s->t.to[i].route.address, o->less, o->less_count))
            s->t.to[kept++] = s->t.to[i];
    s->t.to_count = kept;
    for (size_t i = 0; i < o->more_count; i++)
        add(cx, s, id, o->more[i]);
}

/* Mailboxes here have it in Junk; for elsewhere it waits for an administrator. */
static void quarantine(struct ctx *cx, const struct smtp_session *s, struct delivery_message *m)
{
    log_event(s->env->log, LOG_INFO, "milter.quarantined", "id=%.*s from=%s", STR_ARG(m->id),
              log_quote(cx->arena, m->return_path));
    m->junk = m->held = true;
}

const char *smtp_filter_message(struct ctx *cx, struct smtp_session *s, struct delivery_message *m,
                                struct header_facts *h, bool *discard)
{
    struct milter_outcome o;
    const char *no = s->filter && !s->t.data_told ? milter_data(cx, s->filter) : NULL;
    *discard = false;
    if (no || !s->filter)
        return no;
    milter_message(cx, s->filter, m->id, m->bytes, s->env->limits->message_bytes, &o);
    if (o.reply)
        return o.reply;
    m->bytes = o.bytes;
    if (o.changed)
        *h = header_facts_of(m->bytes, HEADER_SECTION_MAX);
    if (o.fields.n)
        m->received = str_join(cx->arena, (struct str[]){o.fields, m->received}, 2);
    if (o.has_sender)
        m->return_path = s->t.sender = str_dup(smtp_tx_arena(s), o.sender);
    recipients_change(cx, s, m->id, &o);
    *discard = o.discard || s->t.to_count == 0;
    if (o.quarantine && !*discard)
        quarantine(cx, s, m);
    return NULL;
}
