/* Work that is due by the clock: sweeping, expiry, gauges. */
#ifndef SERVER_HOUSEKEEPING_H
#define SERVER_HOUSEKEEPING_H

#include "base/err.h"
#include "base/str.h"

struct housekeeping;
struct server;

/* Starts the timers on the server's io. */
struct housekeeping *housekeeping_open(struct server *s);
/* Ends the timers; jobs that run already go on until io_stop has returned. */
void housekeeping_stop(struct housekeeping *h);
/* After io_stop. */
void housekeeping_close(struct housekeeping *h);

/* The jobs' names; NULL past the last. */
const char *housekeeping_job(size_t index);
/* Runs one now, in this thread. E_SYNTAX when there is none of that name. */
MUST_USE enum code housekeeping_run(struct ctx *cx, struct server *s, struct str name);

#endif
