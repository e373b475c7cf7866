/* Files handed in and fetched (RFC 8620 sections 6.1 and 6.2): rows of the router. */
#ifndef PROTO_JMAP_TRANSFER_TRANSFER_H
#define PROTO_JMAP_TRANSFER_TRANSFER_H

#include "proto/jmap/call.h"

struct upload;

enum {
    JMAP_NAME_MAX = 255, /* bytes of a file's name in a download's path, decoded */
    JMAP_TYPE_MAX = 127, /* bytes of a media type; longer ones become application/octet-stream */
};

/* "text/html; charset=utf-8": what a client may have us say a file is; else octets. In a. */
struct str jmap_media_type(struct arena *a, struct str type);
/* attachment, with the name in ASCII and, where that is not all of it, in UTF-8 (RFC 6266). */
struct str jmap_disposition(struct arena *a, struct str name);
/* What keeps a file that was opened from our origin from doing anything there. */
void jmap_answer_harmless(struct http_response *a);
/* Makes bytes an upload of the person in the call's account. E_DENIED: nothing may be added there;
   E_LIMIT: too many. */
MUST_USE enum code jmap_upload_bytes(struct ctx *cx, struct jmap_call *call, struct str bytes,
                                     struct str type, struct upload *out);
/* "U..."; in a. */
struct str jmap_upload_id(struct arena *a, const struct upload *u);
bool jmap_upload_of(struct str id, uint64_t *number);

/* Handlers of the rows. */
enum code jmap_upload(struct ctx *cx, void *self, const struct http_request *q,
                      struct http_response *a);
enum code jmap_download(struct ctx *cx, void *self, const struct http_request *q,
                        struct http_response *a);
enum code jmap_preview(struct ctx *cx, void *self, const struct http_request *q,
                       struct http_response *a);
enum code jmap_zip(struct ctx *cx, void *self, const struct http_request *q,
                   struct http_response *a);

#endif
