/* A helper process for what comes from outside in foreign formats: bytes in, bytes out. It is
   started without an environment and without descriptors but for its input, its output and an
   empty stderr; what it may do beyond that, it gives up itself before it reads its input
   (helper/cage.h). It may die, the server may not. */
#ifndef IO_PROCESS_CAGE_H
#define IO_PROCESS_CAGE_H

#include "base/err.h"
#include "base/str.h"

struct cage {
    const char *program; /* an absolute path */
    uint32_t wall_ms;    /* then it is killed */
    size_t output_max;   /* bytes; what comes beyond is not read */
};

/* Runs program with one argument on input, which it reads as descriptor 0, a sealed file in memory,
   and gives what it writes to descriptor 1, in cx->arena. OK when it ended by itself with status 0.
   E_UNSUPPORTED: with status 3, which says that it does not know the format. E_SYNTAX: with another
   status, or by a signal. E_LIMIT: it took too long. E_IO: it could not be started. */
MUST_USE enum code cage_run(struct ctx *cx, const struct cage *cage, const char *argument,
                            struct str input, struct str *output);

/* The same by a helper that was started once, with "serve" (helper/serve.h), and forks for each
   input: each is read in a process of its own, with the same bounds, and nothing is left of it. For
   all threads; whoever comes while it is busy gets a process started for him alone. */
struct cage_host;
/* Starts nothing yet. */
struct cage_host *cage_host_open(const struct cage *cage);
void cage_host_close(struct cage_host *h);
/* As cage_run. */
MUST_USE enum code cage_host_run(struct ctx *cx, struct cage_host *h, const char *argument,
                                 struct str input, struct str *output);
/* Its process; 0 when there is none. */
int cage_host_process(struct cage_host *h);

#endif
