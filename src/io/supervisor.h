/* The process model: a small parent binds the ports, drops privileges and keeps a server process
   alive. */
#ifndef IO_SUPERVISOR_H
#define IO_SUPERVISOR_H

#include "base/err.h"
#include "base/str.h"

struct log;

/* One socket to listen on. systemd's activation (LISTEN_FDS, LISTEN_FDNAMES) gives the socket of
   that name when it has one; else it is bound here. */
struct supervisor_bind {
    const char *name;    /* "imap": the key of LISTEN_FDNAMES */
    const char *address; /* "127.0.0.1", "::1", or "/run/x.sock" for a unix socket */
    uint16_t port;       /* 0: the kernel chooses */
    unsigned mode;       /* of a unix socket's file */
    int fd;              /* out: bound, close-on-exec */
    bool activated;      /* out: it came from systemd, and is listening already */
};

struct supervisor_config {
    const char *user;    /* become this one when started as root; NULL: stay */
    uint32_t restart_ms; /* wait before a restart; doubles while the child dies young, up to 64
                            times [100] */
    uint32_t stop_ms;    /* a child that does not end in this time is killed [30 s] */
    bool no_fork;        /* run the server in this process (debugging): nobody restarts it */
    struct log *log;
};

/* The child's view. */
struct supervisor_child {
    int signals_fd; /* a signalfd: SIGHUP is reload; SIGTERM and SIGINT are a graceful stop */
    int tell_fd;    /* for the two calls below */
    const struct supervisor_bind *binds;
    size_t bind_count;
};

/* Binds, drops privileges, forks and runs child_main(env, child) there; what it returns is the
   child's exit status. A child that dies by a signal, or with a status other than 0, is started
   again; but if the first one ends with such a status before it was ready, trying again would not
   help, and its status is returned. SIGHUP is forwarded; SIGTERM and SIGINT stop the child by
   SIGTERM. If the parent dies the child gets SIGTERM. Tells $NOTIFY_SOCKET when the child is ready,
   reloads and stops. Call it while the process has one thread. The child owns the fds in its binds:
   io_listen() may have them. Returns 0 after a stop; 1 when it could not begin (cx->err says why,
   and so does the log). */
int supervisor_run(struct ctx *cx, const struct supervisor_config *config,
                   struct supervisor_bind *binds, size_t bind_count,
                   int (*child_main)(void *env, const struct supervisor_child *child), void *env);

/* From the child, when it serves (and again when a reload is done). */
void supervisor_ready(const struct supervisor_child *child);
/* From the child, when a reload begins. */
void supervisor_reloading(const struct supervisor_child *child);

#endif
