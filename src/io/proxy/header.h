/* The header of the PROXY protocol, versions 1 and 2, as HAProxy's proxy-protocol.txt tells it:
   what a proxy says of the client before the client's own bytes. Pure. */
#ifndef IO_PROXY_HEADER_H
#define IO_PROXY_HEADER_H

#include "base/str.h"

enum {
    PROXY_V1_MAX = 107,      /* bytes of a line, its CRLF counted */
    PROXY_HEADER_MAX = 4096, /* of version 2 */
};

enum proxy_kind {
    PROXY_MORE,  /* not whole yet */
    PROXY_BAD,   /* why tells */
    PROXY_LOCAL, /* nothing is said of a client: the proxy itself, or a family without addresses */
    PROXY_FROM,  /* from and to are set */
};

struct proxy_end {
    bool v6;
    uint8_t at[16]; /* IPv4 in the first four */
    uint16_t port;
};

struct proxy_header {
    enum proxy_kind kind;
    size_t n; /* LOCAL, FROM: bytes of the header */
    struct proxy_end from, to;
    const char *why; /* a constant */
};

/* in: all that came so far. */
struct proxy_header proxy_header_read(struct str in);

#endif
