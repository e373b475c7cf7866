/* Commands, and what else a session's bytes are run as. */
#ifndef PROTO_SMTP_COMMAND_H
#define PROTO_SMTP_COMMAND_H

#include "proto/smtp/session.h"

/* A handler: arg is what follows the verb and its space. It writes its reply and returns OK, or
   returns a code for the table. */
typedef enum code smtp_command_fn(struct ctx *cx, struct smtp_session *s, struct cur arg,
                                  struct reply *r);
/* The handlers, one a verb. */
enum code smtp_helo(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);
enum code smtp_ehlo(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);
enum code smtp_lhlo(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);
enum code smtp_mail(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);
enum code smtp_rcpt(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);
enum code smtp_data(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);
enum code smtp_bdat(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);
enum code smtp_burl(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);
enum code smtp_auth(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);
enum code smtp_starttls(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);
enum code smtp_rset(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);
enum code smtp_noop(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);
enum code smtp_vrfy(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);
enum code smtp_expn(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);
enum code smtp_help(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);
enum code smtp_etrn(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);
enum code smtp_xclient(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);
enum code smtp_xforward(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);
enum code smtp_quit(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);

/* What EHLO and LHLO say. */
enum code smtp_hello(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r);

/* Parameters of MAIL: DELIVERBY's, FUTURERELEASE's, MT-PRIORITY's, REQUIRETLS. E_SYNTAX. */
MUST_USE enum code smtp_param_by(struct ctx *cx, struct smtp_session *s, struct str value);
MUST_USE enum code smtp_param_hold_for(struct ctx *cx, struct smtp_session *s, struct str value);
MUST_USE enum code smtp_param_hold_until(struct ctx *cx, struct smtp_session *s, struct str value);
MUST_USE enum code smtp_param_priority(struct ctx *cx, struct smtp_session *s, struct str value);
MUST_USE enum code smtp_param_require_tls(struct ctx *cx, struct smtp_session *s, struct str value);

/* How many replies the message gets: one, or in LMTP one a recipient (RFC 2033 section 4.2). */
size_t smtp_reply_count(const struct smtp_session *s);
/* LMTP's replies after a delivery; false when nobody has the message. */
bool smtp_lmtp_tell(struct smtp_session *s, struct str id, struct reply *r);
/* Sets s->lmtp; false: the client may not come here, and was told so. */
bool smtp_lmtp_open(struct smtp_session *s, struct reply *r);

/* As after the greeting: log-in, names and what proxies told are forgotten. */
void smtp_forget(struct smtp_session *s);
/* Greets the client that s->peer names. */
void smtp_begin(struct ctx *cx, struct smtp_session *s, struct reply *r);
void smtp_log_in(struct smtp_session *s, const struct auth_result *result);
/* Whether who calls may say XCLIENT and XFORWARD. */
bool smtp_trusts_proxy(const struct smtp_session *s);
/* What XFORWARD told: is for one message; and its words for the log, or "". */
void smtp_forward_forget(struct smtp_session *s);
struct str smtp_forward_log(struct ctx *cx, const struct smtp_session *s);

/* What filters say; false: they refuse, and the client was told so (421 as well). */
bool smtp_filter_mail(struct ctx *cx, struct smtp_session *s, struct str sender, struct str params,
                      struct reply *r);
bool smtp_filter_rcpt(struct ctx *cx, struct smtp_session *s, struct str address, struct str params,
                      struct reply *r);
bool smtp_filter_data(struct ctx *cx, struct smtp_session *s, struct reply *r);
bool smtp_filter_unknown(struct ctx *cx, struct smtp_session *s, struct str line, struct reply *r);
/* What filters make of a message: m, h and the recipients change. NULL, or the reply that refuses
   it; *discard: it is taken and goes nowhere. */
struct header_facts;
const char *smtp_filter_message(struct ctx *cx, struct smtp_session *s, struct delivery_message *m,
                                struct header_facts *h, bool *discard);
/* Into the transaction's memory: the request's ends with its reply. */
void smtp_recipient_keep(struct smtp_session *s, const struct delivery_recipient *to);

struct smtp_command {
    struct str name;
    smtp_command_fn *run;
    unsigned stages;      /* enum smtp_stage */
    enum smtp_case where; /* of its failures */
    bool needs_login;     /* for submission */
    const char *syntax;   /* for HELP */
};
/* The only list: dispatch, HELP, metrics and the fuzz dictionary read it. */
const struct smtp_command *smtp_commands(size_t *count);

/* Runs one line of a command or a SASL exchange, with its line end (or a part that is too long). */
void smtp_command_run(struct ctx *cx, struct smtp_session *s, struct str line, struct reply *r);
/* engine.frame */
struct framing smtp_frame(void *session, struct str in, size_t seen);
/* How long the line that in starts with may be. */
size_t smtp_line_max(const struct smtp_session *s, struct str in);
/* Bytes on the wire, dots included, after which a message cannot be within its limit. */
uint64_t smtp_wire_max(const struct smtp_session *s);
/* More of a line that was too long. */
void smtp_line_rest_run(struct smtp_session *s, struct str rest, struct reply *r);
/* The content of a message after DATA, with its final dot (or a part of what is too big). */
void smtp_data_run(struct ctx *cx, struct smtp_session *s, struct str content, struct reply *r);
/* Counts what the last reply says of the client; closes when it was one error too many. */
void smtp_errors_count(struct smtp_session *s, bool recipient, struct reply *r);
/* A chunk, whole unless it is being thrown away. */
void smtp_chunk_run(struct ctx *cx, struct smtp_session *s, struct str chunk, struct reply *r);
/* What chunks and URLs share: NULL, or why so many bytes more cannot be kept; and the keeping. */
const char *smtp_chunk_refusal(const struct smtp_session *s, uint64_t n);
void smtp_chunk_take(struct ctx *cx, struct smtp_session *s, struct str chunk, bool last,
                     struct reply *r);
bool smtp_has_burl(const struct smtp_session *s);
/* One client response of a SASL exchange, without its line end. */
void smtp_sasl_run(struct ctx *cx, struct smtp_session *s, struct str line, struct reply *r);
/* A whole message, dots taken out: checks, delivers, replies, logs; ends the transaction. */
void smtp_accept(struct ctx *cx, struct smtp_session *s, struct str message, struct reply *r);
/* The message was refused with this reply: says, logs and counts it; ends the transaction. */
void smtp_message_refuse(struct ctx *cx, struct smtp_session *s, const char *text, struct reply *r);

#endif
