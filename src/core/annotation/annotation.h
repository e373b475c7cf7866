/* Annotations: named texts that clients keep with an account, a folder or an item (RFC 5464's
   metadata, RFC 5257's annotations). Each is shared, or one reader's own. */
#ifndef CORE_ANNOTATION_ANNOTATION_H
#define CORE_ANNOTATION_ANNOTATION_H

#include "core/account.h"

enum {
    ANNOTATION_NAME_MAX = 200,          /* bytes */
    ANNOTATION_VALUE_MAX = 32 * 1024,   /* bytes */
    ANNOTATIONS_MAX = 200,              /* shared ones of one owner, and so many of each reader */
    ANNOTATIONS_BYTES_MAX = 256 * 1024, /* names and values of these */
    ANNOTATIONS_OWNER_MAX = 5000,       /* of one owner, those of all readers */
};
/* What an account without a limit of its own may hold in all. */
#define ANNOTATIONS_ACCOUNT_BYTES_MAX (UINT64_C(64) * 1024 * 1024)

/* Bytes that the account may hold, by its own limit or the usual one. */
uint64_t account_annotations_max(const struct account_facts *facts);

/* Stored; append only. */
enum annotation_class { ANNOTATION_OF_ACCOUNT = 1, ANNOTATION_OF_FOLDER, ANNOTATION_OF_ITEM };

struct annotation_owner {
    enum annotation_class class;
    uint64_t id; /* 0 of the account, folder_id or item_id */
};

struct annotation {
    uint64_t owner;      /* its id */
    principal_id reader; /* whose it is; 0: shared */
    struct str name;     /* "/comment": ASCII in lower case */
    struct str value;
    bool removed;    /* it was there: told to those who watch */
    uint64_t modseq; /* the account's number of its last change */
};

struct annotations {
    struct annotation *at; /* shared ones first, by name; in cx->arena */
    size_t count;
};

/* All shared ones of the owner and reader's own, removed ones among them. */
MUST_USE enum code annotation_list(struct ctx *cx, struct core *c, account_id account,
                                   const struct annotation_owner *owner, principal_id reader,
                                   struct annotations *out);
/* One of them, or NULL; removed ones are not found. */
const struct annotation *annotation_find(const struct annotations *all, principal_id reader,
                                         struct str name);

/* Those of all owners of one class, as annotation_list has them for each, owners rising. */
struct annotation_walk;
struct annotation_walk *annotation_walk(struct ctx *cx, struct core *c, account_id account,
                                        enum annotation_class class);
/* Slices hold until the next call. All readers' ones come: pass over those that are others'. */
bool annotation_next(struct annotation_walk *w, struct annotation *out);
enum code annotation_walk_error(const struct annotation_walk *w);
void annotation_walk_close(struct annotation_walk *w);
AUTO_OF(struct annotation_walk *, annotation_walk_close)

struct annotation_change {
    principal_id reader;
    struct str name;
    struct str value;
    bool remove; /* it goes */
};
/* Inside account_update. The owner gets a new number, unless nothing is changed. E_NOT_FOUND: no
   such owner; E_SYNTAX: a name that cannot be; E_LIMIT: too many, too long, or the account is full.
 */
MUST_USE enum code annotation_set(struct ctx *cx, struct account_txn *t,
                                  const struct annotation_owner *owner,
                                  const struct annotation_change *changes, size_t count);

/* The same of an item by its place, which gets a new number of content. E_CONFLICT when its number
   is above unchanged_since. modseq: the item's now. */
struct annotation_item {
    folder_id folder;
    uint32_t uid;
    uint64_t unchanged_since; /* UINT64_MAX: any */
};
MUST_USE enum code annotation_set_item(struct ctx *cx, struct account_txn *t,
                                       const struct annotation_item *item,
                                       const struct annotation_change *changes, size_t count);

/* The server's own, which all see: they lie in a partition of their own (SERVER_PART). As
   annotation_list and annotation_set, with owner 0 and reader 0. */
MUST_USE enum code annotation_server_list(struct ctx *cx, struct core *c, struct annotations *out);
MUST_USE enum code annotation_server_set(struct ctx *cx, struct core *c,
                                         const struct annotation_change *changes, size_t count);

/* Is it a name: "/" and levels, ASCII without controls, "*" and "%"; at most
   ANNOTATION_NAME_MAX bytes. */
bool annotation_name_ok(struct str name);

#endif
