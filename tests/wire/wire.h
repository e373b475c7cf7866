/* Where a dialogue is played: an engine in memory, or a live server. */
#ifndef TESTS_WIRE_WIRE_H
#define TESTS_WIRE_WIRE_H

#include "dialog.h"
#include "fixture.h"

struct buf;

struct wire_ops {
    /* The client's bytes. The first use of a session opens it. */
    void (*send)(void *self, int session, struct str bytes);
    /* Adds what the server says to out. With wait, blocks for it, at most some seconds. */
    void (*receive)(void *self, int session, bool wait, struct buf *out);
    bool (*is_closed)(void *self, int session);
    /* These answer NULL, or why it was not done. */
    const char *(*tls)(void *self, int session);
    const char *(*clock)(void *self, int64_t ms);
    const char *(*shutdown)(void *self);
    const char *(*set)(void *self, struct str line);
    void (*close)(void *self);
};

struct wire {
    const struct wire_ops *ops;
    void *self;
};

/* A fresh world of the fixture, and its engine. */
struct wire wire_memory(const struct wire_fixture *f, const struct dialog *d);
/* host:port of a server that has the world of the dialogue already. E_IO. */
MUST_USE enum code wire_live(struct ctx *cx, struct str host, struct str port,
                             const struct dialog *d, struct wire *out);

#endif
