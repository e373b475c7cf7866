/* The row of MTA-STS (RFC 8461 section 3.3): policies of our own domains. */
#ifndef PROTO_HTTP_POLICY_H
#define PROTO_HTTP_POLICY_H

#include "proto/http/message.h"

/* self: the struct core. */
extern const struct http_route http_policy_routes[];

#endif
