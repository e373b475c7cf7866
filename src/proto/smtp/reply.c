/* Replies: RFC 5321 section 4.2, enhanced codes of RFC 3463 and 5248. */
#include "proto/smtp/session.h"
#include <stdarg.h>

/* Each failure in each place; a test looks for holes. */
static const char *const rows[CODE_COUNT][CASE_COUNT] = {
    [OK] = {"250 2.0.0 Ok", "250 2.1.5 Recipient ok", "250 2.0.0 Ok",
            "235 2.7.0 Authentication successful"},
    [E_SYNTAX] = {"501 5.5.4 Syntax error in parameters", "501 5.1.3 Syntax error in the address",
                  "550 5.6.0 The message breaks the format of mail",
                  "501 5.5.2 That is not base64, or not what the mechanism asks for"},
    [E_LIMIT] = {"552 5.3.4 Over a limit of this server", "452 4.2.2 The mailbox is full",
                 "452 4.2.2 A mailbox is full; try again later",
                 "454 4.7.0 Too many failures; try again later"},
    [E_NOT_FOUND] = {"550 5.1.1 No such thing here", "550 5.1.1 No such mailbox here",
                     "550 5.1.1 A mailbox is gone", "535 5.7.8 Wrong user name or password"},
    [E_EXISTS] = {"554 5.3.0 That is here already", "554 5.3.0 That is here already",
                  "554 5.3.0 That is here already", "503 5.5.1 Already logged in"},
    [E_DENIED] = {"550 5.7.1 Not allowed", "550 5.7.1 Mail for this domain is not taken",
                  "550 5.7.1 Not allowed", "535 5.7.8 Wrong user name or password"},
    [E_CONFLICT] = {"451 4.3.0 Try again later", "451 4.3.0 Try again later",
                    "451 4.3.0 Try again later", "454 4.7.0 Try again later"},
    [E_BUSY] = {"451 4.3.2 Too busy; try again later", "451 4.3.2 Too busy; try again later",
                "451 4.3.2 Too busy; try again later", "454 4.7.0 Too busy; try again later"},
    [E_IO] = {"451 4.3.0 Local error; try again later", "451 4.3.0 Local error; try again later",
              "451 4.3.0 Local error; try again later", "454 4.7.0 Local error; try again later"},
    [E_CORRUPT] = {"451 4.3.5 Local error; the administrator must look at it",
                   "451 4.3.5 Local error; the administrator must look at it",
                   "451 4.3.5 Local error; the administrator must look at it",
                   "454 4.7.0 Local error; the administrator must look at it"},
    [E_UNSUPPORTED] = {"504 5.5.4 Not supported",
                       "550 5.4.4 Mail to other systems is not served yet by this server",
                       "554 5.6.1 Not supported", "504 5.5.4 Mechanism not supported"},
};

const char *smtp_reply_text(enum smtp_case where, enum code code)
{
    return rows[code][where];
}

const char *smtp_recipient_text(const struct smtp_session *s, enum code code)
{
    if (code == E_LIMIT && delivery_over_quota(s->env->delivery) == OVER_QUOTA_REFUSE)
        return "552 5.2.2 The mailbox is full";
    return smtp_reply_text(CASE_RECIPIENT, code);
}

const char *smtp_nobody_text(const struct smtp_session *s)
{
    if (!s->t.refused)
        return "503 5.5.1 Say RCPT first";
    /* RFC 2033 section 4.2 */
    return s->lmtp ? "503 5.5.1 No valid recipients" : "554 5.5.1 No valid recipients";
}

void smtp_say(struct smtp_session *s, struct reply *r, const char *text)
{
    s->outcome = *text;
    rope_put(&r->out, str_z(text));
    rope_put(&r->out, STR("\r\n"));
}

void smtp_sayf(struct smtp_session *s, struct reply *r, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    must(n >= 0);
    smtp_say(s, r, line);
}

enum code smtp_refuse(struct smtp_session *s, struct reply *r, const char *text)
{
    smtp_say(s, r, text);
    return OK;
}

void smtp_goodbye(struct smtp_session *s, struct reply *r, const char *text)
{
    smtp_say(s, r, text);
    s->input = INPUT_OVER;
    r->close = true;
}
