/* An engine for tests: lines in, lines out. And the means to talk to it over the loopback. */
#ifndef TESTS_UNIT_IO_ECHO_H
#define TESTS_UNIT_IO_ECHO_H

#include "base/engine.h"
#include "base/metric.h"
#include "io/io.h"
#include "io/out/dial.h"
#include "io/tls.h"
#include <pthread.h>

enum { ECHO_SESSIONS_MAX = 2048, ECHO_PART_BYTES = 50000 };

/* Commands, each a line:
     lit N      N bytes follow, after "+"; the answer is "lit N HASH"
     slow       the slow lane answers "slow"
     delay N    answers "delayed" after N ms
     big N      N times "x" and a line end
     parts N    N parts of ECHO_PART_BYTES, given out one by one by more()
     own N      as big, from memory that the session owns until it was written
     tls        "go", then a handshake; then "secured VERSION NAME"
     deflate    "go", then all is compressed
     block      answers "unblocked" when the test says so
     wait       the same, and says before that it will wait
     ends       the addresses and ports of both
     facts      what the session knows of TLS
     quit       "bye" and the end
   Any other line is answered with itself. wake() says "wake". */
struct echo_env {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool unblocked;
    unsigned opened, closed, blocked, delayed, wakes, parts;
    struct waker *wakers[ECHO_SESSIONS_MAX]; /* of open sessions */
    uint32_t timeout_ms;                     /* of a session; 0: a minute */
    uint32_t wake_ms;                        /* 0: by rings alone */
};

extern const struct engine echo_engine;

struct echo_server {
    struct io *io;
    struct metrics *metrics;
    struct echo_env env;
    uint16_t port;
    struct tls_server *tls;
    const struct io_calls *calls; /* NULL: it begins no connections */
    struct io_caller *caller;
    const struct io_calls *patient_calls; /* of another caller; or NULL */
    struct io_caller *patient;
    bool (*may_proxy)(const void *env, struct str address); /* NULL: clients come themselves */
};

/* Starts; the role is "echo". at_once: TLS from the start. */
void echo_start(struct echo_server *s, const struct io_config *config, bool at_once);
void echo_stop(struct echo_server *s, uint32_t drain_ms);
int echo_connect(const struct echo_server *s);
/* Waits (10 s at most) until *value >= least; fails the test if it does not come. */
void echo_await(struct echo_env *env, const unsigned *value, unsigned least);
void echo_unblock(struct echo_env *env);
/* Rings every open session; returns how many. */
unsigned echo_ring_all(struct echo_env *env);
/* The value of a counter of the role; labels after the role may be "". */
int64_t echo_metric(struct echo_server *s, const char *name, const char *more_labels);

/* Blocking, with a limit of 10 s; they fail the test. */
void say(int fd, const char *text);
void say_bytes(int fd, const void *p, size_t n);
void hear(int fd, const char *text);
void hear_end(int fd);
/* One recv() when something is there. */
size_t hear_some(int fd, char *out, size_t room);
uint64_t echo_hash(struct str s);

#endif
