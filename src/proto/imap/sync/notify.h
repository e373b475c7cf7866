/* NOTIFY (RFC 5465): which changes of which mailboxes a session is told of, without asking. */
#ifndef PROTO_IMAP_NOTIFY_H
#define PROTO_IMAP_NOTIFY_H

#include "proto/imap/command.h"

enum {
    NOTIFY_GROUPS_MAX = 50,
    NOTIFY_NAMES_MAX = 1000,   /* mailboxes named in all groups */
    NOTIFY_TOLD_MAX = 1000,    /* mailboxes with news at a time; above, NOTIFICATIONOVERFLOW */
    NOTIFY_ACCOUNTS_MAX = 200, /* whose mailboxes a session watches */
};

enum notify_event {
    NOTIFY_NEW = 1,
    NOTIFY_EXPUNGE = 2,
    NOTIFY_FLAGS = 4,
    NOTIFY_NAME = 8,
    NOTIFY_SUBSCRIPTION = 16,
    NOTIFY_ANNOTATION = 32,
    NOTIFY_METADATA = 64, /* of a mailbox */
    NOTIFY_SERVER = 128,  /* of the server, whatever mailboxes the group has */
};

enum notify_filter {
    FILTER_SELECTED,
    FILTER_DELAYED, /* selected-delayed */
    FILTER_INBOXES,
    FILTER_PERSONAL,
    FILTER_SUBSCRIBED,
    FILTER_SUBTREE,
    FILTER_MAILBOXES,
};

struct notify_account;

struct notify_group {
    enum notify_filter filter;
    struct str *names; /* paths, of SUBTREE and MAILBOXES */
    size_t name_count;
    uint32_t events;
};

/* Subscriptions to what is others', by account and folder; in an arena of their own. */
struct notify_subscriptions {
    struct arena *arena;
    struct subscription *at;
    size_t count;
};

/* All of it lives in its arena, but what is counted. */
struct imap_notify {
    struct arena *arena;
    struct notify_group *groups;
    size_t group_count;
    bool selected, delayed;          /* a group of that filter is there */
    bool server;                     /* NOTIFY_SERVER is in some group */
    uint64_t server_seen;            /* version of what all see of the server */
    bool status;                     /* tell all of it once, at first */
    struct str items;                /* of FETCH, for new messages; or empty */
    struct notify_account *accounts; /* whose mailboxes are watched: the session's own first */
    size_t account_count;
    bool follows_subscriptions; /* those to others' mailboxes matter to some group */
    struct notify_subscriptions subscriptions;
    account_id selected_account; /* of selected_watch: the selected mailbox, when others' */
    struct watch *server_watch, *selected_watch;
};

/* Takes "SET STATUS (selected MessageNew …) …". out: in a arena of its own. E_SYNTAX; E_LIMIT;
   E_UNSUPPORTED for events that are not told (BADEVENT). */
MUST_USE enum code imap_notify_parse(struct ctx *cx, const struct imap_session *s, struct cur *c,
                                     struct imap_notify **out);
/* Begins to watch; with STATUS, tells how the mailboxes are. Takes n. */
MUST_USE enum code imap_notify_start(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                                     struct imap_notify *n);
void imap_notify_drop(struct imap_session *s);
void imap_notify_free(struct imap_notify *n);

/* Rings for the selected mailbox, when it is in another account. To be called after each command.
 */
void imap_notify_follow(struct imap_session *s);

/* As imap_sync, and what NOTIFY tells beside: of new messages, and of other mailboxes. */
MUST_USE enum code imap_news(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                             enum imap_sync how);
/* How much of the selected mailbox may be told now, when no command is under way. */
enum imap_sync imap_notify_how(const struct imap_session *s);

#endif
