/* Rights and identifiers as RFC 4314 writes them. */
#ifndef PROTO_IMAP_ACL_H
#define PROTO_IMAP_ACL_H

#include "core/rights.h"
#include "proto/imap/session.h"

/* Letters, with those of RFC 2086 behind: c stands for k and x, d for t and e. "" for none. */
void imap_rights_put(struct buf *out, uint32_t rights);
/* E_SYNTAX for what is no letter of a right. */
MUST_USE enum code imap_rights_parse(struct ctx *cx, struct str letters, uint32_t *out);

/* "anyone", "anonymous", "$" and a group's address, or an address. E_UNSUPPORTED for "-…" (negative
   rights) and for those who are not in the directory. */
MUST_USE enum code imap_grantee_parse(struct ctx *cx, const struct imap_session *s,
                                      struct str identifier, struct grant *out);
/* The identifier, quoted; of those who were removed "#" and their number. */
MUST_USE enum code imap_grantee_put(struct ctx *cx, const struct imap_session *s, struct buf *out,
                                    const struct grant *grant);

/* "* MYRIGHTS name rights". */
void imap_myrights_put(struct ctx *cx, const struct imap_session *s, struct imap_call *call,
                       struct str name, uint32_t rights);

#endif
