/* Quotas (RFC 9425): what one's own account may hold, bytes and messages. */
#ifndef PROTO_JMAP_QUOTA_QUOTA_H
#define PROTO_JMAP_QUOTA_QUOTA_H

#include "proto/jmap/call.h"

extern const struct jmap_type jmap_quota_type;
jmap_method_fn jmap_quota_get;
jmap_method_fn jmap_quota_changes;
jmap_method_fn jmap_quota_query;
jmap_method_fn jmap_quota_query_changes;

#endif
