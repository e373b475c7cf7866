/* The command line's end of the control socket. */
#ifndef SERVER_CLIENT_H
#define SERVER_CLIENT_H

#include "base/err.h"
#include "base/str.h"

struct question {
    const struct str *words; /* of the command */
    size_t count;
    struct str input;
    bool watched; /* tell on standard error how far it has come, while it lasts */
};

struct answer {
    int status;      /* of exit */
    bool json;       /* else text is a complaint */
    struct str text; /* in cx->arena */
};

/* Asks the server behind the socket and waits for its answer. E_BUSY: nobody answers there; E_IO;
   E_LIMIT. */
MUST_USE enum code client_ask(struct ctx *cx, struct str socket_path, const struct question *q,
                              struct answer *out);

#endif
