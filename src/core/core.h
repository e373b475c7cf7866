/* What every service and protocol works with: the store and what lies over it. */
#ifndef CORE_CORE_H
#define CORE_CORE_H

#include "base/err.h"
#include "base/str.h"
#include "store/store.h"

struct log;
struct metric;
struct metrics;
struct views;
struct directory_cache;
struct fullness;
struct search;
struct seal;

/* Numbers that never come twice. An account is the partition of its principal: one number. */
typedef uint64_t principal_id;
typedef uint64_t account_id;
typedef uint64_t item_id;
typedef uint32_t folder_id; /* within an account */

enum {
    DIRECTORY_PART = 1,     /* the forest, its domains and principals */
    AUDIT_PART = 2,         /* administrative acts */
    METER_PART = 3,         /* counters for chargeback */
    QUEUE_PART = 4,         /* mail for elsewhere (service/transport/queue.h) */
    SERVER_PART = 5,        /* what the server itself is annotated with */
    PUSH_PART = 6,          /* devices that want to be told of mail (core/push/device.h) */
    REPORTS_PART = 7,       /* policies of other domains, what is reported to them and by them */
    ADMISSION_PART = 8,     /* what is remembered at the door (service/admission/cells.h) */
    SIGNIN_PART = 9,        /* sessions and what else people sign in with (core/signin) */
    OAUTH_PART = 12,        /* clients, keys and grants of OAuth (service/oauth) */
    DUE_PART = 10,          /* when what comes back (service/snooze) */
    PRINCIPAL_FIRST = 1000, /* lower numbers are partitions of the service itself */
};

struct core {
    struct store *store;
    struct views *views;   /* shared pictures of accounts and folders; made by core_open */
    size_t views_bytes;    /* what they may hold in memory; 0: 256 MiB */
    struct views *columns; /* core/columns/columns.h; made by core_open */
    size_t columns_bytes;  /* what they may hold in memory; 0: COLUMNS_BYTES */
    struct metric *columns_metric;
    struct metric *opened_sealed, *opened_walked, *sealed; /* views: core/view/seal.h */
    struct directory_cache *directory;                     /* rows read lately; made by core_open */
    struct fullness *fullness; /* core/quota/fullness.h; made by core_open */
    struct log *log;           /* may be NULL, as metrics */
    struct metrics *metrics;
    struct search *search; /* full text (core/search.h), or NULL; set before there are sessions */
    struct seal *seal;    /* core/signin/seal.h; NULL: nothing that is sealed can be kept or read */
    struct str host_name; /* of this server, for trace fields and ids */
};

/* Opens what lies over an open store. parts is copied; what it points to outlives the core. Writes
   nothing: the directory makes its rows when it needs them. */
MUST_USE enum code core_open(struct ctx *cx, const struct core *parts, struct core **out);
void core_close(struct core *c);
AUTO_OF(struct core *, core_close)

#endif
