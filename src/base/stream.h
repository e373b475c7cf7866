/* Bytes to and from another program, waited for in the thread that asks: for filters beside us that
   answer at once. io/out/stream.c makes them of sockets; tests play them. */
#ifndef BASE_STREAM_H
#define BASE_STREAM_H

#include "base/err.h"
#include "base/str.h"

struct stream;

struct stream_ops {
    /* All of bytes. E_BUSY: not in time; E_IO: broken. */
    enum code (*write)(struct ctx *cx, struct stream *s, struct str bytes, uint32_t timeout_ms);
    /* At most n bytes, as soon as there are any; *got is 0 at the end. E_BUSY: not in
       time, with timeout_ms 0 at once; E_IO. */
    enum code (*read)(struct ctx *cx, struct stream *s, char *room, size_t n, size_t *got,
                      uint32_t timeout_ms);
    void (*close)(struct stream *s);
};

/* The first member of what an implementation keeps. */
struct stream {
    const struct stream_ops *ops;
};

struct stream_dialer {
    void *self;
    /* address: "192.0.2.1:11332", "[2001:db8::1]:11332", or the path of a unix socket. E_SYNTAX;
       E_BUSY: not in time; E_IO: nobody is there. */
    enum code (*dial)(struct ctx *cx, void *self, struct str address, uint32_t timeout_ms,
                      struct stream **out);
};

#endif
