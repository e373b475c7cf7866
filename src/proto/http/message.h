/* A request, its response, and the rows of the router between them: independent of the framing, so
   that every version of HTTP can serve them. */
#ifndef PROTO_HTTP_MESSAGE_H
#define PROTO_HTTP_MESSAGE_H

#include "base/err.h"
#include "base/rope.h"
#include "base/str.h"

struct auth_result;
struct http_live_ops;
struct peer;
struct session;

enum http_method {
    HTTP_GET = 1,
    HTTP_HEAD = 2,
    HTTP_POST = 4,
    HTTP_PUT = 8,
    HTTP_DELETE = 16,
    HTTP_PATCH = 32,
    HTTP_OPTIONS = 64,
    HTTP_CONNECT = 128, /* with a protocol (RFC 8441), in HTTP/2 alone */
};

/* A field as it came or goes: names are compared without case. */
struct http_field {
    struct str name, value;
};

/* Valid as long as the request is run. */
struct http_request {
    unsigned method;     /* one of http_method, or 0: none that is known here */
    struct str name;     /* of the method, as it came */
    struct str path;     /* "/a/b", percent-encoded as it came; without "." and ".." segments */
    struct str query;    /* behind "?", or empty */
    struct str host;     /* without its port; lower or upper case as it came */
    struct str port;     /* that stood behind it: digits, or empty */
    struct str rest;     /* of the path, behind the row's prefix */
    struct str body;     /* whole, decoded */
    struct str protocol; /* of HTTP_CONNECT: "websocket" */
    const struct http_field *fields;
    size_t field_count;
    const struct peer *peer;
    const struct auth_result *who; /* logged in: set where the row says HTTP_LOGIN */
    const struct session *session; /* by whose cookie, without its texts; NULL: not by one */
    bool secure;                   /* came by TLS */
    bool old;                      /* HTTP/1.0 */
};

enum { HTTP_ANSWER_FIELDS_MAX = 16 };

/* What a handler fills in; begins as 200 without a body. Slices must outlive the answer: literals,
   or in cx->arena. */
struct http_response {
    unsigned status;
    struct str type;  /* of the body: Content-Type */
    struct rope body; /* pieces may lie in blobs (rope_own) */
    struct http_field fields[HTTP_ANSWER_FIELDS_MAX];
    size_t field_count;
    bool close;        /* the connection, after it */
    bool again;        /* nothing was done: it is to be run again in the slow lane; the router's */
    uint32_t delay_ms; /* it is held back so long */
    /* The answer goes on behind its body (live.h); NULL: it does not. Never with HEAD. */
    const struct http_live_ops *live;
    void *live_self;
};

/* OK: a is the answer. A failure is told as problem+json by http_status_of, and its cause is for
   the log alone. */
typedef enum code http_handler(struct ctx *cx, void *self, const struct http_request *q,
                               struct http_response *a);

enum http_where { HTTP_IN_CLEAR = 1, HTTP_BY_TLS = 2 };

/* Who may: a row says it, the router holds it. */
enum http_auth {
    HTTP_ANYBODY = 1,
    HTTP_LOGIN = 2, /* who has logged in with this request: Basic, Bearer or a session's cookie, by
                       TLS alone */
    HTTP_SIGN_IN = 3, /* as HTTP_LOGIN, but POST is anybody's: it is the signing in */
};

/* One row of the router. HEAD comes with GET; OPTIONS is answered by the router. */
struct http_route {
    const char *name;  /* label of metrics and log; literal */
    struct str prefix; /* "/a/" fits all below; without the last slash just that path */
    unsigned methods;  /* of http_method */
    unsigned where;    /* of http_where */
    enum http_auth auth;
    size_t body_max; /* bytes of a body, decoded; at most HTTP_BODY_MAX */
    http_handler *run;
};

/* Rows and what their handlers are given. A row without a name ends them. */
struct http_site {
    const struct http_route *rows;
    void *self;
};

/* The first field of that name; false when there is none. */
bool http_field_of(const struct http_request *q, struct str name, struct str *out);
/* Adds a field to the answer; a full table ends the process. value must hold no CR, LF or NUL. */
void http_answer_field(struct http_response *a, struct str name, struct str value);
/* The body is text of that type, which is not copied. */
void http_answer_text(struct http_response *a, struct str type, struct str text);
/* The status that tells a code: one row each. */
unsigned http_status_of(enum code code);
/* "Not Found"; "" for a status that is never sent. */
const char *http_reason(unsigned status);

#endif
