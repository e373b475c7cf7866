/* What the rest of io needs to know of connections that we begin. */
#ifndef IO_OUT_DIAL_INNER_H
#define IO_OUT_DIAL_INNER_H

#include "io/out/dial.h"

struct dial; /* one call of io_dial(); then with its connection */
struct dialer;

/* Its thread has not started. */
struct dialer *dialer_open(struct io *io);
/* E_IO. */
MUST_USE enum code dialer_start(struct ctx *cx, struct dialer *r);
/* What is being dialled fails; so does what comes later. */
void dialer_stop(struct dialer *r);
void dialer_close(struct dialer *r);

/* The session is about to be opened: what for. */
void *dial_env(struct dial *d);
/* NULL: no TLS. */
struct tls_client *dial_tls(const struct dial *d);
const struct tls_ask *dial_tls_ask(const struct dial *d);
bool dial_tls_at_once(const struct dial *d);
/* Its connection is gone; why: a constant, or NULL. Tells so who dialled if no session was opened.
   Frees d. */
void dial_ended(struct dial *d, const char *why);

#endif
