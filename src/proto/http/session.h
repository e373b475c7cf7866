/* One connection, and where the request that comes in ends. */
#ifndef PROTO_HTTP_SESSION_H
#define PROTO_HTTP_SESSION_H

#include "proto/http/head.h"
#include "proto/http/live.h"

/* How far the request that comes in was looked at. All zero is a fresh one. */
struct http_frame {
    size_t at;     /* looked at so far: a line begins, or a chunk's size */
    size_t look;   /* within the line: no LF before it */
    size_t head_n; /* the head with its empty line; 0: not whole yet */
    size_t total;  /* of all, once known */
    size_t body_max;
    size_t decoded;  /* bytes of the chunks so far */
    size_t trailers; /* where they begin; 0: not there yet */
    bool begun, chunked, told;
    bool unread; /* nobody wants its body: it is answered without, and the connection closed */
    bool owed;   /* 100 Continue, which would have come too late: everything was there at once */
    struct http_fault fault;
};

struct h2;

/* An answer that goes on. ops NULL: there is none. */
struct http_live {
    const struct http_live_ops *ops;
    void *self;
    const char *route;
    uint64_t bytes;   /* said so far, without framing */
    int64_t since_ms; /* clock_mono_ms */
    bool plain;       /* HTTP/1.1: its bytes go as they are, without chunks */
};

struct http_session {
    struct http_env *env;
    const struct peer *peer;
    struct http_frame frame;
    struct h2 *h2;         /* NULL: HTTP/1.1 */
    struct http_live live; /* of HTTP/1.1 */
    unsigned requests;
    bool over;
};

/* As engine.frame. */
struct framing http_frame(void *session, struct str in, size_t seen);
/* The body of a request that was framed, decoded; in a when it came in several chunks. text: what
   stands behind the head. */
struct str http_dechunk(struct arena *a, struct str text);

/* The row for the path, and its site; NULL when there is none. */
const struct http_route *http_route_find(const struct http_env *e, bool secure, struct str path,
                                         const struct http_site **site);
/* Whether it would look at the body of a request with that head. route may be NULL. */
bool http_route_takes(const struct http_route *route, const struct http_head *h);
/* Has the request answered. a is all zero but for its body's arena. Returns the row's name. */
const char *http_route_run(struct ctx *cx, const struct http_env *e, struct http_request *q,
                           struct http_response *a);
/* Who logs in by the Authorization field (RFC 7617, RFC 6750) or by a session's cookie: true, and
   q->who is set; or a is the answer. a->again: to be run again in the slow lane. */
bool http_login(struct ctx *cx, const struct http_env *e, struct http_request *q,
                struct http_response *a);
/* The answer to a log-in that failed so; no challenge is in it. who: of the attempt. */
void http_login_fault(struct ctx *cx, struct http_response *a, const struct auth_result *who,
                      enum code code);
/* An answer that tells of a failure, as problem+json (RFC 9457). why: a literal, or NULL. */
void http_answer_fault(struct ctx *cx, struct http_response *a, unsigned status, const char *why);
/* All fields of an answer but those of its framing, in the order in which they are sent; out holds
   HTTP_WRITTEN_FIELDS_MAX. Returns how many. */
enum { HTTP_WRITTEN_FIELDS_MAX = HTTP_ANSWER_FIELDS_MAX + 5 };
size_t http_answer_fields(struct arena *arena, const struct http_env *e,
                          const struct http_response *a, int64_t now_ms, bool secure,
                          struct http_field *out);
/* Appends it as HTTP/1.1. bare: to HEAD. */
void http_answer_write(const struct http_env *e, struct http_response *a, int64_t now_ms,
                       bool secure, bool bare, struct reply *r);

/* One request that was answered, for metrics and the access log. */
struct http_event {
    const char *route; /* NULL: none */
    struct str method, path;
    unsigned status;
    size_t bytes; /* of the body */
    int64_t took_us;
    bool old; /* HTTP/1.0 */
};
void http_meter_request(struct ctx *cx, const struct http_session *s, const struct http_event *e);
/* The answer a goes on as *live from now on. */
void http_live_begin(const struct http_session *s, struct http_response *a, const char *route,
                     struct http_live *live);
/* Closes it, for good; nothing is done when there is none. */
void http_live_end(const struct http_session *s, struct http_live *live);
/* Of HTTP/1.1: writes the head and what is said first. */
void http_live_start(struct ctx *cx, struct http_session *s, struct http_response *a,
                     const struct http_event *e, struct reply *r);
/* What the engine does while an answer goes on. */
struct framing http_live_frame(struct http_session *s, struct str in);
void http_live_take(struct ctx *cx, struct http_session *s, struct str in, struct reply *r);
void http_live_wake(struct ctx *cx, struct http_session *s, struct reply *r);
void http_live_goodbye(struct ctx *cx, struct http_session *s, struct reply *r);
/* The least of two intervals, of which 0 is never. */
uint32_t http_live_sooner(uint32_t a_ms, uint32_t b_ms);
void http_meter_session(const struct http_session *s, int change);
/* Memory for bodies of HTTP/2, of all connections together. False: there is not so much left. */
bool http_bodies_take(const struct http_session *s, size_t n);
void http_bodies_give(const struct http_session *s, size_t n);

#endif
