/* HTTP/2 (RFC 9113) over the same rows as HTTP/1.1. nghttp2 does the framing and is behind h2.c
   alone; what a connection may cost is counted here. */
#ifndef PROTO_HTTP_H2_H2_H
#define PROTO_HTTP_H2_H2_H

#include "base/engine.h"

struct http_session;
struct h2;

enum {
    H2_STREAMS_MAX = 100,             /* at a time */
    H2_WINDOW = 1024 * 1024,          /* bytes of bodies on their way to us, of a connection */
    H2_BODIES_MAX = 32 * 1024 * 1024, /* of all bodies that are coming in, of a connection */
    H2_REQUESTS_MAX = 10000,          /* of one connection */
    H2_RESETS = 100,
    H2_RESETS_S = 10,         /* streams that a client may reset: at once, a second */
    H2_CONTINUATIONS_MAX = 8, /* frames that go on with one head */
    H2_SETTINGS_MAX = 32,     /* settings in one frame */
    H2_ACKS_MAX = 100,        /* answers to PING and SETTINGS that wait to be read */
    H2_CONTROL = 1000,        /* frames that are no request, ahead of requests... */
    H2_CONTROL_EACH = 20,     /* ...and so many more for each */
    H2_PART = 256 * 1024,     /* bytes of output made at a time */
};

/* The server's side of a connection; s outlives it. */
struct h2 *h2_open(struct http_session *s);
/* Drops all streams. */
void h2_close(struct h2 *h);
/* Takes what came, runs the requests that are whole, and adds output to r. */
void h2_take(struct ctx *cx, struct h2 *h, struct str in, struct reply *r);
/* Goes on with the output that h2_take left (reply.more). */
void h2_more(struct ctx *cx, struct h2 *h, struct reply *r);
/* Something rang, or time has passed: for the answers that go on. */
void h2_wake(struct ctx *cx, struct h2 *h, struct reply *r);
/* As engine.wake_ms. */
uint32_t h2_wake_ms(const struct h2 *h);
/* Answers go on, and nothing else is being read or answered. */
bool h2_only_listens(const struct h2 *h);
/* Says goodbye; the connection is closed afterwards. */
void h2_goodbye(struct ctx *cx, struct h2 *h, struct reply *r);
/* No request is being read or answered. */
bool h2_is_idle(const struct h2 *h);

#endif
