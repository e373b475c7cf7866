/* What a blobId names (RFC 8620 section 6): "B" and an item's number is its message, "-" and the
   number of a part behind it that part's content, decoded; a further "-" and number a part of the
   message that is in there. An id opens nothing by itself: it is
   found only in the account of the call, where the person may read the item. */
#ifndef PROTO_JMAP_BLOB_H
#define PROTO_JMAP_BLOB_H

#include "base/rope.h"
#include "proto/jmap/call.h"

enum { JMAP_BLOB_WHOLE = UINT32_MAX, JMAP_BLOB_STEPS_MAX = 8 };

struct jmap_blob {
    struct rope bytes;     /* of cx->arena; whoever asked drops it */
    struct str type, name; /* "text/plain"; of the file, may be empty */
};

/* Of a message (JMAP_BLOB_WHOLE) or of one of its parts, by their order in the message; in a. */
struct str jmap_blob_id(struct arena *a, item_id item, uint32_t part);
/* False for what is no such id. */
bool jmap_blob_of(struct str id, item_id *item, uint32_t *part);
/* Its bytes as one slice; a copy only where they lie in several pieces. */
struct str jmap_flat(struct arena *a, const struct rope *bytes);
/* call: its account is open. E_NOT_FOUND also for what may not be seen. */
MUST_USE enum code jmap_blob_find(struct ctx *cx, struct jmap_call *call, struct str id,
                                  struct jmap_blob *out);

#endif
