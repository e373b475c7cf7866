/* The table of commands, and what runs its rows. */
#include "proto/smtp/command.h"
#include "base/log.h"
#include "service/requests.h"

static const struct smtp_command commands[] = {
    {STR("EHLO"), smtp_ehlo, STAGE_ANY, CASE_COMMAND, false, "EHLO domain"},
    {STR("HELO"), smtp_helo, STAGE_ANY, CASE_COMMAND, false, "HELO domain"},
    {STR("LHLO"), smtp_lhlo, STAGE_ANY, CASE_COMMAND, false, "LHLO domain"},
    {STR("MAIL"), smtp_mail, STAGE_READY, CASE_COMMAND, true,
     "MAIL FROM:<path> [SIZE=n] [BODY=7BIT|8BITMIME|BINARYMIME] [SMTPUTF8] [RET=FULL|HDRS] "
     "[ENVID=xtext] [AUTH=xtext] [BY=seconds;R|N[T]] [HOLDFOR=seconds|HOLDUNTIL=date] "
     "[MT-PRIORITY=n] [REQUIRETLS]"},
    {STR("RCPT"), smtp_rcpt, STAGE_MAIL | STAGE_RCPT, CASE_RECIPIENT, true,
     "RCPT TO:<path> [NOTIFY=NEVER|SUCCESS,FAILURE,DELAY] [ORCPT=type;xtext]"},
    {STR("DATA"), smtp_data, STAGE_MAIL | STAGE_RCPT, CASE_MESSAGE, true, "DATA"},
    /* Looks at the stage itself: its chunk has to be taken in any case. */
    {STR("BDAT"), smtp_bdat, STAGE_ANY, CASE_MESSAGE, false, "BDAT octets [LAST]"},
    {STR("BURL"), smtp_burl, STAGE_ANY, CASE_MESSAGE, true, "BURL url [LAST]"},
    {STR("RSET"), smtp_rset, STAGE_ANY, CASE_COMMAND, false, "RSET"},
    {STR("NOOP"), smtp_noop, STAGE_ANY, CASE_COMMAND, false, "NOOP [text]"},
    {STR("QUIT"), smtp_quit, STAGE_ANY, CASE_COMMAND, false, "QUIT"},
    {STR("STARTTLS"), smtp_starttls, STAGE_READY, CASE_COMMAND, false, "STARTTLS"},
    {STR("AUTH"), smtp_auth, STAGE_READY, CASE_AUTH, false, "AUTH mechanism [response]"},
    {STR("VRFY"), smtp_vrfy, STAGE_ANY, CASE_COMMAND, false, "VRFY text"},
    {STR("EXPN"), smtp_expn, STAGE_ANY, CASE_COMMAND, false, "EXPN text"},
    {STR("ETRN"), smtp_etrn, STAGE_READY, CASE_COMMAND, false, "ETRN [@]domain"},
    {STR("XCLIENT"), smtp_xclient, STAGE_ANY, CASE_COMMAND, false, "XCLIENT attribute=xtext..."},
    {STR("XFORWARD"), smtp_xforward, STAGE_ANY, CASE_COMMAND, false, "XFORWARD attribute=xtext..."},
    {STR("HELP"), smtp_help, STAGE_ANY, CASE_COMMAND, false, "HELP [command]"},
};

const struct smtp_command *smtp_commands(size_t *count)
{
    *count = sizeof commands / sizeof *commands;
    return commands;
}

/* Web pages can be made to talk to a mail server: such a client is not worth another line. */
static bool is_http(struct str verb)
{
    static const struct str verbs[] = {STR("GET"),  STR("POST"),    STR("PUT"),
                                       STR("HEAD"), STR("CONNECT"), STR("OPTIONS")};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (str_ieq(verb, verbs[i]))
            return true;
    return false;
}

void smtp_errors_count(struct smtp_session *s, bool recipient, struct reply *r)
{
    if (s->outcome != '5' || s->input == INPUT_OVER)
        return;
    uint32_t *counter = recipient ? &s->rejected : &s->errors;
    uint32_t max = recipient ? SMTP_REJECTED_MAX : s->env->limits->errors;
    if (++*counter < max)
        return;
    rope_drop(&r->out);
    smtp_goodbye(s, r, "421 4.7.0 Too many errors; closing the connection");
}

static const char *out_of_order(const struct smtp_session *s, const struct smtp_command *row)
{
    if (s->stage == STAGE_NEW)
        return s->lmtp ? "503 5.5.1 Say LHLO first" : "503 5.5.1 Say EHLO first";
    if (row->stages == STAGE_READY)
        return "503 5.5.1 Not inside a transaction";
    if (s->stage == STAGE_BDAT)
        return "503 5.5.1 The message has begun; more BDAT or RSET";
    return "503 5.5.1 Say MAIL first";
}

static enum code run_counted(struct ctx *cx, struct smtp_session *s, const struct smtp_command *row,
                             struct cur arg, struct reply *r)
{
    principal_id who = s->who; /* nobody, where nobody logs in */
    TRY(requests_begin(cx, s->env->requests, who));
    enum code code = row->run(cx, s, arg, r);
    requests_end(s->env->requests, who);
    return code;
}

static void row_run(struct ctx *cx, struct smtp_session *s, const struct smtp_command *row,
                    struct cur arg, struct reply *r)
{
    if (!(row->stages & s->stage)) {
        smtp_say(s, r, out_of_order(s, row));
        return;
    }
    if (row->needs_login && s->submission && !s->logged_in) {
        smtp_say(s, r, "530 5.7.0 Authentication required");
        return;
    }
    enum code code = run_counted(cx, s, row, arg, r);
    if (code == OK)
        return;
    bool ours = code == E_IO || code == E_CORRUPT;
    log_event(s->env->log, ours ? LOG_ERROR : LOG_DEBUG, "smtp.failed",
              "connection=%llu verb=%.*s code=%s what=%s", (unsigned long long)s->peer->id,
              STR_ARG(row->name), code_name(code), log_quote(cx->arena, str_z(cx->err.what)));
    smtp_say(s, r,
             row->where == CASE_RECIPIENT ? smtp_recipient_text(s, code)
                                          : smtp_reply_text(row->where, code));
}

static void verb_run(struct ctx *cx, struct smtp_session *s, struct str line, struct reply *r)
{
    struct cur arg = cur_of(line);
    struct str verb = cur_while(&arg, ascii_is_alpha);
    bool apart = cur_char(&arg, ' ') || cur_end(&arg);
    for (size_t i = 0; apart && i < sizeof commands / sizeof *commands; i++) {
        if (!str_ieq(verb, commands[i].name))
            continue;
        row_run(cx, s, &commands[i], arg, r);
        if (!r->slow && s->outcome) {
            smtp_count_command(s, i, s->outcome);
            smtp_errors_count(s, commands[i].where == CASE_RECIPIENT, r);
        }
        return;
    }
    if (is_http(verb)) {
        smtp_goodbye(s, r, "500 5.5.1 This is a mail server; closing the connection");
        return;
    }
    if (smtp_filter_unknown(cx, s, line, r))
        smtp_say(s, r, "500 5.5.1 Command not recognized");
    smtp_errors_count(s, false, r);
}

/* A line end that two servers could see differently: nothing behind it is looked at. */
static void bad_line_end(struct smtp_session *s, struct reply *r)
{
    smtp_goodbye(s, r, "500 5.5.2 Lines must end with CRLF; closing the connection");
}

static bool line_take(struct smtp_session *s, struct str line, size_t max, struct reply *r)
{
    if (!str_ends(line, STR("\r\n"))) {
        bad_line_end(s, r);
        return false;
    }
    struct str text = str_sub(line, 0, line.n - 2);
    if (line.n > max) {
        s->line_skipped = 0;
        smtp_line_rest_run(s, line, r);
        return false;
    }
    if (str_chr(text, '\r') != SIZE_MAX) {
        bad_line_end(s, r);
        return false;
    }
    if (str_chr(text, 0) == SIZE_MAX)
        return true;
    smtp_say(s, r, "500 5.5.2 NUL in a line");
    smtp_errors_count(s, false, r);
    return false;
}

void smtp_line_rest_run(struct smtp_session *s, struct str rest, struct reply *r)
{
    s->input = INPUT_LINE_REST;
    s->line_skipped += rest.n;
    if (s->line_skipped > SMTP_LINE_SKIP_MAX) {
        smtp_goodbye(s, r, "421 4.7.0 Line far too long; closing the connection");
        return;
    }
    if (!str_ends(rest, STR("\n")))
        return;
    if (!str_ends(rest, STR("\r\n"))) {
        bad_line_end(s, r);
        return;
    }
    s->input = INPUT_COMMAND;
    smtp_say(s, r, s->sasl ? "500 5.5.6 Line too long" : "500 5.5.2 Line too long");
    if (s->sasl)
        sasl_close(s->sasl);
    s->sasl = NULL;
    smtp_errors_count(s, false, r);
}

void smtp_command_run(struct ctx *cx, struct smtp_session *s, struct str line, struct reply *r)
{
    size_t max = smtp_line_max(s, line);
    s->outcome = 0;
    if (!str_ends(line, STR("\n"))) {
        s->line_skipped = 0;
        smtp_line_rest_run(s, line, r);
        return;
    }
    if (!line_take(s, line, max, r))
        return;
    struct str text = str_sub(line, 0, line.n - 2);
    if (s->input == INPUT_SASL) {
        smtp_sasl_run(cx, s, text, r);
        if (!r->slow)
            smtp_errors_count(s, false, r);
        return;
    }
    while (text.n && text.p[text.n - 1] == ' ')
        text.n--;
    verb_run(cx, s, text, r);
}
