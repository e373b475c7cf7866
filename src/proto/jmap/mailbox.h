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

#endif
