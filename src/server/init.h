/* `postroad init`: a first configuration with comments. */
#ifndef SERVER_INIT_H
#define SERVER_INIT_H

#include "server/args.h"

/* Writes the file that the words ask for; returns the exit status. */
int init_run(struct ctx *cx, struct args *args);
int init_help(void);

#endif
