/* The table of commands: dispatch, CAPA, metrics and the fuzz dictionary read it. */
#ifndef PROTO_POP3_COMMAND_H
#define PROTO_POP3_COMMAND_H

#include "base/buf.h"
#include "proto/pop3/session.h"

/* A handler writes its reply and returns OK, or returns a code for the table of replies. */
typedef enum code pop3_command_fn(struct ctx *cx, struct pop3_session *s, struct pop3_call *call);

pop3_command_fn pop3_user;
pop3_command_fn pop3_pass;
pop3_command_fn pop3_auth;
pop3_command_fn pop3_stls;
pop3_command_fn pop3_capa;
pop3_command_fn pop3_lang;
pop3_command_fn pop3_utf8;
pop3_command_fn pop3_stat;
pop3_command_fn pop3_list;
pop3_command_fn pop3_uidl;
pop3_command_fn pop3_retr;
pop3_command_fn pop3_top;
pop3_command_fn pop3_dele;
pop3_command_fn pop3_noop;
pop3_command_fn pop3_rset;
pop3_command_fn pop3_quit;

struct pop3_command {
    struct str name;
    pop3_command_fn *run;
    unsigned stages;                               /* enum pop3_stage */
    struct str capability;                         /* its line of CAPA, or empty */
    bool (*offered)(const struct pop3_session *s); /* whether CAPA tells it now; NULL: always */
    bool bare;                                     /* takes no arguments */
};

enum { POP3_COMMANDS_MAX = 32 };

/* Rows in no order; NULL past the last. */
const struct pop3_command *pop3_command_at(size_t index);
size_t pop3_command_index(const struct pop3_command *command);

/* Passwords may be sent as they are: under TLS, or where the settings say so. */
bool pop3_password_ok(const struct pop3_session *s);
bool pop3_may_stls(const struct pop3_session *s);

/* Runs one line, without its end, as a command. */
void pop3_command_run(struct ctx *cx, struct pop3_session *s, struct str line, struct reply *r);
/* One line of a SASL exchange that is under way. */
MUST_USE enum code pop3_sasl_line(struct ctx *cx, struct pop3_session *s, struct pop3_call *call,
                                  struct str line);
/* Ends the exchange, if any. */
void pop3_sasl_drop(struct pop3_session *s);
/* Says -ERR text and closes. */
void pop3_goodbye(struct pop3_session *s, struct reply *r, const char *text);

/* The engine's more(): the next portion of a message. */
void pop3_more(struct ctx *cx, struct pop3_session *s, struct reply *r);
void pop3_job_drop(struct pop3_session *s);

#endif
