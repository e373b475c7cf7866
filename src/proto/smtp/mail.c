/* MAIL (RFC 5321 section 4.1.1.2 and the extensions' parameters). */
#include "format/address.h"
#include "format/utf8.h"
#include "proto/smtp/command.h"
#include "proto/smtp/path.h"
#include "service/admission.h"
#include "service/submission/submission.h"

typedef enum code param_fn(struct ctx *cx, struct smtp_session *s, struct str value);

static enum code size(struct ctx *cx, struct smtp_session *s, struct str value)
{
    if (!str_u64(value, &s->t.size))
        return fail(cx, E_SYNTAX, "SIZE: no number");
    return OK;
}

static enum code body(struct ctx *cx, struct smtp_session *s, struct str value)
{
    static const struct str names[] = {[BODY_7BIT] = STR("7BIT"),
                                       [BODY_8BITMIME] = STR("8BITMIME"),
                                       [BODY_BINARYMIME] = STR("BINARYMIME")};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_ieq(value, names[i])) {
            s->t.body = (enum smtp_body)i;
            return OK;
        }
    }
    return fail(cx, E_SYNTAX, "BODY: unknown value");
}

static enum code utf8(struct ctx *cx, struct smtp_session *s, struct str value)
{
    if (value.p)
        return fail(cx, E_SYNTAX, "SMTPUTF8: has a value");
    s->t.utf8 = true;
    return OK;
}

static enum code ret(struct ctx *cx, struct smtp_session *s, struct str value)
{
    s->t.headers_only = str_ieq(value, STR("HDRS"));
    if (!s->t.headers_only && !str_ieq(value, STR("FULL")))
        return fail(cx, E_SYNTAX, "RET: unknown value");
    s->t.whole = !s->t.headers_only;
    return OK;
}

static enum code envid(struct ctx *cx, struct smtp_session *s, struct str value)
{
    struct str plain;
    if (value.n > SMTP_ENVID_MAX)
        return fail(cx, E_SYNTAX, "ENVID: more than %d bytes", SMTP_ENVID_MAX);
    TRY(smtp_xtext(cx, value, false, &plain));
    if (plain.n == 0 || !utf8_is_ascii(plain))
        return fail(cx, E_SYNTAX, "ENVID: not printable");
    s->t.envid = str_dup(smtp_tx_arena(s), plain);
    return OK;
}

/* Whom the client believes to be the author's log-in (RFC 4954 section 5): looked at, not trusted.
 */
static enum code auth(struct ctx *cx, struct smtp_session *s, struct str value)
{
    struct str plain;
    (void)s;
    if (str_eq(value, STR("<>")))
        return OK;
    TRY(smtp_xtext(cx, value, s->t.utf8, &plain));
    return address_valid(plain) ? OK : fail(cx, E_SYNTAX, "AUTH=: no mailbox");
}

static const struct param {
    struct str name;
    param_fn *run;
    bool bare; /* has no value */
} params[] = {
    {STR("SIZE"), size, false},
    {STR("BODY"), body, false},
    {STR("SMTPUTF8"), utf8, true},
    {STR("RET"), ret, false},
    {STR("ENVID"), envid, false},
    {STR("AUTH"), auth, false},
    {STR("BY"), smtp_param_by, false},
    {STR("HOLDFOR"), smtp_param_hold_for, false},
    {STR("HOLDUNTIL"), smtp_param_hold_until, false},
    {STR("MT-PRIORITY"), smtp_param_priority, false},
    {STR("REQUIRETLS"), smtp_param_require_tls, true},
};

static const struct param *param_find(struct str name, unsigned *seen, bool *again)
{
    for (size_t i = 0; i < sizeof params / sizeof *params; i++) {
        if (str_ieq(name, params[i].name)) {
            *again = *seen & 1u << i;
            *seen |= 1u << i;
            return &params[i];
        }
    }
    return NULL;
}

/* OK with *unknown set when there is a parameter of no extension here. */
static enum code params_take(struct ctx *cx, struct smtp_session *s, struct cur *c, bool *unknown)
{
    unsigned seen = 0;
    for (;;) {
        struct smtp_param p;
        bool again = false;
        TRY(smtp_param_take(cx, c, &p));
        if (p.name.n == 0)
            return OK;
        const struct param *row = param_find(p.name, &seen, &again);
        if (!row) {
            *unknown = true;
            return OK;
        }
        if (again || (!p.value.p && !row->bare))
            return fail(cx, E_SYNTAX, "MAIL: parameter twice or without value");
        TRY(row->run(cx, s, p.value));
    }
}

static enum code refused(struct smtp_session *s, struct reply *r, const char *text)
{
    smtp_reset(s);
    return smtp_refuse(s, r, text);
}

enum code smtp_mail(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    struct str sender;
    const char *denied = NULL;
    bool unknown = false;
    if (s->transactions >= s->env->limits->transactions)
        return smtp_refuse(s, r, "451 4.5.3 Too many transactions; open a new connection");
    if (!cur_word(&arg, STR("FROM:")))
        return smtp_refuse(s, r, "501 5.5.4 Say MAIL FROM:<address>");
    if (smtp_path_take(cx, &arg, PATH_REVERSE, &sender) != OK)
        return smtp_refuse(s, r, "501 5.1.7 Syntax error in the sender's address");
    smtp_reset(s);
    struct str said = arg.rest;
    enum code code = params_take(cx, s, &arg, &unknown);
    if (code != OK) {
        smtp_reset(s);
        return code;
    }
    if (unknown)
        return refused(s, r, "555 5.5.4 Unknown parameter");
    if (!utf8_is_ascii(sender) && !s->t.utf8)
        return refused(s, r, "553 5.6.7 Such an address needs SMTPUTF8");
    if (s->t.size > s->env->limits->message_bytes)
        return refused(s, r, "552 5.3.4 Message too big for this server");
    if (s->submission) {
        code = submission_sender_check(cx, s->env->core, s->who, sender, &denied);
        if (code != OK) {
            smtp_reset(s);
            return code;
        }
        if (denied)
            return refused(s, r, denied);
    }
    if (!smtp_filter_mail(cx, s, sender, said, r)) {
        smtp_reset(s);
        return OK;
    }
    s->t.sender = str_dup(smtp_tx_arena(s), sender);
    if (s->submission)
        s->visit = visit_login(cx, s->env->admission, s->visit, s->who, s->peer->address);
    denied = visit_mail(cx, s->visit, s->helo, s->t.sender);
    if (denied)
        return refused(s, r, denied);
    s->stage = STAGE_MAIL;
    s->transactions++;
    smtp_say(s, r,
             s->t.priority_lowered ? "250 2.3.6 Sender ok; the priority is 0"
                                   : "250 2.1.0 Sender ok");
    return OK;
}
