/* Sending (RFC 8621 sections 6 and 7). */
#ifndef PROTO_JMAP_SUBMISSION_SUBMISSION_H
#define PROTO_JMAP_SUBMISSION_SUBMISSION_H

#include "proto/jmap/call.h"

struct jmap_set_one;

extern const struct jmap_type jmap_identity_type, jmap_submission_type;
jmap_method_fn jmap_submission_query;
jmap_method_fn jmap_submission_query_changes;

/* The address of an identity of the call's account. E_NOT_FOUND. */
MUST_USE enum code jmap_identity_sender(struct ctx *cx, struct jmap_call *call, struct str id,
                                        struct str *email);
/* Sends one (section 7.5): once it is on its way, it is never refused. */
MUST_USE enum code jmap_submission_create(struct ctx *cx, struct jmap_call *call,
                                          struct jmap_set_one *x);
/* Its row goes; the mail does not. */
MUST_USE enum code jmap_submission_end(struct ctx *cx, struct jmap_call *call, struct str id);
/* Arguments of EmailSubmission/set of its own; what follows when it is done (section 7.5). */
jmap_method_fn jmap_submission_prepare;
MUST_USE enum code jmap_submission_follow(struct ctx *cx, struct jmap_call *call,
                                          const struct jmap_set_one *all, size_t count);
/* The members of urn:ietf:params:jmap:submission (section 1.3.2). */
void jmap_submission_capability(struct ctx *cx, struct json *j);

#endif
