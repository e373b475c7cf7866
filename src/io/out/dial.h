/* Connections that we begin. They are served as those that came: the engine of the caller is opened
   on each, and reads what the other side says. */
#ifndef IO_OUT_DIAL_H
#define IO_OUT_DIAL_H

#include "io/out/tls_client.h"

struct engine;
struct io;
struct io_caller;

enum { DIAL_TARGETS_MAX = 32 };

/* What connections of one kind share. What it points to must live until io_close(). */
struct io_calls {
    const struct engine *engine;
    struct tls_client *tls; /* NULL: none of them speaks TLS */
    struct str role;        /* peer->role, and the label of the metrics */
    uint32_t connect_ms;    /* one address has so long [30 s] */
    uint32_t stagger_ms;    /* then the next one is tried beside it (RFC 8305 section 5) [250 ms] */
    uint32_t handshake_ms;  /* [60 s] */
};

/* Belongs to io, until io_close(). Before io_start(). */
struct io_caller *io_caller_open(struct io *io, const struct io_calls *calls);

struct io_target {
    struct str address; /* "192.0.2.1", "2001:db8::1", or the path of a unix socket */
    uint16_t port;
};

struct io_dial {
    const struct io_target *targets; /* of one host: whichever answers first is as good */
    size_t count;                    /* 1 to DIAL_TARGETS_MAX; more are not tried */
    struct str bind_v4, bind_v6;     /* our own address; may be empty */
    struct tls_ask tls;              /* for reply.start_tls, too */
    bool tls_at_once;
    void *env; /* handed to engine->open() */
    /* There is no connection (no host answered, or TLS at once failed): called instead of open().
       why: "192.0.2.1 port 25: Connection refused". */
    void (*failed)(struct ctx *cx, void *env, struct str why);
};

/* Either engine->open() or failed() is called soon, on a worker. Everything is copied. Any thread,
   never blocks. After io_stop() began it fails; not after that has returned. */
void io_dial(struct io_caller *caller, const struct io_dial *dial);

#endif
