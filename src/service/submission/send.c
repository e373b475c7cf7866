/* A whole message handed in at once: the way that SMTP goes by lines. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/engine.h"
#include "base/log.h"
#include "base/metric.h"
#include "format/date.h"
#include "format/header.h"
#include "format/utf8.h"
#include "service/admission.h"
#include "service/milter.h"
#include "service/submission/submission.h"

enum {
    TARGETS_MAX = 2 * GROUP_EXPAND_MAX, /* mailboxes of one message */
    RECIPIENTS_DEFAULT = 1000,
    MESSAGE_DEFAULT = 50 * 1024 * 1024,
    LINE_MAX_BYTES = 64 * 1024,
    RECEIVED_MAX = 4096,
};

struct sending {
    const struct submission_env *e;
    struct submission *s;
    struct visit *visit;
    struct milter_visit *filter;
    struct str bytes; /* as they go out */
    struct header_facts header;
    struct delivery_message m;
    struct delivery_recipient *to;
    size_t count, room, targets;
    bool discarded;
};

void submission_env_open(struct submission_env *e)
{
    if (!e->recipients)
        e->recipients = RECIPIENTS_DEFAULT;
    if (!e->message_bytes)
        e->message_bytes = MESSAGE_DEFAULT;
    e->accepted = metric_of(e->metrics, METRIC_COUNTER, "postroad_submission_accepted_total", "",
                            "Messages that were handed in whole and taken.");
    e->refused = metric_of(e->metrics, METRIC_COUNTER, "postroad_submission_refused_total", "",
                           "Messages that were handed in whole and refused.");
}

static enum code refuse(struct sending *x, enum submission_fault fault, const char *why)
{
    x->s->fault = fault;
    x->s->why = why;
    return OK;
}

static enum code sender(struct ctx *cx, struct sending *x)
{
    const char *no;
    struct str from = x->s->sender;
    TRY(submission_sender_check(cx, x->e->core, x->s->who->id, from, &no));
    if (no)
        return refuse(
            x, str_starts(str_z(no), STR("550")) ? SUBMISSION_FROM_ENVELOPE : SUBMISSION_FORBIDDEN,
            no);
    x->visit = visit_login(cx, x->e->admission, NULL, x->s->who->id, x->s->peer->address);
    no = visit_mail(cx, x->visit, x->s->peer->address, from);
    if (no)
        return refuse(x, *no == '4' ? SUBMISSION_LIMIT : SUBMISSION_FORBIDDEN, no);
    const struct milter_client client = {
        .peer = x->s->peer, .helo = x->s->peer->address, .login = x->s->who->address};
    x->filter = x->e->milters ? milter_visit_open(x->e->milters, true) : NULL;
    no = milter_mail(cx, x->filter, &client, from, (struct str){0});
    return no ? refuse(x, SUBMISSION_FORBIDDEN, no) : OK;
}

static void to_add(struct ctx *cx, struct sending *x, const struct delivery_recipient *to)
{
    if (x->count == x->room) {
        size_t more = x->room ? x->room * 2 : 4;
        x->to = arena_grow(cx->arena, x->to, x->room * sizeof *x->to, more * sizeof *x->to);
        x->room = more;
    }
    x->to[x->count++] = *to;
    x->targets += to->route.target_count + to->route.outside_count;
}

/* NULL when it can be served. */
static const char *not_taken(const struct sending *x, const struct route *route)
{
    if (route->kind == ROUTE_REFUSED)
        return route->refusal.p;
    if (route->reports_only && x->s->sender.n)
        return "550 5.7.1 Only reports, from <>, go to this address";
    if (route->kind == ROUTE_ELSEWHERE && !delivery_has_queue(x->e->delivery))
        return "550 5.7.1 There is no way to other servers";
    return NULL;
}

static void bad_add(struct ctx *cx, struct sending *x, struct str address, const char *why)
{
    struct submission *s = x->s;
    if (!s->bad)
        s->bad = ARENA_ARRAY(cx->arena, s->count, struct str);
    s->bad[s->bad_count++] = address;
    (void)refuse(x, SUBMISSION_RECIPIENTS, why);
}

static enum code recipient(struct ctx *cx, struct sending *x, struct submission_to *to)
{
    struct delivery_recipient new = {.notify = to->notify, .orcpt = to->orcpt};
    enum code code =
        delivery_route(cx, x->e->delivery, to->address, x->s->who->id, x->s->message.n, &new.route);
    if (code == E_NOT_FOUND)
        visit_unknown(cx, x->visit);
    if (code == E_IO || code == E_BUSY || code == E_CORRUPT)
        return code;
    const char *no =
        code != OK ? "550 5.1.1 No such mailbox, or it takes no mail" : not_taken(x, &new.route);
    if (!no)
        no = milter_rcpt(cx, x->filter, to->address, (struct str){0});
    if (no) {
        bad_add(cx, x, to->address, no);
        return OK;
    }
    to_add(cx, x, &new);
    to->here =
        new.route.kind == ROUTE_LOCAL && !new.route.outside_count && x->s->release_ms <= cx->now_ms;
    return OK;
}

static enum code recipients(struct ctx *cx, struct sending *x)
{
    if (!x->s->count)
        return refuse(x, SUBMISSION_NOBODY, "554 5.5.1 No recipients");
    if (x->s->count > x->e->recipients)
        return refuse(x, SUBMISSION_TOO_MANY, "452 4.5.3 Too many recipients");
    for (size_t i = 0; i < x->s->count; i++)
        TRY(recipient(cx, x, &x->s->to[i]));
    if (!x->s->fault && x->targets > TARGETS_MAX)
        return refuse(x, SUBMISSION_TOO_MANY, "452 4.5.3 Too many mailboxes at once");
    /* What is counted against the account is counted once all is known to be served. */
    for (size_t i = 0; !x->s->fault && i < x->s->count; i++) {
        const char *no = visit_taken(cx, x->visit, x->s->to[i].address);
        if (no)
            return refuse(x, SUBMISSION_LIMIT, no);
    }
    return OK;
}

/* A line without its end, out of what may end lines by LF alone. */
static bool line_take(struct str *rest, struct str *out)
{
    if (!rest->n)
        return false;
    size_t end = str_chr(*rest, '\n');
    size_t n = end == SIZE_MAX ? rest->n : end;
    *out = str_sub(*rest, 0, n);
    *rest = str_from(*rest, end == SIZE_MAX ? rest->n : end + 1);
    if (out->n && out->p[out->n - 1] == '\r')
        *out = str_sub(*out, 0, out->n - 1);
    return true;
}

/* The message as it goes out: without Bcc (RFC 8621 section 7.5), each line ended by CRLF. False:
   it cannot be sent. */
static bool outgoing(struct ctx *cx, struct str message, struct str *out)
{
    struct buf b = buf_of(cx->arena, message.n * 2 + 2);
    struct str rest = message, line;
    bool header = true, dropped = false;
    while (line_take(&rest, &line)) {
        bool folded = line.n && (*line.p == ' ' || *line.p == '\t');
        if (line.n > LINE_MAX_BYTES || str_chr(line, 0) != SIZE_MAX ||
            str_chr(line, '\r') != SIZE_MAX)
            return false;
        header = header && line.n;
        if (!header)
            dropped = false;
        else if (!folded)
            dropped = str_ieq(str_trim(str_sub(line, 0, str_chr(line, ':'))), STR("Bcc")) ||
                      str_ieq(str_trim(str_sub(line, 0, str_chr(line, ':'))), STR("Resent-Bcc"));
        if (dropped)
            continue;
        buf_add(&b, line);
        buf_add(&b, STR("\r\n"));
    }
    *out = buf_str(&b);
    return !b.overflow;
}

static enum code content(struct ctx *cx, struct sending *x)
{
    const char *no;
    if (x->s->message.n > x->e->message_bytes)
        return refuse(x, SUBMISSION_TOO_LARGE, "552 5.3.4 Message too big for this server");
    if (!outgoing(cx, x->s->message, &x->bytes))
        return refuse(x, SUBMISSION_INVALID, "550 5.6.0 Lines that are too long, or NUL");
    x->header = header_facts_of(x->bytes, HEADER_SECTION_MAX);
    if (x->header.unended)
        return refuse(x, SUBMISSION_INVALID, "550 5.6.0 The header section is too long");
    TRY(submission_header_check(cx, x->e->core, x->s->who->id, &x->header, &no));
    if (no)
        return refuse(x,
                      str_starts(str_z(no), STR("550 5.7.1")) ? SUBMISSION_FROM_HEADER
                                                              : SUBMISSION_INVALID,
                      no);
    no = visit_bytes(cx, x->visit, x->bytes.n);
    return no ? refuse(x, SUBMISSION_LIMIT, no) : OK;
}

static struct str received(struct ctx *cx, const struct sending *x)
{
    struct buf b = buf_of(cx->arena, RECEIVED_MAX);
    struct str address = x->s->peer->address;
    bool v6 = str_chr(address, ':') != SIZE_MAX && !str_starts(address, STR("unix"));
    buf_printf(&b, "Received: from [%s%.*s]\r\n\tby %.*s (Postroad) with %.*s id %.*s;\r\n\t",
               v6 ? "IPv6:" : "", STR_ARG(address), STR_ARG(x->e->host_name),
               STR_ARG(x->s->protocol), STR_ARG(x->s->id));
    date_put_rfc5322(&b, (struct date){.utc_ms = cx->now_ms});
    buf_add(&b, STR("\r\n"));
    must(!b.overflow);
    return buf_str(&b);
}

static bool needs_utf8(const struct sending *x)
{
    bool ascii = utf8_is_ascii(x->s->sender);
    for (size_t i = 0; ascii && i < x->s->count; i++)
        ascii = utf8_is_ascii(x->s->to[i].address);
    size_t end = str_find(x->bytes, STR("\r\n\r\n"));
    return !ascii || !utf8_is_ascii(str_sub(x->bytes, 0, end == SIZE_MAX ? x->bytes.n : end));
}

static enum code message(struct ctx *cx, struct sending *x)
{
    const struct submission *s = x->s;
    x->m = (struct delivery_message){
        .bytes = submission_complete(cx, x->bytes, &x->header, s->id, x->e->host_name),
        .return_path = s->sender,
        .received = received(cx, x),
        .id = s->id,
        .sender = s->who->id,
        .received_ms = cx->now_ms,
        .envid = s->envid,
        .headers_only = s->headers_only,
        .whole = s->whole,
        .utf8 = needs_utf8(x),
        .held = visit_is_held(x->visit),
        .require_tls = s->require_tls,
        .priority = s->priority,
        .by_ms = s->by_ms,
        .by_return = s->by_return,
        .release_ms = s->release_ms,
        .id_is_new = true,
        .no_session = true,
    };
    return OK;
}

static bool is_among(struct str address, const struct str *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_ieq(address, list[i]))
            return true;
    return false;
}

/* Who is added by a filter and leads nowhere is left out: nobody could be told. */
static void more_take(struct ctx *cx, struct sending *x, struct str address)
{
    struct delivery_recipient to = {0};
    enum code code = delivery_route(cx, x->e->delivery, address, x->s->who->id, 0, &to.route);
    if (code == OK && !not_taken(x, &to.route) && x->count < x->e->recipients)
        to_add(cx, x, &to);
    else
        log_event(x->e->log, LOG_WARN, "milter.not_added", "id=%.*s to=%s", STR_ARG(x->m.id),
                  log_quote(cx->arena, address));
}

/* As proto/smtp/filter.c has it for SMTP. */
static enum code filtered(struct ctx *cx, struct sending *x)
{
    struct milter_outcome o;
    size_t kept = 0;
    if (!x->filter)
        return OK;
    const char *no = milter_data(cx, x->filter);
    if (no)
        return refuse(x, SUBMISSION_FORBIDDEN, no);
    milter_message(cx, x->filter, x->m.id, x->m.bytes, x->e->message_bytes, &o);
    if (o.reply)
        return refuse(x, SUBMISSION_FORBIDDEN, o.reply);
    x->m.bytes = o.bytes;
    if (o.changed)
        x->header = header_facts_of(x->m.bytes, HEADER_SECTION_MAX);
    if (o.fields.n)
        x->m.received = str_join(cx->arena, (struct str[]){o.fields, x->m.received}, 2);
    if (o.has_sender)
        x->m.return_path = o.sender;
    for (size_t i = 0; i < x->count; i++)
        if (!is_among(x->to[i].route.address, o.less, o.less_count))
            x->to[kept++] = x->to[i];
    x->count = kept;
    for (size_t i = 0; i < o.more_count; i++)
        more_take(cx, x, o.more[i]);
    x->discarded = o.discard || !x->count;
    if (o.quarantine)
        x->m.junk = x->m.held = true;
    return OK;
}

static void report(struct ctx *cx, const struct sending *x)
{
    enum code code = delivery_report(cx, x->e->delivery, &x->m, x->to, x->count);
    if (code != OK)
        log_event(x->e->log, LOG_WARN, "smtp.report_failed", "id=%.*s code=%s what=%s",
                  STR_ARG(x->m.id), code_name(code), log_quote(cx->arena, str_z(cx->err.what)));
}

static enum code out(struct ctx *cx, struct sending *x)
{
    if (x->discarded)
        return OK;
    submission_sign(cx, x->e->signer, x->e->log, &x->header, &x->m);
    enum code code = delivery_run(cx, x->e->delivery, &x->m, x->to, x->count);
    for (size_t i = 0; code != OK && i < x->count; i++)
        if (x->to[i].result == E_DENIED || x->to[i].result == E_NOT_FOUND)
            bad_add(cx, x, x->to[i].route.address,
                    x->to[i].refusal.n ? str_zdup(cx->arena, x->to[i].refusal)
                                       : "550 5.1.1 No such mailbox, or it takes no mail");
    if (x->s->fault)
        return OK;
    TRY(code);
    report(cx, x);
    return OK;
}

static void told(struct ctx *cx, const struct sending *x)
{
    const struct submission *s = x->s;
    metric_add(s->fault ? x->e->refused : x->e->accepted, 1);
    log_event(x->e->log, LOG_INFO, s->fault ? "submission.refused" : "submission.accepted",
              "id=%.*s connection=%llu peer=%.*s account=%.*s from=%s to=%zu bytes=%zu reply=%s",
              STR_ARG(s->id), (unsigned long long)s->peer->id, STR_ARG(s->peer->address),
              STR_ARG(s->who->address), log_quote(cx->arena, s->sender), s->count, s->message.n,
              log_quote(cx->arena, str_z(s->why ? s->why : "250")));
}

static enum code run(struct ctx *cx, struct sending *x)
{
    static enum code (*const steps[])(struct ctx *, struct sending *) = {
        sender, recipients, content, message, filtered, out};
    for (size_t i = 0; !x->s->fault && i < sizeof steps / sizeof *steps; i++)
        TRY(steps[i](cx, x));
    return OK;
}

enum code submission_send(struct ctx *cx, const struct submission_env *e, struct submission *s)
{
    struct sending x = {.e = e, .s = s};
    s->id = submission_new_id(cx);
    s->fault = SUBMISSION_TAKEN;
    s->why = NULL;
    s->bad = NULL;
    s->bad_count = 0;
    enum code code = run(cx, &x);
    visit_close(x.visit);
    milter_visit_close(x.filter);
    if (code == OK)
        told(cx, &x);
    return code;
}
