/* The table of commands: dispatch, metrics and the fuzz dictionary read it. */
#ifndef PROTO_MANAGESIEVE_COMMAND_H
#define PROTO_MANAGESIEVE_COMMAND_H

#include "proto/managesieve/session.h"

/* A handler writes its reply and returns OK, or returns a code for the table of replies. */
typedef enum code ms_command_fn(struct ctx *cx, struct ms_session *s, struct ms_call *call);

ms_command_fn ms_authenticate;
ms_command_fn ms_capability;
ms_command_fn ms_checkscript;
ms_command_fn ms_deletescript;
ms_command_fn ms_getscript;
ms_command_fn ms_havespace;
ms_command_fn ms_listscripts;
ms_command_fn ms_logout;
ms_command_fn ms_noop;
ms_command_fn ms_putscript;
ms_command_fn ms_renamescript;
ms_command_fn ms_setactive;
ms_command_fn ms_starttls;
ms_command_fn ms_unauthenticate;

struct ms_command {
    struct str name;
    ms_command_fn *run;
    unsigned stages; /* enum ms_stage */
};

enum { MS_COMMANDS_MAX = 32 };

/* Rows in no order; NULL past the last. */
const struct ms_command *ms_command_at(size_t index);
size_t ms_command_index(const struct ms_command *command);

/* Runs one whole request, without its line end, as a command or as a line of an exchange. */
void ms_command_run(struct ctx *cx, struct ms_session *s, struct str request, struct reply *r);
/* One line of a SASL exchange that is under way. */
MUST_USE enum code ms_sasl_line(struct ctx *cx, struct ms_session *s, struct ms_call *call,
                                struct str line);
/* Ends the exchange, if any. */
void ms_sasl_drop(struct ms_session *s);
/* Back to where the greeting was; TLS stays. */
void ms_session_reset(struct ms_session *s);

#endif
