/* An account: folders and items behind one counter of changes. */
#ifndef CORE_ACCOUNT_H
#define CORE_ACCOUNT_H

#include "core/core.h"
#include "core/role.h"

struct account_txn; /* an account inside a transaction; folders and counters are written at its end
                     */
struct account_view;

/* How much an account may hold and how much it does (S1). 0 is no limit. */
struct quota {
    uint64_t warn_bytes, send_bytes, receive_bytes; /* warn; stop sending; stop receiving */
    uint64_t items_max;
    uint64_t annotation_bytes; /* 0: ANNOTATIONS_ACCOUNT_BYTES_MAX (core/annotation) */
};

struct account_facts {
    account_id id;
    unsigned char guid[16];     /* random, for ever: mailbox GUID */
    unsigned char replica[16];  /* of the outside ids */
    uint64_t modseq;            /* the counter: the last number given out */
    uint64_t used_bytes, items; /* kept by each commit; recoverable items do not count */
    uint64_t annotation_bytes;  /* those of recoverable items, too */
    struct quota quota;
    int64_t created_ms;
    bool filtered; /* a Sieve script of its own is active (core/script/script.h) */
};

struct folder_facts {
    folder_id id, parent; /* parent 0: top */
    struct str name;      /* UTF-8, one level */
    struct str path;      /* levels joined by '/'; a '/' in a name cannot be */
    enum role role;
    enum folder_kind kind;
    bool hidden, subscribed;
    bool per_reader; /* shared: read state is kept for each reader */
    uint32_t uid_validity, uid_next;
    uint32_t total, unread, deleted, hidden_items;
    uint64_t bytes;
    uint64_t modseq;     /* highest number of a change in it (HIGHESTMODSEQ) */
    uint64_t own_modseq; /* of the last change to the folder itself (name, rights...) */
    uint64_t created_modseq;
    int64_t created_ms;
    uint32_t order;       /* among others, as a client set it, plus 1; 0: nobody has */
    size_t keyword_count; /* names of the bits in view_row.keywords */
    const struct str *keywords;
};

enum {
    FOLDER_KEYWORDS_MAX = 64,
    FOLDER_NAME_MAX = 200,
    FOLDER_DEPTH_MAX = 20,
    FOLDERS_MAX = 10000
};

/* A new account with its folders by role, in its own partition. E_EXISTS. */
MUST_USE enum code account_create(struct ctx *cx, struct core *c, account_id id,
                                  const struct quota *quota);
/* Ends all rows (in as many commits as it takes); safe to repeat. */
MUST_USE enum code account_destroy(struct ctx *cx, struct core *c, account_id id);

/* The account as of its last commit: immutable, shared, counted. Cheap when nothing changed. */
MUST_USE enum code account_view_get(struct ctx *cx, struct core *c, account_id id,
                                    struct account_view **out);
/* The account as it was when somebody looked last: for what seldom changes and what a commit checks
   again, such as which folder has a role. Reads nothing as long as the account is remembered. */
MUST_USE enum code account_view_recent(struct ctx *cx, struct core *c, account_id id,
                                       struct account_view **out);
void account_view_unref(struct account_view *v);
AUTO_OF(struct account_view *, account_view_unref)
const struct account_facts *account_facts(const struct account_view *v);
/* In the order of their paths, parents before children. Slices live as long as the view. */
size_t account_folder_count(const struct account_view *v);
const struct folder_facts *account_folder(const struct account_view *v, size_t index);
/* NULL when there is none. "INBOX" is matched in any case at the first level. */
const struct folder_facts *account_folder_by_path(const struct account_view *v, struct str path);
const struct folder_facts *account_folder_by_id(const struct account_view *v, folder_id id);
const struct folder_facts *account_folder_by_role(const struct account_view *v, enum role role);

/* One change to one account; the rules of update_fn (store/store.h) hold for fn. */
typedef enum code account_fn(struct ctx *cx, struct account_txn *t, void *arg);

struct account_update {
    account_id account;
    account_fn *fn;
    void *arg;
    struct ctx *cx;
    enum code result; /* out */
    uint64_t modseq;  /* out: the account's counter afterwards */
};

/* Many accounts, one sync; as store_update_all. */
MUST_USE enum code account_update_all(struct core *c, struct account_update *updates, size_t count);
/* The same together with changes of other partitions: one sync. */
struct update;
MUST_USE enum code account_update_all_with(struct core *c, struct account_update *updates,
                                           size_t count, struct update *others, size_t other_count);
MUST_USE enum code account_update(struct ctx *cx, struct core *c, account_id id, account_fn *fn,
                                  void *arg);
/* E_NOT_FOUND inside fn when the account does not exist. */
const struct account_facts *account_txn_facts(const struct account_txn *t);

/* Changing the account itself, inside account_update. Hold: nothing is purged while it is on. */
enum { RESERVE_IDS_MAX = 1000000 };
MUST_USE enum code account_set_quota(struct ctx *cx, struct account_txn *t,
                                     const struct quota *quota);
MUST_USE enum code account_set_hold(struct ctx *cx, struct account_txn *t, bool on);
/* A range of ids for a client that makes things while it is offline; never given out again. */
MUST_USE enum code account_reserve_ids(struct ctx *cx, struct account_txn *t, uint32_t count,
                                       uint64_t *first);

/* E_LIMIT when bytes more would pass quota.receive_bytes (or items_max). */
MUST_USE enum code account_may_receive(struct ctx *cx, const struct account_view *v,
                                       uint64_t bytes);
/* The same for a caller that needs no view, as of a second ago at most (core/quota/fullness.h): a
   commit checks again. It reads one row when the account was not in use lately. */
MUST_USE enum code account_may_receive_now(struct ctx *cx, struct core *c, account_id id,
                                           uint64_t bytes);
MUST_USE enum code account_may_send(struct ctx *cx, const struct account_view *v);

#endif
