/* What the two ways to run a helper share. */
#ifndef IO_PROCESS_CAGE_PARTS_H
#define IO_PROCESS_CAGE_PARTS_H

#include "base/buf.h"
#include "io/process/cage.h"
#include <sys/types.h>

/* A file in memory that nobody can change any more; -1 when there is none to be had. */
int cage_sealed(struct str bytes);
/* Starts program without an environment, with these as descriptors 0 and 1, as leader of a session.
   0, or errno. */
int cage_spawn(const char *program, const char *argument, int input, int output, pid_t *child);
/* Reads until it ends, says too much or the time is over; false for the latter. */
bool cage_read(int output, int64_t until_ms, struct buf *out);
/* What cage_run answers. full: it was cut off, whatever its status. */
MUST_USE enum code cage_verdict(struct ctx *cx, const struct cage *cage, bool in_time, bool full,
                                int status);

#endif
