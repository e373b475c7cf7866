/* Foo/changes (RFC 8620 section 5.2), once for all types: what a type's rows of the change log mean
   to the person who asks. */
#ifndef PROTO_JMAP_CHANGES_H
#define PROTO_JMAP_CHANGES_H

#include "core/change.h"
#include "proto/jmap/call.h"

/* Of what the person may do in the account of another; the same number, the same rights. */
uint64_t jmap_rights_hash(const struct jmap_call *call);

/* Where a client stands. A page of changes that has not told all of them ends in a state that
   remembers where the first page began: what is newer than that is new to the client. */
struct jmap_since {
    uint64_t number;     /* all changes up to it are known */
    uint64_t base;       /* things made up to it are known */
    uint64_t subscribed; /* of another's account: up to it one's own subscriptions there */
};
struct str jmap_state_of(struct arena *a, const struct jmap_call *call, const struct jmap_since *s);
/* What the type's state stands on is found: before any of these. */
MUST_USE enum code jmap_basis(struct ctx *cx, struct jmap_call *call, const struct jmap_type *type);
/* Of the person's last change to subscriptions in another's account; 0: none. */
uint64_t jmap_subscribed(const struct jmap_call *call);
/* False for what is no state of this account, or one of other rights than the person has now. */
bool jmap_since_of(const struct jmap_call *call, struct str state, struct jmap_since *out);

enum jmap_how { JMAP_CREATED, JMAP_UPDATED, JMAP_DESTROYED };

struct jmap_change {
    uint64_t number;
    uint64_t key; /* an item, a thread, a folder */
    enum jmap_how how;
    bool counts; /* of a mailbox: nothing but counts changed */
};

/* Gathered in any order; sorted and cut by who asked. */
struct jmap_changed {
    struct jmap_since since;
    size_t max; /* so many different ones are enough: those that follow have higher numbers */
    struct jmap_change *at;
    size_t count, room;
    size_t sorted; /* so many were different when it was looked */
};
void jmap_changed_add(struct ctx *cx, struct jmap_changed *c, struct jmap_change change);
/* Whether the walk along the log may end. */
bool jmap_changed_enough(struct ctx *cx, struct jmap_changed *c);
/* By number; each key once, where it comes first, as what it came to in the end. */
void jmap_changed_sort(struct ctx *cx, struct jmap_changed *c);

/* What became of emails that the person may, or might, read. E_NOT_FOUND: too long ago. */
MUST_USE enum code jmap_email_changed(struct ctx *cx, struct jmap_call *call,
                                      struct jmap_changed *out);
/* The thread of an email wherever it lies; E_NOT_FOUND when it has gone for good. */
MUST_USE enum code jmap_email_thread(struct ctx *cx, struct jmap_call *call, item_id id,
                                     uint64_t *out);
MUST_USE enum code jmap_thread_changed(struct ctx *cx, struct jmap_call *call,
                                       struct jmap_changed *out);
/* Mailboxes whose counts alone have changed say so. */
MUST_USE enum code jmap_mailbox_changed(struct ctx *cx, struct jmap_call *call,
                                        struct jmap_changed *out);

#endif
