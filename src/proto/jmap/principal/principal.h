/* Principals (RFC 9670 section 2): the global address list. */
#ifndef PROTO_JMAP_PRINCIPAL_PRINCIPAL_H
#define PROTO_JMAP_PRINCIPAL_PRINCIPAL_H

#include "proto/jmap/call.h"

extern const struct jmap_type jmap_principal_type;
jmap_method_fn jmap_principal_query;
/* That nothing changed is told; what changed is not known. */
jmap_method_fn jmap_principal_changes;
jmap_method_fn jmap_principal_query_changes;
/* "P3e9" */
struct str jmap_principal_id(struct arena *a, principal_id who);
bool jmap_principal_of(struct str id, principal_id *out);

#endif
