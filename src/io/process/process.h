/* The parts of the supervisor. */
#ifndef IO_PROCESS_H
#define IO_PROCESS_H

#include "io/supervisor.h"
#include <sys/types.h>

/* Fills in fd of each: from systemd's activation, or bound here. E_IO, E_SYNTAX. */
MUST_USE enum code bind_all(struct ctx *cx, struct supervisor_bind *binds, size_t count);
/* Closes the sockets, if they are still ours, and removes the files of unix sockets. */
void bind_close(struct supervisor_bind *binds, size_t count, bool ours);

/* Becomes user (NULL: stays who it is), when root; in any case gives up all capabilities that a
   server has no use for, and the means to get them back. E_NOT_FOUND, E_DENIED. */
MUST_USE enum code privileges_drop(struct ctx *cx, const char *user);

/* Sends "READY=1" and the like to $NOTIFY_SOCKET, if there is one. */
void notify_systemd(const char *state);
void notify_reloading(void);

#endif
