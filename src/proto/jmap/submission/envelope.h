/* Envelopes of EmailSubmission (RFC 8621 section 7): as they are given, or made of the message. */
#ifndef PROTO_JMAP_SUBMISSION_ENVELOPE_H
#define PROTO_JMAP_SUBMISSION_ENVELOPE_H

#include "proto/jmap/set/set.h"
#include "service/submission/submission.h"

enum { JMAP_PARAMETER_MAX = 500 }; /* bytes of the value of a parameter */

/* Fills in sender, recipients and what the parameters say; refuses x. given: "envelope", or NULL.
   message: its bytes. most: recipients. out->sender: the identity's address before. */
MUST_USE enum code jmap_envelope_take(struct ctx *cx, struct jmap_set_one *x,
                                      const struct json_tree *given, struct str message,
                                      uint32_t most, struct submission *out);
/* The envelope as it is told and kept. */
const struct json_tree *jmap_envelope_tree(struct ctx *cx, const struct json_tree *given,
                                           const struct submission *s);
/* A tree of a text; of an object with room for so many members. */
struct json_tree jmap_text_tree(struct str text);

#endif
