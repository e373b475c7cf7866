/* What a person is told of without asking (RFC 8620 section 7): the states of the types of objects
   in all accounts that the person may see. */
#ifndef PROTO_JMAP_PUSH_PUSH_H
#define PROTO_JMAP_PUSH_PUSH_H

#include "core/view.h"
#include "proto/jmap/call.h"

struct json_tree;
struct session;
struct ws_handler;

enum {
    JMAP_PUSH_ACCOUNTS_MAX =
        100,                     /* that one person is told of: the own one, and the first others */
    JMAP_PUSH_TYPES_MAX = 63,    /* types with a state; EmailDelivery is one more */
    JMAP_PUSH_ID_MAX = 8 * 1024, /* bytes of a state of everything */
    JMAP_PUSH_GAP_MS = 500,      /* what changes within it is told together */
    JMAP_PUSH_LOOK_MS = 60 * 1000,  /* whether the person may still be told is asked so often */
    JMAP_PUSH_ALIVE_MS = 300 * 1000 /* something is said so often, to find out who has gone */
};

/* Types by bits, in the order of the methods NAME/get of types whose state can change. */
typedef uint64_t jmap_types;
/* Of a name; 0 for what has no state. */
jmap_types jmap_types_of(struct str name);
jmap_types jmap_types_all(void);
/* Of those with the capability. */
jmap_types jmap_types_with(unsigned capability);
/* A list by commas, or "*"; names that are not known are passed over. */
jmap_types jmap_types_read(struct str list);
/* Each of them: calls with the method NAME/get and the bit's number; bit JMAP_PUSH_TYPES_MAX is
   EmailDelivery, which no method has. NULL at the end. */
const struct jmap_method *jmap_types_next(const struct jmap_method *last, unsigned *bit);
struct str jmap_types_name(const struct jmap_method *get);

/* Who is connected, and by what: asked again while the connection lives. */
struct jmap_person {
    principal_id id;
    uint64_t generation;     /* of the password, at the log-in */
    struct session *session; /* malloc'ed; NULL: not by a cookie */
    struct auth_hold hold;   /* a token, an application password */
};
MUST_USE enum code jmap_person_keep(struct ctx *cx, const struct jmap_env *e,
                                    const struct http_request *q, struct jmap_person *out);
/* Whether it is still that person: who is filled in. E_DENIED: signed out, disabled, gone, or with
   another password; or what it logged in with has ended. */
MUST_USE enum code jmap_person_still(struct ctx *cx, const struct jmap_env *e,
                                     const struct jmap_person *p, struct auth_result *who);
void jmap_person_drop(struct jmap_person *p);
/* Of these types those that it may be told of: how one signs in is for who signs in that way. */
jmap_types jmap_person_types(const struct jmap_person *p, jmap_types types);

/* The accounts of a person, watched. In the hands of one thread at a time. */
struct jmap_watched;
/* ring(arg, ...) comes after each commit that may have changed something: from any thread. */
struct jmap_watched *jmap_watched_open(const struct jmap_env *e, watch_fn *ring, void *arg);
void jmap_watched_close(struct jmap_watched *w);
/* Which accounts there are now: before the first look, and now and then. Those that are new are
   looked at from here on, or from what since says of them (jmap_watched_id; empty: nothing). */
MUST_USE enum code jmap_watched_set(struct ctx *cx, struct jmap_watched *w,
                                    const struct auth_result *who, struct str since);
/* Whether any account may have changed: costs a look-up in memory for each. */
MUST_USE enum code jmap_watched_rang(struct ctx *cx, struct jmap_watched *w, bool *rang);
/* Writes the object of "changed" (section 7.1), for what changed of these types since the last
   look; *any: there is anything in it. */
MUST_USE enum code jmap_watched_look(struct ctx *cx, struct jmap_watched *w,
                                     const struct auth_result *who, jmap_types types,
                                     struct buf *out, bool *any);
/* The state of everything as of the last look: for event ids and pushState. */
struct str jmap_watched_id(struct arena *a, const struct jmap_watched *w);

/* The above for a connection: what is due, not more often than each JMAP_PUSH_GAP_MS. */
struct jmap_push {
    const struct jmap_env *env;
    struct jmap_person person;
    struct jmap_watched *watched; /* NULL: nothing is watched */
    jmap_types types;
    int64_t looked_ms, told_ms;
    bool waits; /* there is something to tell, but it is too early */
};
/* Begins to watch; since as in jmap_watched_set. */
MUST_USE enum code jmap_push_begin(struct ctx *cx, struct jmap_push *p, struct waker *waker,
                                   jmap_types types, struct str since);
void jmap_push_end(struct jmap_push *p);
/* After a ring, or when time has passed. *changed: what is to be told now, or empty: the object of
   a StateChange's "changed", in cx->arena. E_DENIED: the person may not be told any more. */
MUST_USE enum code jmap_push_look(struct ctx *cx, struct jmap_push *p, struct str *changed);
/* jmap_push_look wants to be called at least that often. */
uint32_t jmap_push_wake_ms(const struct jmap_push *p);

/* Handler of the row: an event stream (section 7.3). */
enum code jmap_events(struct ctx *cx, void *self, const struct http_request *q,
                      struct http_response *a);
/* Handler of the row: a WebSocket (RFC 8887). */
enum code jmap_socket(struct ctx *cx, void *self, const struct http_request *q,
                      struct http_response *a);
extern const struct ws_handler jmap_socket_handler;

/* PushSubscription/get and /set (RFC 8620 section 7.2). */
jmap_method_fn jmap_subscription_get;
jmap_method_fn jmap_subscription_set;

#endif
