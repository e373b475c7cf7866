/* Grants by whichever protocol, and the notices of those whose rights changed by them (RFC 9670
   section 3). docs/JMAP_MORE.md. */
#ifndef SERVICE_SHARING_NOTICE_H
#define SERVICE_SHARING_NOTICE_H

#include "core/rights.h"

enum {
    NOTICES_MAX = 200,         /* of one person; the oldest go first */
    NOTICE_DAYS = 90,          /* then one goes by itself, when the next is written */
    NOTICE_READERS_MAX = 1000, /* members, people; those of a larger group or forest are not told */
    NOTICE_RIGHTS_MAX = 2000,  /* folders of others that are looked at when one joins or leaves */
};

struct notice;
struct share_act {
    account_id account;
    folder_id folder;
    struct grant grant;
    principal_id by; /* 0: administration */
};

/* sharing_grant, with notices. */
MUST_USE enum code share_grant(struct ctx *cx, struct core *c, const struct share_act *act);

/* The same in steps, for who grants inside a transaction of his own: before it, and after it was
   committed. */
struct share_before {
    principal_id *readers;
    uint32_t *rights;
    size_t count;
};
/* fresh: the folder is not there yet. In cx->arena. */
MUST_USE enum code share_begin(struct ctx *cx, struct core *c, const struct share_act *act,
                               bool fresh, struct share_before *out);
/* Those of whom the rights are others now. What cannot be written is left out. */
MUST_USE enum code share_end(struct ctx *cx, struct core *c, const struct share_act *act,
                             const struct share_before *before);

/* Somebody joins a group or leaves it: directory_member_add and directory_member_remove, with
   notices to who has other rights by it (the people of member, if that is a group). */
struct share_member {
    principal_id group, member;
    bool joins;
    principal_id by; /* 0: administration */
};
MUST_USE enum code share_member(struct ctx *cx, struct core *c, const struct share_member *m);

/* Writes it to the reader, and logs when that cannot be: of who tells what changed. */
void notice_tell(struct ctx *cx, struct core *c, principal_id reader, const struct notice *n);
/* What a notice says of the act, but for the rights. */
MUST_USE enum code notice_describe(struct ctx *cx, struct core *c, const struct share_act *act,
                                   struct notice *n);

/* A notice as it is kept: the value of an OBJECT_NOTICE. */
struct notice {
    int64_t created_ms;
    account_id account;
    folder_id folder;
    uint32_t old, new; /* rights */
    principal_id by;
    struct str name, by_name, by_address; /* as they were then */
};
/* E_CORRUPT. */
MUST_USE enum code notice_read(struct ctx *cx, struct str value, struct notice *out);

#endif
