/* What the command areas share. */
#ifndef SERVER_COMMAND_COMMON_H
#define SERVER_COMMAND_COMMON_H

#include "core/directory.h"
#include "server/command.h"

/* Takes the next word as an address (or login) and looks the principal up. E_SYNTAX, E_NOT_FOUND.
 */
MUST_USE enum code cmd_take_principal(struct ctx *cx, struct command_call *call, const char *what,
                                      struct principal *out);
/* As cmd_take_principal, and it must have an account; its picture as well. */
struct account_view;
MUST_USE enum code cmd_take_account(struct ctx *cx, struct command_call *call,
                                    struct principal *who, struct account_view **out);
/* Takes the next word as a domain's name. */
MUST_USE enum code cmd_take_domain(struct ctx *cx, struct command_call *call, struct domain *out);
/* Takes the next word as a folder of the account. */
struct folder_facts;
MUST_USE enum code cmd_take_folder(struct ctx *cx, struct command_call *call,
                                   const struct account_view *view,
                                   const struct folder_facts **out);
/* --quota-mb N: warning at 90 %, sending and receiving stop at N. Leaves out alone without it. */
MUST_USE enum code cmd_quota(struct ctx *cx, struct args *args, struct quota *out);
/* {"done": what, ...}: the answer of a command with nothing else to say. */
void cmd_done(struct command_call *call, const char *what, struct str object);
const char *cmd_kind_name(enum principal_kind kind);
/* 2026-11-21T09:30:00Z, in the arena. */
struct str cmd_time(struct arena *a, int64_t ms);

#endif
