/* An answer that goes on after its head: an event stream, a WebSocket. Independent of the framing,
   as message.h is. What goes on is in the hands of one thread at a time; idle, it costs what it
   keeps itself, and no buffer. */
#ifndef PROTO_HTTP_LIVE_H
#define PROTO_HTTP_LIVE_H

#include "base/err.h"
#include "base/rope.h"

/* What a call hands back; its rope is of cx->arena, which lives until all of it was sent. */
struct http_part {
    struct rope out;
    bool end; /* that was the last of it */
};

struct http_live_ops {
    /* The connection's waker rang, or wake_ms has passed, and all that was said before was sent. It
       may be called at any time, also when nothing has happened. */
    void (*wake)(struct ctx *cx, void *self, struct http_part *part);
    /* wake() comes at least that often; 0: by rings alone. */
    uint32_t (*wake_ms)(const void *self);
    /* How many bytes of in are to be taken at once; 0: more must come, and *least is how many are
       needed in all, if that is known. NULL: what the client says is not looked at. */
    size_t (*frame)(void *self, struct str in, size_t *least);
    /* Takes what frame() found; all that was said before was sent. in is gone after the call. */
    void (*take)(struct ctx *cx, void *self, struct str in, struct http_part *part);
    /* The server stops, or too much is asked of it: last words. */
    void (*goodbye)(struct ctx *cx, void *self, struct http_part *part);
    /* The last call, once. */
    void (*close)(void *self);
};

#endif
