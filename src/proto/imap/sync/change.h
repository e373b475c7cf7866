/* Changing many messages of the selected folder, in as many transactions as it takes. */
#ifndef PROTO_IMAP_CHANGE_H
#define PROTO_IMAP_CHANGE_H

#include "proto/imap/session.h"

/* OK when a folder is selected that may be written to, with these rights (of rights.h). */
MUST_USE enum code imap_writable(struct ctx *cx, const struct imap_session *s, uint32_t rights);

/* Resolves a sequence set of the call (numbers, uids, or "$") to places in selected->view. */
MUST_USE enum code imap_places(struct ctx *cx, struct imap_session *s, const struct imap_call *call,
                               const struct imap_set *in, struct imap_set *out);

/* The uids of places in selected->view, rising, in cx->arena. */
struct imap_uids {
    uint32_t *at;
    size_t count;
};
struct imap_uids imap_uids_of(struct ctx *cx, const struct imap_session *s,
                              const struct imap_set *places);

/* Work on a run of uids inside one transaction; may be run again, so it starts from nothing. */
typedef enum code imap_change_fn(struct ctx *cx, struct account_txn *t, const uint32_t *uids,
                                 size_t count, void *arg);
struct imap_change {
    account_id account;
    const struct imap_uids *uids;
    imap_change_fn *fn;
    void (*done)(void *arg); /* after each durable transaction; may be NULL */
    void *arg;
    bool silent; /* the client does not hear how far it is */
};
/* Runs fn over all uids, ITEM_CHANGE_MAX at a time, less when that is too much for one transaction.
   On failure those before are done. */
MUST_USE enum code imap_change_all(struct ctx *cx, struct imap_session *s,
                                   const struct imap_change *change);

/* Removes what is marked \Deleted now; places NULL: all, else those of them. removed: how
   many. */
MUST_USE enum code imap_remove_deleted(struct ctx *cx, struct imap_session *s,
                                       const struct imap_set *places, uint64_t *removed);

#endif
