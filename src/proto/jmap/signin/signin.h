/* How one signs in, as types of JMAP under a capability of ours: sessions, application passwords,
   TOTP devices, passkeys (docs/SIGNIN.md). One's own alone. */
#ifndef PROTO_JMAP_SIGNIN_SIGNIN_H
#define PROTO_JMAP_SIGNIN_SIGNIN_H

#include "proto/jmap/set/set.h"

/* Refuses accounts of others, and who has come with an application password, a token or the like.
   A type's prepare. */
jmap_method_fn jmap_signin_look;
/* The same, and who came by a cookie has to have shown a moment ago who it is ("proofRequired"). A
   setter's prepare. */
jmap_method_fn jmap_signin_change;
/* The state of a type whose things are few: what they say. */
struct str jmap_signin_state(struct arena *a, const struct buf *said);

/* Ids: a letter and 16 digits. */
struct str jmap_signin_id(struct arena *a, char letter, uint64_t id);
bool jmap_signin_id_read(struct str text, char letter, uint64_t *out);

/* What a new object shows this once: kept with the call, by its id. */
struct jmap_signin_once {
    struct jmap_signin_once *next;
    struct str id, secret, uri;
};
void jmap_signin_show(struct ctx *cx, struct jmap_call *call, struct jmap_signin_once once);
const struct jmap_signin_once *jmap_signin_shown(const struct jmap_call *call, struct str id);
/* A name that a person gives: the member "name" of x; refuses what is empty or above max. */
MUST_USE enum code jmap_signin_name(struct ctx *cx, struct jmap_set_one *x, size_t max,
                                    struct str *out);
/* null for 0. */
void jmap_signin_put_date(struct ctx *cx, struct json *j, int64_t ms);

extern const struct jmap_type jmap_signin_session_type, jmap_app_password_type, jmap_totp_type,
    jmap_passkey_type, jmap_oauth_grant_type;
jmap_method_fn jmap_password_change;
/* Whether one of the calls (each an array of three) is it: then the batch belongs in the slow lane,
   before anything of it is done. */
bool jmap_password_among(const struct json_tree *calls);
/* The capability of an account: the rules for passwords. */
void jmap_signin_capability(struct ctx *cx, const struct jmap_env *e, account_id account,
                            struct json *j);
jmap_method_fn jmap_passkey_options;
jmap_method_fn jmap_recovery_renew;

#endif
