/* SCRAM, the server's side, by GNU SASL: the one place that knows the library. */
#ifndef SERVICE_SASL_GSASL_H
#define SERVICE_SASL_GSASL_H

#include "base/err.h"
#include "base/str.h"

struct sasl_library; /* one for the server; safe for all threads */
struct sasl_scram;   /* one exchange */
struct scram_keys;
struct tls_facts;

/* All exchanges must be closed before it is. */
struct sasl_library *sasl_library_open(void);
void sasl_library_close(struct sasl_library *l);

/* Whose keys; called once, inside a step. Anything but OK ends the exchange. */
typedef enum code sasl_keys_fn(struct ctx *cx, void *self, struct str login,
                               struct str authorization, struct scram_keys *out);

/* name: SCRAM-SHA-256, SCRAM-SHA-1, or one of them with -PLUS (RFC 5802, 7677). tls: its bindings
   are tls-exporter (RFC 9266) and tls-unique (RFC 5929), as far as they are set; NULL: none was
   offered. A client that thinks that the server has no binding, while it has, is refused. */
struct sasl_scram_kind {
    const char *name;
    const struct tls_facts *tls;
};
struct sasl_scram *sasl_scram_open(struct sasl_library *l, const struct sasl_scram_kind *kind,
                                   sasl_keys_fn *keys, void *self);
/* As sasl_step. E_SYNTAX; E_DENIED: the proof or the binding is wrong; what keys answered. */
MUST_USE enum code sasl_scram_step(struct ctx *cx, struct sasl_scram *x, struct str response,
                                   struct str *challenge, bool *done);
void sasl_scram_close(struct sasl_scram *x);

#endif
