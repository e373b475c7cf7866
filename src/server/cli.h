/* The command line's own side: help, completion, and talking to the running server. */
#ifndef SERVER_CLI_H
#define SERVER_CLI_H

#include "base/err.h"
#include "base/str.h"

struct cli {
    struct str control; /* path of the socket */
    bool json;
};

/* Sends the words and prints the answer. Returns the exit status. */
int cli_run(struct ctx *cx, const struct cli *cli, const struct str *words, size_t count);
/* Prints the help of the words' command, of the area they name, or the list of all. */
int cli_help(struct ctx *cx, const struct str *words, size_t count);
/* Prints a completion script for bash. */
int cli_completion(struct ctx *cx);

#endif
