/* HELO, EHLO (RFC 5321 section 4.1.1.1), STARTTLS (RFC 3207). */
#include "format/date.h"
#include "proto/smtp/command.h"
#include "proto/smtp/path.h"
#include "service/admission.h"
#include "service/submission/submission.h"

/* RFC 2033 section 4.1. */
static const char say_lhlo[] = "500 5.5.1 Say LHLO";

static bool greet(struct ctx *cx, struct smtp_session *s, struct cur arg, bool extended,
                  struct reply *r)
{
    struct str name = str_trim(arg.rest);
    size_t blank = str_chr(name, ' ');
    name = str_sub(name, 0, blank); /* some say more than they should */
    if (!smtp_helo_valid(name)) {
        smtp_say(s, r, "501 5.5.4 Say the name of your host");
        return false;
    }
    const char *no = visit_hello(cx, s->visit, name);
    if (no) {
        smtp_say(s, r, no);
        return false;
    }
    smtp_reset(s);
    smtp_forward_forget(s);
    if (told_has(s->told, TOLD_HELO))
        name = s->told->values.at[TOLD_HELO];
    s->helo = str_dup(smtp_session_arena(s), name);
    s->extended = extended;
    s->stage = STAGE_READY;
    return true;
}

enum code smtp_helo(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    if (s->lmtp)
        return smtp_refuse(s, r, say_lhlo);
    if (greet(cx, s, arg, false, r))
        smtp_sayf(s, r, "250 %.*s", STR_ARG(s->env->host_name));
    return OK;
}

/* RFC 4865 section 4: how far ahead, in seconds and as a date. */
static void future_release(struct ctx *cx, struct reply *r)
{
    struct buf latest = buf_of(cx->arena, 40);
    date_put_rfc3339(&latest,
                     (struct date){.utc_ms = cx->now_ms + (int64_t)SUBMISSION_DELAY_MAX_S * 1000});
    rope_printf(&r->out, "250-FUTURERELEASE %d %.*s\r\n", SUBMISSION_DELAY_MAX_S,
                STR_ARG(buf_str(&latest)));
}

enum code smtp_ehlo(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    return s->lmtp ? smtp_refuse(s, r, say_lhlo) : smtp_hello(cx, s, arg, r);
}

enum code smtp_hello(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    const struct smtp_limits *limits = s->env->limits;
    if (!greet(cx, s, arg, true, r))
        return OK;
    rope_printf(&r->out, "250-%.*s\r\n", STR_ARG(s->env->host_name));
    rope_put(&r->out, STR("250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-CHUNKING\r\n"
                          "250-BINARYMIME\r\n250-DSN\r\n250-ENHANCEDSTATUSCODES\r\n"));
    rope_printf(&r->out, "250-SIZE %llu\r\n", (unsigned long long)limits->message_bytes);
    rope_printf(&r->out, "250-LIMITS MAILMAX=%u RCPTMAX=%u\r\n", limits->transactions,
                limits->recipients);
    rope_put(&r->out, STR("250-DELIVERBY\r\n250-MT-PRIORITY\r\n"));
    if (delivery_has_queue(s->env->delivery) && !s->lmtp)
        rope_put(&r->out, STR("250-ETRN\r\n"));
    if (s->peer->tls)
        rope_put(&r->out, STR("250-REQUIRETLS\r\n"));
    if (s->submission && delivery_has_queue(s->env->delivery))
        future_release(cx, r);
    if (!s->peer->tls && s->peer->can_start_tls)
        rope_put(&r->out, STR("250-STARTTLS\r\n"));
    if (smtp_has_burl(s)) /* RFC 4468 section 3.1: of which kind is said to whom it serves */
        rope_put(&r->out, s->logged_in ? STR("250-BURL imap\r\n") : STR("250-BURL\r\n"));
    if (s->submission) {
        struct str mechanisms = auth_mechanisms(cx, s->env->auth, s->peer);
        if (mechanisms.n)
            rope_printf(&r->out, "250-AUTH %.*s\r\n", STR_ARG(mechanisms));
    }
    if (smtp_trusts_proxy(s))
        rope_printf(&r->out, "250-XCLIENT%.*s\r\n250-XFORWARD%.*s\r\n",
                    STR_ARG(told_names(cx->arena, TOLD_XCLIENT)),
                    STR_ARG(told_names(cx->arena, TOLD_XFORWARD)));
    smtp_say(s, r, "250 HELP");
    return OK;
}

enum code smtp_starttls(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    (void)cx;
    if (s->peer->tls)
        return smtp_refuse(s, r, "503 5.5.1 TLS is on already");
    if (!s->peer->can_start_tls)
        return smtp_refuse(s, r, "502 5.5.1 TLS is not available");
    if (!cur_end(&arg))
        return smtp_refuse(s, r, "501 5.5.4 STARTTLS takes no parameters");
    smtp_say(s, r, "220 2.0.0 Ready to start TLS");
    r->start_tls = true;
    return OK;
}
