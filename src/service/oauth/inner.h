/* Inside of service/oauth: rows, and what one server keeps in memory. */
#ifndef SERVICE_OAUTH_INNER_H
#define SERVICE_OAUTH_INNER_H

#include "base/buf.h"
#include "base/cur.h"
#include "service/oauth/grant.h"
#include "service/oauth/oauth.h"
#include "store/key.h"

/* Families of rows in OAUTH_PART; docs/OAUTH.md lists them. */
enum {
    ROW_SETTING = 'n',
    ROW_KEY = 'k',
    ROW_CLIENT = 'c',
    ROW_GRANT = 'g',
    ROW_CODE = 'a',
    ROW_DEVICE = 'd',
    ROW_USER_CODE = 'u',
};
enum { ROW_VERSION = 1, HASH_BYTES = 32 };

struct key_ring;
struct metric;
struct throttle;

struct oauth {
    struct core *core;
    struct sessions *sessions;
    struct oauth_config config;
    unsigned char secret[HASH_BYTES];
    struct key_ring *ring;
    struct throttle *throttle;
    struct metric *events[OAUTH_EVENTS];
};

/* What has to be read again is kept sealed, where there is a key for that (core/signin/seal.h): a
   copy of the store alone tells no secret. about: which row it is of. */
struct str secret_put(struct ctx *cx, const struct oauth *o, struct str plain, struct str about);
MUST_USE enum code secret_get(struct ctx *cx, const struct oauth *o, struct str kept,
                              struct str about, struct str *out);

/* Tells which one of a family by the SHA-256 of a secret. */
struct key row_hash_key(char family, struct str secret);
/* All rows of a family. */
struct scan *row_family(struct ctx *cx, const struct oauth *o, char family);

/* What a person has agreed to, as codes and device codes hold it until it becomes a grant. */
struct oauth_approval {
    principal_id who;
    uint64_t generation, session;
    uint32_t scopes;
    int64_t auth_time_ms;
    uint8_t how;      /* enum session_how */
    struct str nonce; /* of OpenID Connect, or empty */
};
void approval_put(struct buf *b, const struct oauth_approval *p);
bool approval_take(struct cur *c, struct arena *a, struct oauth_approval *out);

/* Begins a grant within a change: its first tokens have number 1. Past OAUTH_GRANTS_MAX the one
   that was not used for longest ends. */
MUST_USE enum code grant_begin(struct ctx *cx, struct txn *t, const struct oauth_grant *g);
MUST_USE enum code grant_read(struct ctx *cx, struct txn *t, principal_id who, uint64_t id,
                              struct oauth_grant *out);
void grant_write(struct ctx *cx, struct txn *t, const struct oauth_grant *g);
void grant_remove(struct txn *t, principal_id who, uint64_t id);
/* A grant of what was agreed to. */
struct oauth_grant grant_of(struct ctx *cx, const struct oauth *o, const struct oauth_approval *p,
                            struct str client);

/* keys.c: made when there are none. */
MUST_USE enum code key_ring_open(struct ctx *cx, struct oauth *o);
void key_ring_close(struct key_ring *r);
MUST_USE enum code key_ring_sweep(struct ctx *cx, struct oauth *o);

/* throttle.c */
struct throttle *throttle_open(void);
void throttle_close(struct throttle *t);
/* How many came within the window, with this one if add. */
uint32_t throttle_count(struct throttle *t, uint64_t who, int64_t now_ms, uint32_t window_s,
                        bool add);

#endif
