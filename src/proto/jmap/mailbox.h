/* Mailboxes (RFC 8621 section 2). */
#ifndef PROTO_JMAP_MAILBOX_H
#define PROTO_JMAP_MAILBOX_H

#include "proto/jmap/call.h"

/* Of what jmap_mailbox_type.find gave. */
const struct folder_facts *jmap_mailbox_facts(const void *object);
/* sortOrder: as a client set it; else those with a role first, in the order of the table of roles.
 */
uint32_t jmap_mailbox_order(const struct folder_facts *f);

extern const struct jmap_setter jmap_mailbox_setter;
/* One's own folders have a flag, those of others are in a list of one's own. */
MUST_USE enum code jmap_mailbox_subscribed(struct ctx *cx, struct jmap_call *call,
                                           const struct folder_facts *f, bool *out);

jmap_method_fn jmap_mailbox_query;
jmap_method_fn jmap_mailbox_query_changes;

#endif
