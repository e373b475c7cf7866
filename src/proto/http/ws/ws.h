/* WebSocket (RFC 6455; RFC 8441 with HTTP/2): messages of text over a request that was upgraded.
   Extensions are not spoken. */
#ifndef PROTO_HTTP_WS_WS_H
#define PROTO_HTTP_WS_WS_H

#include "proto/http/live.h"
#include "proto/http/message.h"
#include "proto/http/ws/frame.h"
#include <stdatomic.h>

enum {
    WS_FRAGMENTS_MAX = 10000,          /* of one message */
    WS_GATHER_MAX = 256 * 1024 * 1024, /* bytes of fragments that all connections keep */
    WS_ALIVE_MS = 240 * 1000,          /* silent so long, the peer is asked by a ping... */
};

/* What is made of the messages. */
struct ws_handler {
    struct str protocol;     /* that must be offered (Sec-WebSocket-Protocol) */
    size_t message_max;      /* bytes, in all fragments */
    atomic_size_t *gathered; /* of all connections of the server: bytes of fragments */
    /* A whole message of valid UTF-8, in cx->arena. */
    void (*take)(struct ctx *cx, void *self, struct str text, struct http_part *part);
    /* As in live.h. */
    void (*wake)(struct ctx *cx, void *self, struct http_part *part);
    uint32_t (*wake_ms)(const void *self);
    void (*close)(void *self);
};

/* Answers a request for a WebSocket: a goes on as one, or says what is wrong. *taken: whose self is
   the connection's from now on; else it is the caller's still. */
MUST_USE enum code ws_accept(struct ctx *cx, const struct http_request *q,
                             const struct ws_handler *handler, void *self, struct http_response *a,
                             bool *taken);

/* From take() and wake(). A message; its pieces move. */
void ws_say(struct http_part *part, struct rope *text);
/* Closes the connection. why: a literal, at most 123 bytes. */
void ws_end(struct http_part *part, enum ws_code code, const char *why);

#endif
