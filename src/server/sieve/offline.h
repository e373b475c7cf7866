/* "postroad sieve check" and "sieve test": a script looked at, or run on a message, without a
   server. Nothing is delivered. */
#ifndef SERVER_SIEVE_OFFLINE_H
#define SERVER_SIEVE_OFFLINE_H

#include "server/args.h"

/* args: FILE. Returns the exit status: 2 when something is wrong with the script. */
int sieve_offline_check(struct ctx *cx, struct args *args, bool json);
/* args: SCRIPT MESSAGE and options. Prints what would be done. */
int sieve_offline_test(struct ctx *cx, struct args *args, bool json);

#endif
