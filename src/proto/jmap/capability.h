/* What the session object says of what lies beside core and mail: one row each. */
#ifndef PROTO_JMAP_CAPABILITY_H
#define PROTO_JMAP_CAPABILITY_H

#include "proto/jmap/call.h"

struct jmap_capability_row {
    struct str name;
    unsigned bit; /* of enum jmap_capability */
    bool others;  /* other people's accounts have it, too */
    /* The members in "accountCapabilities"; NULL: none. */
    void (*put)(struct ctx *cx, const struct jmap_env *e, account_id account, struct json *j);
    bool (*is_on)(const struct jmap_env *e); /* NULL: always */
};
/* Ended by a row without a name. */
extern const struct jmap_capability_row jmap_more[];

/* The bit of a capability of the table, or 0. */
unsigned jmap_more_bit(const struct jmap_env *e, struct str name);
/* Whether what stands behind it is there. */
bool jmap_capability_on(const struct jmap_env *e, unsigned bit);
/* Members of "capabilities", of an account's "accountCapabilities", of "primaryAccounts". */
void jmap_more_put(const struct jmap_env *e, struct json *j);
void jmap_more_put_account(struct ctx *cx, const struct jmap_env *e, account_id account,
                           account_id mine, struct json *j);
void jmap_more_put_primary(struct ctx *cx, const struct jmap_env *e, account_id own,
                           struct json *j);

/* Whether reader may do no more than look in the account. */
MUST_USE enum code jmap_is_read_only(struct ctx *cx, const struct jmap_env *e, account_id account,
                                     principal_id reader, bool *out);
/* The session object's state (RFC 8620 section 2): also in each response. */
MUST_USE enum code jmap_session_state(struct ctx *cx, const struct jmap_env *e,
                                      const struct auth_result *who, struct str *out);

#endif
