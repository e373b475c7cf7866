/* The commands of the command line: one table for dispatch, help, completion and documentation. */
#ifndef SERVER_COMMAND_H
#define SERVER_COMMAND_H

#include "format/json.h"
#include "server/args.h"
#include "server/server.h"

/* One command being run by the server for somebody at the console. */
struct command_call {
    struct server *server;
    struct args args; /* without the command's own words */
    struct str input; /* what stood on the client's standard input, for commands that take it */
    struct progress *progress; /* to tell how far long work has come; may be NULL */
    enum code
        found; /* set beside a whole result that is bad news: the exit status, with OK from run */
    struct json *out; /* the result: one object, or an array of objects with the same keys */
};

enum command_input { INPUT_NONE, INPUT_PASSWORD, INPUT_FILE };

struct command {
    const char *words;   /* "account add" */
    const char *usage;   /* "ADDRESS [--name NAME]" */
    const char *summary; /* one line */
    const char *help;    /* more lines, or "" */
    const char *example; /* without "postroad" */
    enum command_input input;
    bool slow;    /* hashes passwords or walks the whole store: runs in the slow lane */
    bool changes; /* goes into the audit log */
    enum code (*run)(struct ctx *cx, struct command_call *call);
};

/* Each area's rows; a row without words ends them. */
extern const struct command domain_commands[], account_commands[], group_commands[],
    folder_commands[], message_commands[], store_commands[], service_commands[], task_commands[],
    lockout_commands[], index_commands[], certificate_commands[], metadata_commands[],
    queue_commands[], route_commands[], meter_commands[], dkim_commands[], acme_commands[],
    push_commands[], admission_commands[], sieve_commands[];
extern const struct command sts_commands[], milter_commands[], smime_commands[];
extern const struct command calendar_commands[];
extern const struct command report_commands[], signin_commands[], oauth_commands[];

/* All of them, area by area: NULL past the last. */
const struct command *command_at(size_t index);
/* The command that the words start with; *taken: how many of them are its own. NULL when none. */
const struct command *command_find(const struct str *words, size_t count, size_t *taken);
/* Its audit entry's object: the first word that is no option. */
struct str command_object(const struct args *args);

#endif
