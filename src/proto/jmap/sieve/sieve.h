/* VacationResponse (RFC 8621 section 8) and SieveScript (RFC 9661). */
#ifndef PROTO_JMAP_SIEVE_SIEVE_H
#define PROTO_JMAP_SIEVE_SIEVE_H

#include "proto/jmap/blob.h"

extern const struct jmap_type jmap_vacation_type, jmap_script_type;
jmap_method_fn jmap_script_query;
jmap_method_fn jmap_script_validate;

/* The members of urn:ietf:params:jmap:sieve (RFC 9661 section 1.2.1). */
void jmap_sieve_capability(struct ctx *cx, const struct jmap_env *e, account_id account,
                           struct json *j);
/* The text of a script by its blobId, "V..."; call: its account is open, and the person's own.
   E_NOT_FOUND. */
MUST_USE enum code jmap_script_blob(struct ctx *cx, struct jmap_call *call, struct str id,
                                    struct jmap_blob *out);
/* What people change of their scripts decides where their mail goes: it is noted for ever. */
MUST_USE enum code jmap_sieve_note(struct ctx *cx, struct jmap_call *call, const char *act,
                                   struct str detail);

#endif
