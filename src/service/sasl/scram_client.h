/* SCRAM-SHA-256 (RFC 5802, 7677) from the client's side: how we log in to smart hosts. Pure; three
   calls, in this order. */
#ifndef SERVICE_SASL_SCRAM_CLIENT_H
#define SERVICE_SASL_SCRAM_CLIENT_H

#include "base/err.h"
#include "base/str.h"

/* Work that a server may ask for, and text of it that is read. */
enum { SCRAM_CLIENT_ITERATIONS_MAX = 1000000, SCRAM_CLIENT_TEXT_MAX = 4096 };

enum scram_binding {
    SCRAM_BINDS_NOT = 0, /* "n": no binding of ours is to be had */
    SCRAM_COULD_BIND,    /* "y": we could, and the server does not offer -PLUS */
    SCRAM_BINDS,         /* -PLUS with tls-exporter (RFC 9266) */
};

/* One exchange. The caller fills in binding, and nonce: printable, without a comma. */
struct scram_client {
    enum scram_binding binding;
    unsigned char exporter[32];  /* of SCRAM_BINDS */
    char nonce[25];              /* NUL-terminated */
    unsigned char signature[32]; /* that the server must show */
};

/* The first message. In cx->arena, as the next. */
struct str scram_client_first(struct ctx *cx, const struct scram_client *x, struct str user);
/* The answer to the server's first message. E_SYNTAX: that is none, or not to ours; E_LIMIT: more
   iterations than the limit; a password that SASLprep forbids. Takes as long as the server asks. */
MUST_USE enum code scram_client_final(struct ctx *cx, struct scram_client *x, struct str user,
                                      struct str password, struct str server_first,
                                      struct str *out);
/* Whether the server's last message proves that it knows the password, too. E_DENIED. */
MUST_USE enum code scram_client_check(struct ctx *cx, const struct scram_client *x,
                                      struct str server_final);

#endif
