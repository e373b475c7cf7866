/* Names of mailboxes: from and to the wire, to folders, and patterns. */
#ifndef PROTO_IMAP_MAILBOX_H
#define PROTO_IMAP_MAILBOX_H

#include "proto/imap/session.h"

enum { IMAP_PATTERN_MAX = 1000 };

/* Takes a mailbox name: astring in modified UTF-7, or UTF-8 after ENABLE IMAP4rev2. out: UTF-8 path
   in cx->arena; INBOX as first level in capitals. E_SYNTAX. */
MUST_USE enum code imap_mailbox(struct ctx *cx, const struct imap_session *s, struct cur *c,
                                struct str *out);
/* The same for a name that was taken already (patterns). */
MUST_USE enum code imap_mailbox_decode(struct ctx *cx, const struct imap_session *s,
                                       struct str wire, struct str *out);
/* Appends the name as the session's client reads it, quoted. */
void imap_mailbox_put(struct ctx *cx, const struct imap_session *s, struct buf *out,
                      struct str path);

/* Only folders of mail that are not hidden are seen by IMAP. */
bool imap_folder_is_shown(const struct folder_facts *f);
/* E_NOT_FOUND for what is not there or not shown or may not be looked up. */
MUST_USE enum code imap_folder(struct ctx *cx, const struct imap_session *s,
                               const struct account_view *v, struct str path,
                               const struct folder_facts **out);

/* What a failed CREATE or RENAME is answered with: names that the core refuses are no bad grammar.
 */
MUST_USE enum code imap_name_code(struct ctx *cx, enum code code);

/* LIST's wildcards: "*" is any text, "%" any without "/". At worst the product of the lengths. */
bool imap_match(struct str pattern, struct str path);

#endif
