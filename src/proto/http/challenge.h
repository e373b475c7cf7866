/* The row of ACME's HTTP-01. */
#ifndef PROTO_HTTP_CHALLENGE_H
#define PROTO_HTTP_CHALLENGE_H

#include "proto/http/message.h"

/* self: a struct acme. */
extern const struct http_route http_challenge_routes[];

#endif
