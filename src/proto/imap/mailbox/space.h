/* Namespaces (RFC 2342): whose mailboxes a name leads to. Names without one of these prefixes are
 * the session's own. */
#ifndef PROTO_IMAP_SPACE_H
#define PROTO_IMAP_SPACE_H

#include "core/directory.h"
#include "proto/imap/session.h"

enum imap_space {
    IMAP_SPACE_OWN,
    IMAP_SPACE_OTHERS, /* "Other Users/jane@example.com/…" */
    IMAP_SPACE_SHARED, /* "Shared/…": mailboxes of teams and of resources */
    IMAP_SPACE_PUBLIC, /* "Public/…": public-folder trees */
    IMAP_SPACE_COUNT,
};

/* The first level of its names, without the slash; empty for one's own. */
struct str imap_space_root(enum imap_space space);
enum imap_space imap_space_of(enum principal_kind kind);

struct imap_name {
    enum imap_space space;
    struct str address; /* whose; empty for one's own */
    struct str prefix;  /* "Shared/help@example.com/" */
    struct str path;    /* in that account; empty for its root */
};
/* Takes a name apart. A second level without "@" is no address: such names are one's own. */
struct imap_name imap_name_of(struct str name);
/* "Shared/help@example.com/", in cx->arena; empty for the session's own account. */
struct str imap_space_prefix(struct ctx *cx, const struct principal *owner);
/* Appends "* NAMESPACE …", with the translations of the session's language (RFC 5255 section 3.4).
 */
void imap_namespace_put(struct ctx *cx, const struct imap_session *s, struct buf *out);

#endif
