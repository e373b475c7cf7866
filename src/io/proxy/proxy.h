/* Connections that come by a proxy: they begin with a header that tells who the client is. */
#ifndef IO_PROXY_PROXY_H
#define IO_PROXY_PROXY_H

#include "io/conn.h"

/* Reads the header; when it is whole, the connection is the client's. On any lane. */
enum next proxy_greet(struct conn *c);
/* Whether the listener takes connections with a header alone, and from's address may make them. */
bool proxy_is_asked(const struct listener *l);
bool proxy_may_call(const struct conn *c);

#endif
