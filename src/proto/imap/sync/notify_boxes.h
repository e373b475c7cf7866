/* Whose mailboxes NOTIFY watches, and what they are to the session. */
#ifndef PROTO_IMAP_NOTIFY_BOXES_H
#define PROTO_IMAP_NOTIFY_BOXES_H

#include "core/rights.h"
#include "proto/imap/sync/notify.h"

/* What who is not the owner may do with a folder, and where their own read state stands. */
struct notify_right {
    folder_id folder;
    uint32_t rights;
    uint64_t modseq; /* 0: the folder's own number says all */
};

/* An account at a moment. */
struct notify_look {
    struct account_view *view;   /* NULL: it is gone */
    struct notify_right *rights; /* by folder; on the heap */
    size_t right_count;
};

/* An account that is watched, as it was told last. */
struct notify_account {
    account_id account;
    struct str prefix; /* of its names, in the notify's arena; empty: the session's own */
    struct notify_look seen;
    struct watch *watch;
};

/* A mailbox as the session sees it. facts NULL: it is not there, or not for the session. */
struct notify_box {
    account_id account;
    const struct folder_facts *facts;
    struct str name; /* with the account's prefix */
    uint32_t rights;
    uint64_t modseq;
    bool own, subscribed;
};

/* Finds out whose mailboxes the groups are about, and begins to watch them: the session's own, and
   those named or subscribed of others'. E_LIMIT past NOTIFY_ACCOUNTS_MAX. */
MUST_USE enum code imap_notify_accounts(struct ctx *cx, struct imap_session *s,
                                        struct imap_notify *n);
/* Watches one more account; nothing for one that is watched, is elsewhere, or is nobody's. */
MUST_USE enum code imap_notify_add(struct ctx *cx, struct imap_session *s, struct imap_notify *n,
                                   account_id account);
/* Ends all watches, and gives back what was seen. */
void imap_notify_unwatch(struct imap_notify *n);

/* Looks at an account; an empty look when it is gone. */
MUST_USE enum code imap_notify_look(struct ctx *cx, const struct imap_session *s,
                                    const struct notify_account *a, struct notify_look *out);
void imap_notify_unlook(struct notify_look *look);
/* What a folder is to the session in that look. Names may be in cx->arena. */
struct notify_box imap_notify_box(struct ctx *cx, const struct imap_session *s,
                                  const struct notify_account *a, const struct notify_look *look,
                                  folder_id folder);
/* Events that are wanted of it: of the first group that it is in (RFC 5465 section 3.1). */
uint32_t imap_notify_wanted(const struct imap_notify *n, const struct notify_box *box);

/* What the subscriber's account says now; the arena is the caller's. */
MUST_USE enum code imap_notify_subscriptions(struct ctx *cx, const struct imap_session *s,
                                             struct notify_subscriptions *out);
/* Is the folder among them? */
bool imap_notify_subscribed(const struct notify_subscriptions *all, account_id account,
                            folder_id folder);

#endif
