/* The control socket: the command line talks to the running server here. */
#ifndef SERVER_CONTROL_H
#define SERVER_CONTROL_H

#include "base/engine.h"

/* Both ways: a 32-bit little-endian length and so many bytes.
   To the server: a 32-bit count, so many strings (each with its length), the input as a string, and
   a 64-bit ticket by which `task list` shows how far it has come.
   Back: one byte, the exit status; one that says what follows, 'j' JSON or 't' a line of text. */
enum { CONTROL_REQUEST_MAX = 64 * 1024 * 1024 };

extern const struct engine control_engine; /* env: struct server */

/* What a shell sees of a code: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 exists already,
   5 not allowed, 6 over a limit, 7 busy or not running, 8 disk or stored data faulty. */
int control_exit_status(enum code code);

#endif
