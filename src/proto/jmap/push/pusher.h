/* Tells push services of what changed (RFC 8620 section 7.2, RFC 8030): for people who are not
   connected. */
#ifndef PROTO_JMAP_PUSH_PUSHER_H
#define PROTO_JMAP_PUSH_PUSHER_H

#include "proto/jmap/jmap.h"

struct jmap_pusher; /* safe for all threads */
struct web;

enum {
    JMAP_PUSHER_GAP_MS = 5 * 1000,    /* a subscription is told once in so long */
    JMAP_PUSHER_RETRY_MS = 30 * 1000, /* after a failure; twice as long after each more */
    JMAP_PUSHER_TRIES_MAX = 8,        /* then what could not be told is forgotten */
    JMAP_PUSHER_KEEP_S = 24 * 3600,   /* the service keeps it so long for who is off */
};

struct jmap_pusher_config {
    const struct jmap_env *env;
    const struct web *web; /* names are strangers': it refuses addresses inside... */
    bool inside;           /* ...unless this is set: tests */
};

/* Does nothing before jmap_pusher_run. What config points to outlives it. */
struct jmap_pusher *jmap_pusher_open(const struct jmap_pusher_config *config);
/* No call is under way any more. Waits for what is being sent: stop the web client first. NULL is
   fine. */
void jmap_pusher_close(struct jmap_pusher *p);
/* The subscriptions are others now. NULL is fine. */
void jmap_pusher_changed(struct jmap_pusher *p);
/* Sends what is due, and ends what has expired or has gone. Every second or so, by a thread that
   may wait for the store. */
MUST_USE enum code jmap_pusher_run(struct ctx *cx, struct jmap_pusher *p);

#endif
