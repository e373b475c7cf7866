/* Files that a person handed in and has not used yet (RFC 8620 section 6.1): blobs with an end.
   Nobody but who handed one in finds it, and not by guessing: its number is random. */
#ifndef CORE_UPLOAD_UPLOAD_H
#define CORE_UPLOAD_UPLOAD_H

#include "core/account.h"

struct blob_new;

/* Of one person in one account. When they are reached the oldest goes, if it is an hour old. */
enum {
    UPLOADS_MAX = 1000,
    UPLOAD_BYTES_MAX = 512 * 1024 * 1024,
    UPLOAD_HOURS = 24, /* then it ends */
    UPLOAD_TYPE_MAX = 200,
};

struct upload {
    uint64_t number;
    principal_id who;
    struct blob_id blob;
    uint64_t size;
    int64_t made_ms;
    struct str type; /* "text/plain"; cut at UPLOAD_TYPE_MAX */
};

struct upload_new {
    principal_id who;
    struct str type;
    const struct blob_new *blob;
};

/* Inside account_update. E_LIMIT: too many or too much that is not old enough to go. */
MUST_USE enum code upload_add(struct ctx *cx, struct account_txn *t, const struct upload_new *new,
                              struct upload *out);
/* E_NOT_FOUND: also for somebody else's, and one that has ended. */
MUST_USE enum code upload_get(struct ctx *cx, struct core *c, account_id account, principal_id who,
                              uint64_t number, struct upload *out);
/* Inside account_update: ends those that have had their time; *ended: how many, at most limit. */
MUST_USE enum code upload_sweep(struct ctx *cx, struct account_txn *t, size_t limit, size_t *ended);

/* Internal to core: drops the reference that a row stands for. */
struct txn;
MUST_USE enum code upload_release_blob(struct ctx *cx, struct txn *t, struct str key,
                                       struct str value);

#endif
