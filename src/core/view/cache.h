/* Pictures of accounts and folders, kept while there is room: found by what they show, brought up
   to date by one thread while others wait. Internal to core. */
#ifndef CORE_VIEW_CACHE_H
#define CORE_VIEW_CACHE_H

#include "core/core.h"
#include <pthread.h>
#include <stdatomic.h>

enum { VIEWS_BYTES = 256 * 1024 * 1024, VIEWS_SHARDS = 16 };

/* What each picture starts with. */
struct picture {
    atomic_uint refs;
    size_t bytes;
    void (*close)(struct picture *p);
};
void picture_ref(struct picture *p);
void picture_unref(struct picture *p);

/* folder 0: the account; reader 0: the items' own read state. */
struct entry_name {
    account_id account;
    principal_id reader;
    uint64_t folder;
};

struct entry {
    struct entry_name name;
    atomic_uint refs;
    pthread_mutex_t lock; /* of all below */
    struct picture *picture;
    uint64_t version; /* of the store when it was made */
    uint64_t seen;    /* all changes up to this number are in it */
    /* of the shard's lock: */
    struct entry *newer, *older;
    bool listed;
    size_t bytes;
};

struct views;
/* bytes_max: what the pictures may hold in memory, about. */
struct views *views_open(size_t bytes_max);
void views_close(struct views *v);

/* The entry of that name, made if need be, with its lock held; given back by entry_release. */
struct entry *entry_acquire(struct views *v, const struct entry_name *name);
/* Unlocks; counts what its picture holds, and lets go of what was not used for long. */
void entry_release(struct views *v, struct entry *e);
/* Sets its picture; takes over the reference. NULL: none. */
void entry_set(struct entry *e, struct picture *p);

/* One number for a folder, kept in memory: returns what it was (1 at first) and sets it to the
   higher of both. */
uint32_t views_claim(struct views *v, const struct entry_name *name, uint32_t next);
/* Bytes held now. */
size_t views_bytes(const struct views *v);

#endif
