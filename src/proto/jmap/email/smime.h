/* Signatures of S/MIME (RFC 9219): properties of Email/get, conditions of Email/query. */
#ifndef PROTO_JMAP_EMAIL_SMIME_H
#define PROTO_JMAP_EMAIL_SMIME_H

#include "proto/jmap/call.h"
#include "proto/jmap/type.h"

struct smime_answer;

/* Emails that one query verifies because of a condition; those past it count as not verified. */
enum { JMAP_SMIME_QUERY_MAX = 200 };

/* Refuses a call that asks for such properties without the capability in "using". */
jmap_method_fn jmap_smime_asked;
jmap_write_fn jmap_put_smime_status;
jmap_write_fn jmap_put_smime_delivered;
jmap_write_fn jmap_put_smime_errors;
jmap_write_fn jmap_put_smime_at;

/* Whether an item fits a condition: "hasSmime", "hasVerifiedSmime", or that at delivery. */
enum jmap_smime { JMAP_SMIME_SIGNED, JMAP_SMIME_VERIFIED, JMAP_SMIME_DELIVERED };
MUST_USE enum code jmap_smime_fits(struct ctx *cx, struct jmap_call *call,
                                   const struct item_row *row, enum jmap_smime what, bool *yes);

#endif
