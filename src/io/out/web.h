/* The web client of the running server: libcurl, in a thread of its own, so that a slow host delays
   nobody. */
#ifndef IO_OUT_WEB_H
#define IO_OUT_WEB_H

#include "base/web.h"

struct io_web;
struct log;
struct metrics;
struct resolver;

enum { WEB_OPEN_MAX = 256 }; /* questions at a time; more fail at once */

struct io_web_config {
    const struct resolver *resolver; /* outlives the client, and is stopped before its close */
    struct str authorities;          /* PEM; empty: those of the system */
    bool inside;                     /* loopback and private networks may always be asked */
    struct str chain, key; /* PEM files: our certificate, for hosts that ask for one; or empty */
    bool http2;            /* where the host offers it; else HTTP/1.1 */
    uint16_t port;         /* for tests: called where a URL says 443; 0: 443 */
    struct log *log;       /* may be NULL, as metrics */
    struct metrics *metrics;
};

/* E_SYNTAX: the file of authorities cannot be read. E_IO. Texts of config are not kept. */
MUST_USE enum code io_web_open(struct ctx *cx, const struct io_web_config *config,
                               struct io_web **out);
/* What to ask; valid until the close. */
const struct web *io_web_of(const struct io_web *w);
/* Questions that are open, and all that come later, are answered WEB_BROKEN. Any thread. */
void io_web_stop(struct io_web *w);
/* After its resolver was stopped. */
void io_web_close(struct io_web *w);

#endif
