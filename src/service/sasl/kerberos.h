/* Kerberos by GSSAPI, the server's side: the keytab, and one context. */
#ifndef SERVICE_SASL_KERBEROS_H
#define SERVICE_SASL_KERBEROS_H

#include "base/err.h"
#include "base/str.h"

struct kerberos;     /* the server's own keys; safe for all threads */
struct gss_exchange; /* one context */

/* keytab: the path of a file with keys for imap/HOST, pop/HOST and smtp/HOST. E_SYNTAX when there
   are none in it. */
MUST_USE enum code kerberos_open(struct ctx *cx, struct str keytab, struct kerberos **out);
void kerberos_close(struct kerberos *k);

/* A context that waits for the client's first token. k outlives it. */
struct gss_exchange *kerberos_begin(const struct kerberos *k);
void kerberos_end(struct gss_exchange *g);
/* Takes a token of the client. out: what to send it, in cx->arena. *done: the context stands. May
   write to the replay cache: run it where cx->slow. E_DENIED. */
MUST_USE enum code kerberos_accept(struct ctx *cx, struct gss_exchange *g, struct str in,
                                   struct str *out, bool *done);
/* Who the context is with: "jane@realm.example" of jane@REALM.EXAMPLE; not a service. E_DENIED. */
MUST_USE enum code kerberos_login(struct ctx *cx, const struct gss_exchange *g, struct str *login);
/* Messages under the context's integrity (RFC 4752 section 3.1). E_DENIED. */
MUST_USE enum code kerberos_seal(struct ctx *cx, struct gss_exchange *g, struct str in,
                                 struct str *out);
MUST_USE enum code kerberos_unseal(struct ctx *cx, struct gss_exchange *g, struct str in,
                                   struct str *out);

#endif
