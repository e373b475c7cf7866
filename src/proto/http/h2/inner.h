/* What HTTP/2 keeps of a connection and its streams; nghttp2 is behind h2.c alone. */
#ifndef PROTO_HTTP_H2_INNER_H
#define PROTO_HTTP_H2_INNER_H

#include "base/buf.h"
#include "proto/http/h2/h2.h"
#include "proto/http/session.h"

typedef struct nghttp2_session nghttp2_session;

/* One request and its answer. */
struct h2_stream {
    struct h2_stream *next;
    int32_t id;
    struct arena *arena;    /* of request and answer; NULL while a live one is idle */
    struct http_head *head; /* and these in it */
    struct str authority, protocol;
    size_t head_bytes;
    struct http_fault fault;
    const struct http_route *route;
    struct buf body;
    struct http_event event;
    struct rope out;
    size_t unread; /* bytes of a body that nobody wants */
    bool answered;
    bool waits; /* for the slow lane */

    /* An answer that goes on. Its output lies in arena, which is there as long as there is any. */
    struct http_live live;
    struct arena *in_arena; /* of body: what the client says and was not taken yet */
    size_t taken;           /* of body, from its start */
    size_t owed;            /* bytes that came and for which no room was given back */
    bool ended;             /* nothing more is said */
    bool missed;            /* a wake that came while output waited */
};

struct h2 {
    struct http_session *s;
    nghttp2_session *session;
    struct h2_stream *streams;
    size_t stream_count, live_count, bodies, requests, control;
    struct ctx *cx;    /* of the call that runs */
    uint32_t delay_ms; /* of what was answered in it */
    bool waits;        /* some stream does: what came was taken already */
    bool over;
};

/* h2.c: n bytes more of bodies are kept, or no longer; false: the connection, or all of them, keep
   too much. */
bool h2_bodies_take(struct h2 *h, size_t n);
void h2_bodies_give(struct h2 *h, size_t n);

/* live.c: the answer goes on from here, its head was submitted. */
void h2_live_begin(struct h2 *h, struct h2_stream *st, struct http_response *a);
/* The client says something; false: it may not say so much. */
bool h2_live_heard(struct h2 *h, struct h2_stream *st, struct str bytes);
/* The connection was woken, for all streams. */
void h2_live_wake(struct h2 *h);
/* Last words of all streams. */
void h2_live_goodbye(struct h2 *h);
/* Goes on with what waited until the output was sent. True: there is new output. */
bool h2_live_pump(struct h2 *h);
/* All that there was to say was sent: what held it is given back. */
void h2_live_sent(struct h2_stream *st);
/* Drops what it holds. */
void h2_live_drop(struct h2 *h, struct h2_stream *st);

/* h2.c, for live.c: there is output, or the end. */
void h2_resume(struct h2 *h, const struct h2_stream *st);
/* The client may stop (RFC 9113 section 8.1). */
void h2_reset(struct h2 *h, const struct h2_stream *st);
/* Room is given back for n bytes that were taken. */
void h2_give_room(struct h2 *h, const struct h2_stream *st, size_t n);

#endif
