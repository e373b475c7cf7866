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

/* Where a name leads, whether a mailbox is there or not: whose account, and the path in it. */
struct imap_place {
    account_id account;
    struct str path;
    struct str prefix; /* of the account's names; empty for one's own */
};
/* E_NOT_FOUND when it leads to nobody that the session may know of. */
MUST_USE enum code imap_place(struct ctx *cx, const struct imap_session *s, struct str name,
                              struct imap_place *out);

/* May a mailbox be made there: by the rights on the nearest level above that there is. */
MUST_USE enum code imap_may_create(struct ctx *cx, const struct imap_session *s,
                                   const struct imap_place *place);

/* A mailbox by its name; it is that of a moment, as its account's view is. */
struct imap_box {
    account_id account;
    struct account_view *view;
    const struct folder_facts *folder; /* lives as long as the box */
    struct str name;                   /* as the session names it */
    uint32_t rights;                   /* of the session's user */
};
/* E_NOT_FOUND for what is not there or not shown or may not be looked up; else as imap_may. */
MUST_USE enum code imap_box_open(struct ctx *cx, const struct imap_session *s, struct str name,
                                 uint32_t rights, struct imap_box **out);
void imap_box_close(struct imap_box *box);
AUTO_OF(struct imap_box *, imap_box_close)

/* What a failed CREATE or RENAME is answered with: names that the core refuses are no bad grammar.
 */
MUST_USE enum code imap_name_code(struct ctx *cx, enum code code);

/* LIST's wildcards: "*" is any text, "%" any without "/". At worst the product of the lengths. */
bool imap_match(struct str pattern, struct str path);

#endif
