/* RCPT (RFC 5321 section 4.1.1.3, RFC 3461). */
#include "format/utf8.h"
#include "proto/smtp/command.h"
#include "proto/smtp/path.h"
#include "service/admission.h"

static enum code params_take(struct ctx *cx, bool utf8, struct cur *c,
                             struct delivery_recipient *to, bool *unknown)
{
    for (;;) {
        struct smtp_param p;
        TRY(smtp_param_take(cx, c, &p));
        if (p.name.n == 0)
            return OK;
        if (str_ieq(p.name, STR("NOTIFY"))) {
            if (to->notify)
                return fail(cx, E_SYNTAX, "RCPT: NOTIFY twice");
            TRY(smtp_notify(cx, p.value, &to->notify));
        } else if (str_ieq(p.name, STR("ORCPT"))) {
            if (to->orcpt.n)
                return fail(cx, E_SYNTAX, "RCPT: ORCPT twice");
            TRY(smtp_orcpt(cx, p.value, utf8, &to->orcpt));
        } else {
            *unknown = true;
            return OK;
        }
    }
}

void smtp_recipient_keep(struct smtp_session *s, const struct delivery_recipient *to)
{
    struct smtp_transaction *t = &s->t;
    struct arena *a = smtp_tx_arena(s);
    if (t->to_count == t->to_cap) {
        size_t cap = t->to_cap ? t->to_cap * 4 : 1;
        t->to = arena_grow(a, t->to, t->to_cap * sizeof *to, cap * sizeof *to);
        t->to_cap = cap;
    }
    struct delivery_recipient *kept = &t->to[t->to_count++];
    *kept = *to;
    kept->orcpt = str_dup(a, to->orcpt);
    kept->route.address = str_dup(a, to->route.address);
    kept->route.outside = ARENA_ARRAY(a, to->route.outside_count, struct str);
    for (size_t i = 0; i < to->route.outside_count; i++)
        kept->route.outside[i] = str_dup(a, to->route.outside[i]);
    kept->route.targets = ARENA_ARRAY(a, to->route.target_count, struct route_target);
    for (size_t i = 0; i < to->route.target_count; i++) {
        kept->route.targets[i] = to->route.targets[i];
        kept->route.targets[i].detail = str_dup(a, to->route.targets[i].detail);
    }
    t->target_count += to->route.target_count + to->route.outside_count;
}

/* NULL when all is well with it. */
static const char *not_taken(const struct smtp_session *s, const struct route *route)
{
    if (route->kind == ROUTE_REFUSED)
        return route->refusal.p;
    if (route->reports_only && s->t.sender.n)
        return "550 5.7.1 Only reports, from <>, go to this address";
    if (route->kind == ROUTE_ELSEWHERE && !s->submission)
        return "550 5.7.1 Relaying denied";
    if (route->kind == ROUTE_ELSEWHERE && !delivery_has_queue(s->env->delivery))
        return smtp_reply_text(CASE_RECIPIENT, E_UNSUPPORTED);
    if (s->t.target_count + route->target_count + route->outside_count > SMTP_TARGETS_MAX)
        return "452 4.5.3 Too many mailboxes at once";
    return NULL;
}

enum code smtp_rcpt(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    struct delivery_recipient to = {0};
    struct str address;
    bool unknown = false;
    if (!cur_word(&arg, STR("TO:")))
        return smtp_refuse(s, r, "501 5.5.4 Say RCPT TO:<address>");
    if (s->t.to_count >= s->env->limits->recipients)
        return smtp_refuse(s, r, "452 4.5.3 Too many recipients");
    TRY(smtp_path_take(cx, &arg, PATH_FORWARD, &address));
    struct str params = arg.rest;
    if (params_take(cx, s->t.utf8, &arg, &to, &unknown) != OK)
        return smtp_refuse(s, r, smtp_reply_text(CASE_COMMAND, E_SYNTAX));
    if (unknown)
        return smtp_refuse(s, r, "555 5.5.4 Unknown parameter");
    if (!utf8_is_ascii(address) && !s->t.utf8)
        return smtp_refuse(s, r, "553 5.6.7 Such an address needs SMTPUTF8");
    const char *listed = visit_rcpt(cx, s->visit, address);
    if (listed)
        return smtp_refuse(s, r, listed);
    enum code code = delivery_route(cx, s->env->delivery, address, s->who, s->t.size, &to.route);
    if (code != OK) {
        s->t.refused++;
        if (code == E_NOT_FOUND)
            visit_unknown(cx, s->visit);
        return code;
    }
    const char *no = not_taken(s, &to.route);
    if (no) {
        s->t.refused++;
        return smtp_refuse(s, r, no);
    }
    no = visit_taken(cx, s->visit, address);
    if (no)
        return smtp_refuse(s, r, no);
    if (!smtp_filter_rcpt(cx, s, address, params, r)) {
        s->t.refused++;
        return OK;
    }
    smtp_recipient_keep(s, &to);
    s->stage = STAGE_RCPT;
    smtp_say(s, r, "250 2.1.5 Recipient ok");
    return OK;
}
