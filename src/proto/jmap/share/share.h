/* Sharing (RFC 9670): Mailbox's shareWith and mayShare, ShareNotification. */
#ifndef PROTO_JMAP_SHARE_SHARE_H
#define PROTO_JMAP_SHARE_SHARE_H

#include "proto/jmap/set/set.h"
#include "service/sharing/notice.h"

enum { JMAP_SHARES_MAX = 500 }; /* principals in one shareWith */

/* RFC 8621 section 2: rights of RFC 4314 as an object; share: with mayShare. */
void jmap_rights_put(struct json *j, uint32_t rights, bool share);
/* Refuses a Mailbox/get that asks for shareWith without the capability. */
jmap_method_fn jmap_share_asked;
/* Mailbox's shareWith: null to who may not change it, and when nobody has anything. */
jmap_write_fn jmap_put_share_with;

/* What a new shareWith of one mailbox comes to. */
struct jmap_shares {
    struct share_act *at;
    struct share_before *before;
    size_t count;
};
/* Reads it, if it is set: grants that are others than those of a folder (of a new mailbox: of the
   one above). May refuse x. */
MUST_USE enum code jmap_shares_read(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                                    folder_id of, struct jmap_shares *out);
/* Before the commit; inside it; after it. fresh: the folder is made in it. */
MUST_USE enum code jmap_shares_begin(struct ctx *cx, struct jmap_call *call, struct jmap_shares *s,
                                     folder_id folder, bool fresh);
MUST_USE enum code jmap_shares_apply(struct ctx *cx, struct account_txn *t,
                                     const struct jmap_shares *s, folder_id folder);
MUST_USE enum code jmap_shares_end(struct ctx *cx, struct jmap_call *call, struct jmap_shares *s,
                                   folder_id folder);

extern const struct jmap_type jmap_notification_type;
jmap_method_fn jmap_notification_query;
jmap_method_fn jmap_notification_query_changes;

#endif
