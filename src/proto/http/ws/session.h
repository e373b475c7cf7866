/* One WebSocket. Internal to ws. */
#ifndef PROTO_HTTP_WS_SESSION_H
#define PROTO_HTTP_WS_SESSION_H

#include "base/buf.h"
#include "proto/http/ws/ws.h"

struct ws {
    const struct ws_handler *handler;
    void *self;
    int64_t heard_ms;
    bool asked;          /* by a ping, and nothing came since */
    bool gathers;        /* the first fragment of a message came, and not the last */
    uint8_t op;          /* of the message */
    unsigned fragments;  /* so far */
    struct arena *arena; /* of parts; NULL while there are none */
    struct buf parts;
};

extern const struct http_live_ops ws_live;

/* What Sec-WebSocket-Accept answers to a key (section 4.2.2). */
struct str ws_key_answer(struct arena *a, struct str key);

#endif
