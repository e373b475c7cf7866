/* The HTTP/1.1 engine (RFC 9110, RFC 9112) and its router; docs/HTTP.md. What a request is and what
   answers it stands in message.h and knows nothing of framing. */
#ifndef PROTO_HTTP_HTTP_H
#define PROTO_HTTP_HTTP_H

#include "base/engine.h"
#include "proto/http/message.h"

struct auth;
struct log;
struct metrics;
struct http_meter;
struct sessions;

enum {
    HTTP_LINE_MAX = 8192,                /* the request line with its CRLF; above: 414 */
    HTTP_HEAD_MAX = 32 * 1024,           /* request line and fields; above: 431 */
    HTTP_FIELDS_MAX = 100,               /* fields of one request; above: 431 */
    HTTP_BODY_MAX = 256 * 1024 * 1024,   /* that any row may take */
    HTTP_CHUNK_LINE_MAX = 256,           /* a chunk's size and extensions, with CRLF */
    HTTP_CHUNK_OVERHEAD_MAX = 64 * 1024, /* what chunks may cost beyond as much as they carry */
    HTTP_TRAILERS_MAX = 8192,            /* of a chunked body; they are ignored */
    HTTP_REQUESTS_MAX = 1000,            /* of one connection; the last one closes it */
    HTTP_SITES_MAX = 16,
};

/* Settings. http_limits_default is what a server without any runs with. */
struct http_limits {
    uint32_t timeout_ms;      /* silence before and within a request */
    uint32_t keep_timeout_ms; /* silence between two requests */
    uint32_t hsts_s;          /* max-age of Strict-Transport-Security (RFC 6797); 0: none */
    size_t bodies_bytes;      /* memory for bodies that come by HTTP/2, of all connections */
};
/* 30 s, 60 s, a year, 256 MiB. */
extern const struct http_limits http_limits_default;

/* What all sessions of the server share; outlives them. */
struct http_env {
    struct http_site sites[HTTP_SITES_MAX]; /* the first row that fits is taken */
    size_t site_count;
    struct auth *auth;         /* NULL: rows with HTTP_LOGIN answer 503 */
    struct sessions *sessions; /* NULL: no cookie is taken */
    struct log *log;           /* may be NULL, as metrics */
    struct metrics *metrics;   /* read by http_env_open alone */
    struct http_limits limits;
    struct str resource_metadata; /* URL (RFC 9728), or empty */
    uint16_t tls_port;        /* where clear text is sent to when no row of it fits; 0: nowhere */
    struct http_meter *meter; /* http_env_open makes it */
};

/* Makes meter; the other members are set before. Once, at start-up. */
void http_env_open(struct http_env *e);
/* After the last session. */
void http_env_close(struct http_env *e);

/* env: a struct http_env. */
extern const struct engine http_engine;

#endif
