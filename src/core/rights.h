/* Who may do what with a folder. Every read and write of another's account passes here. */
#ifndef CORE_RIGHTS_H
#define CORE_RIGHTS_H

#include "core/account.h"

/* RFC 4314's rights, one bit each. */
enum right {
    RIGHT_LOOKUP = 1,          /* l */
    RIGHT_READ = 2,            /* r */
    RIGHT_SEEN = 4,            /* s */
    RIGHT_WRITE = 8,           /* w: flags */
    RIGHT_INSERT = 16,         /* i */
    RIGHT_POST = 32,           /* p */
    RIGHT_CREATE = 64,         /* k */
    RIGHT_DELETE_FOLDER = 128, /* x */
    RIGHT_DELETE = 256,        /* t */
    RIGHT_EXPUNGE = 512,       /* e */
    RIGHT_ADMIN = 1024,        /* a */
    RIGHT_FREEBUSY = 2048,     /* Exchange: sees when, not what */
    RIGHT_ANNOTATE = 4096,     /* n: shared annotations of messages (RFC 5257) */
    RIGHTS_ALL = 8191,
};

enum grantee_kind { GRANTEE_PRINCIPAL = 1, GRANTEE_GROUP, GRANTEE_DEFAULT, GRANTEE_ANONYMOUS };

struct grant {
    enum grantee_kind kind;
    principal_id who; /* PRINCIPAL and GROUP */
    uint32_t rights;
};

/* What reader may do with the folder: the owner everything, others what grants to them, to groups
   they are in, or else to the default say. folder 0: the account itself (to log in to it as a
   mailbox). */
MUST_USE enum code rights_of(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                             principal_id reader, uint32_t *out);
/* OK, E_NOT_FOUND when not even lookup is granted, else E_DENIED. */
MUST_USE enum code rights_check(struct ctx *cx, struct core *c, account_id account,
                                folder_id folder, principal_id reader, uint32_t needed);
/* Inside account_update. rights 0 takes the grant away. A folder on which anything was granted has
   a read state for each reader from then on. Callers outside of core: sharing_grant, which others
   find it by. */
MUST_USE enum code rights_grant(struct ctx *cx, struct account_txn *t, folder_id folder,
                                const struct grant *grant);
/* The same rights for every folder of the account that a grant to reader is on, by one walk; folder
   0 is the account. Rising by folder. The owner has no rows: he may all. */
struct folder_rights {
    folder_id folder;
    uint32_t rights;
};
MUST_USE enum code rights_of_all(struct ctx *cx, struct core *c, account_id account,
                                 principal_id reader, struct folder_rights **out, size_t *count);
/* Inside account_update: a new folder starts with the grants of its parent (0: the account's). */
MUST_USE enum code rights_inherit(struct ctx *cx, struct account_txn *t, folder_id parent,
                                  folder_id folder);
/* Inside account_update: the folder ends, and what was granted on it. */
MUST_USE enum code rights_end(struct ctx *cx, struct account_txn *t, folder_id folder);
enum { RIGHTS_GRANTS_MAX = 1000 }; /* of a folder */

/* All grants of an account, by folder. */
struct grant_row {
    folder_id folder;
    struct grant grant;
};
MUST_USE enum code rights_list_all(struct ctx *cx, struct core *c, account_id account,
                                   struct grant_row **out, size_t *count);
MUST_USE enum code rights_list(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                               struct grant **out, size_t *count);

#endif
