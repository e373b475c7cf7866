/* Signing in at the page: rows of the router below /auth/. docs/SIGNIN.md. */
#ifndef PROTO_SIGNIN_SIGNIN_H
#define PROTO_SIGNIN_SIGNIN_H

#include "base/engine.h"
#include "proto/http/message.h"

struct auth;
struct core;
struct log;
struct metric;
struct metrics;
struct rate;
struct sessions;

enum {
    SIGNIN_BODY_MAX = 16 * 1024,
    SIGNIN_TEXT_MAX = 1024, /* bytes of a name, password or code in a request */
};

/* What all requests share; outlives them. */
struct signin_env {
    struct core *core;
    struct auth *auth;
    struct sessions *sessions;
    struct rate *rate;
    struct log *log;                                        /* may be NULL, as metrics */
    struct metrics *metrics;                                /* read by signin_env_open alone */
    struct metric *ok, *refused, *foreign, *factor, *often; /* made there */
};

/* Makes the metrics. Once, at start-up. */
void signin_env_open(struct signin_env *e);

/* self: a struct signin_env. */
extern const struct http_route signin_routes[];

#endif
