/* Blobs by method calls: RFC 9404, and Blob/copy (RFC 8620 section 6.3). */
#ifndef PROTO_JMAP_TRANSFER_DATA_H
#define PROTO_JMAP_TRANSFER_DATA_H

#include "proto/jmap/call.h"

enum {
    JMAP_SOURCES_MAX = 100,  /* data sources of a blob: maxDataSources */
    JMAP_BLOB_IDS_MAX = 500, /* of a Blob/get, /lookup, /copy */
    JMAP_DIGESTS_MAX = 8,    /* that a Blob/get asks for */
};

extern const struct jmap_type jmap_blob_type;
jmap_method_fn jmap_blob_upload;
jmap_method_fn jmap_blob_get;
jmap_method_fn jmap_blob_lookup;
jmap_method_fn jmap_blob_copy;
/* Members of the capability (RFC 9404 section 3.1). */
void jmap_blob_capability(struct json *j);

#endif
