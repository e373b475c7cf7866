/* What a proxy tells of the client: the attributes of XCLIENT and XFORWARD, as Postfix's
   XCLIENT_README and XFORWARD_README spell them. */
#ifndef PROTO_SMTP_CLIENT_TOLD_H
#define PROTO_SMTP_CLIENT_TOLD_H

#include "base/engine.h"

enum { TOLD_VALUE_MAX = 255 };

enum told_name {
    TOLD_NAME,
    TOLD_ADDR, /* in the form of peer->address */
    TOLD_PORT,
    TOLD_PROTO, /* "SMTP", "ESMTP" */
    TOLD_HELO,
    TOLD_LOGIN,
    TOLD_DESTADDR,
    TOLD_DESTPORT,
    TOLD_IDENT,
    TOLD_SOURCE, /* "LOCAL", "REMOTE" */
    TOLD_COUNT,
};

/* By enum told_name. p NULL: not told; empty with a p: told as unavailable. */
struct told_values {
    struct str at[TOLD_COUNT];
};

enum { TOLD_XCLIENT = 1, TOLD_XFORWARD = 2 }; /* whose attributes */

/* The attributes of a command by name, with a blank before each: for EHLO. */
struct str told_names(struct arena *a, unsigned command);
/* arg: "NAME=value ADDR=...", values as xtext; in cx->arena. At least one. E_SYNTAX. */
MUST_USE enum code told_parse(struct ctx *cx, struct str arg, unsigned command,
                              struct told_values *out);

/* The client as told, for as long as the session believes it. */
struct told {
    struct arena *arena;
    struct peer peer; /* TLS facts and waker are the socket's */
    struct told_values values;
};
/* values over those of before (NULL: over what socket is), in memory of their own. */
struct told *told_open(const struct peer *socket, const struct told *before,
                       const struct told_values *values);
void told_close(struct told *t);
bool told_has(const struct told *t, enum told_name name);

#endif
