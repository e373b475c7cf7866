/* Metadata of mailboxes and of the server (RFC 5464): names of entries, where they lie, and how
   they are told. */
#ifndef PROTO_IMAP_METADATA_H
#define PROTO_IMAP_METADATA_H

#include "core/annotation/annotation.h"
#include "proto/imap/mailbox/mailbox.h"

enum { IMAP_META_ENTRIES_MAX = 100 }; /* in one command */

/* "/private/comment" is the reader's own, "/shared/comment" everybody's. */
struct imap_meta_name {
    bool shared;
    struct str name; /* "/comment": in lower case; empty for all of that kind */
};
struct imap_meta_names {
    struct imap_meta_name at[IMAP_META_ENTRIES_MAX];
    size_t count;
};
/* Takes one entry's name. E_SYNTAX. */
MUST_USE enum code imap_meta_name(struct ctx *cx, struct cur *c, struct imap_meta_name *out);
/* One, or several in brackets. E_SYNTAX; E_LIMIT past IMAP_META_ENTRIES_MAX. */
MUST_USE enum code imap_meta_names(struct ctx *cx, struct cur *c, struct imap_meta_names *out);
/* Takes a string, a literal8 or NIL. */
bool imap_meta_value(struct arena *a, struct cur *c, struct str *value, bool *nil);

/* What is annotated: a mailbox, or the server where box is NULL. */
struct imap_meta_of {
    const struct imap_box *box;
    struct str name; /* of the mailbox; empty */
};
/* May the session's user see and change metadata of a mailbox by these rights (RFC 5464 section
   3.3)? E_NOT_FOUND, E_DENIED. */
MUST_USE enum code imap_meta_may(struct ctx *cx, uint32_t rights);
/* All that the session's user sees, the use of a mailbox among them. */
MUST_USE enum code imap_meta_list(struct ctx *cx, const struct imap_session *s,
                                  const struct imap_meta_of *of, struct annotations *out);

/* Which entries are told, and how much of them. */
struct imap_meta_query {
    struct imap_meta_names names;
    uint32_t depth;    /* levels below those that are named; UINT32_MAX: all */
    uint64_t size_max; /* of a value */
    uint64_t longest;  /* out: of those that are longer; 0: none is */
};
/* "* METADATA name (…)"; nothing when no entry is to be told. */
MUST_USE enum code imap_meta_put(struct ctx *cx, const struct imap_session *s,
                                 struct imap_call *call, const struct imap_meta_of *of,
                                 struct imap_meta_query *query);

/* The entry that says what a mailbox is used for (RFC 6154 section 4). */
#define IMAP_META_USE STR("/specialuse")

#endif
