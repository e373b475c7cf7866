/* The authorisation server by HTTP: rows of the router. docs/OAUTH.md. */
#ifndef PROTO_OAUTH_OAUTH_H
#define PROTO_OAUTH_OAUTH_H

#include "proto/http/message.h"

struct auth;
struct oauth;

enum {
    OAUTH_BODY_MAX = 16 * 1024, /* of a form or a registration */
    OAUTH_QUERY_MAX = 4096,     /* of an authorization request, as a person carries it along */
};

/* What all requests share; outlives them. */
struct oauth_env {
    struct oauth *oauth;
    struct auth *auth; /* for people who sign in by our own form */
};

/* self: a struct oauth_env. */
extern const struct http_route oauth_routes[];

#endif
