/* A representation of something, answered as its conditions and ranges ask: RFC 9110
   sections 12.5.3, 13 and 14. For files, downloads and all that has an entity tag. */
#ifndef PROTO_HTTP_ENTITY_H
#define PROTO_HTTP_ENTITY_H

#include "proto/http/message.h"

enum http_coding { HTTP_IDENTITY, HTTP_BROTLI, HTTP_ZSTD, HTTP_GZIP, HTTP_CODINGS };

struct http_entity {
    struct str type;                /* Content-Type */
    struct str tag;                 /* of its bytes: no quotes; strong */
    struct str cache;               /* Cache-Control */
    struct str bytes[HTTP_CODINGS]; /* they outlive the answer; empty: not there but for identity */
};

/* The coding that the client takes best of those that are there. */
enum http_coding http_coding_of(const struct http_request *q, const struct http_entity *e);
/* 200, 206, 304, 412 or 416. One range is served; several are answered with the whole. */
void http_answer_entity(struct ctx *cx, const struct http_request *q, const struct http_entity *e,
                        struct http_response *a);

enum http_range { HTTP_RANGE_NONE, HTTP_RANGE_GOOD, HTTP_RANGE_BAD };
/* "bytes=2-5" of total bytes. NONE: there is no such field, or it is to be ignored. */
enum http_range http_range_of(struct str value, uint64_t total, uint64_t *first, uint64_t *count);

#endif
