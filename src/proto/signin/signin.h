/* Signing in at the page: rows of the router below /auth/. docs/SIGNIN.md. */
#ifndef PROTO_SIGNIN_SIGNIN_H
#define PROTO_SIGNIN_SIGNIN_H

#include "base/engine.h"
#include "format/json.h"
#include "proto/http/message.h"

struct auth;
struct log;
struct metric;
struct metrics;
struct session;
struct sessions;

enum {
    SIGNIN_BODY_MAX = 4096,
    SIGNIN_TEXT_MAX = 1024, /* bytes of a name or password in a request */
};

/* What all requests share; outlives them. */
struct signin_env {
    struct auth *auth;
    struct sessions *sessions;
    struct log *log;                       /* may be NULL, as metrics */
    struct metrics *metrics;               /* read by signin_env_open alone */
    struct metric *ok, *refused, *foreign; /* made there */
};

/* Makes the metrics. Once, at start-up. */
void signin_env_open(struct signin_env *e);

/* self: a struct signin_env. */
extern const struct http_route signin_routes[];

/* Signing in, who one is, and signing out. */
enum code signin_session(struct ctx *cx, void *self, const struct http_request *q,
                         struct http_response *a);

#endif
