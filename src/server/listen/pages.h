/* What the server itself answers by HTTP. */
#ifndef SERVER_LISTEN_PAGES_H
#define SERVER_LISTEN_PAGES_H

#include "proto/http/message.h"

/* /health; self: a struct server. */
extern const struct http_route server_routes[];

#endif
