/* A helper that stays: it forks for each document, which is a twentieth of starting it. */
#include "base/clock.h"
#include "io/process/cage_parts.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct cage_host {
    struct cage cage;
    pthread_mutex_t lock; /* who cannot have it runs a helper of his own */
    pid_t child;          /* 0: none */
    int socket;
};

struct cage_host *cage_host_open(const struct cage *cage)
{
    struct cage_host *h = calloc(1, sizeof *h);
    must(h && pthread_mutex_init(&h->lock, NULL) == 0);
    h->cage = *cage;
    return h;
}

/* It and who reads a document for it. */
static void end(struct cage_host *h)
{
    if (!h->child)
        return;
    close(h->socket);
    kill(-h->child, SIGKILL);
    while (waitpid(h->child, NULL, 0) < 0 && errno == EINTR)
        continue;
    h->child = 0;
}

void cage_host_close(struct cage_host *h)
{
    if (!h)
        return;
    end(h);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

static bool begin(struct cage_host *h)
{
    int ends[2];
    if (h->child)
        return true;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    bool begun =
        nothing >= 0 && cage_spawn(h->cage.program, "serve", ends[1], nothing, &h->child) == 0;
    if (nothing >= 0)
        close(nothing);
    close(ends[1]);
    h->socket = ends[0];
    if (!begun) {
        close(ends[0]);
        h->child = 0;
    }
    return begun;
}

/* The word with the two descriptors. */
static bool hand_over(struct cage_host *h, const char *argument, int document, int output)
{
    union {
        char bytes[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr head;
    } control = {0};
    const int fds[2] = {document, output};
    struct iovec part = {.iov_base = (void *)(uintptr_t)argument, .iov_len = strlen(argument)};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof control};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fds);
    memcpy(CMSG_DATA(c), fds, sizeof fds);
    return sendmsg(h->socket, &m, MSG_NOSIGNAL) >= 0;
}

enum heard { HEARD, HEARD_NOTHING, HEARD_END };

/* The reader's wait status; nothing in time; or that the helper ended. */
static enum heard hear(struct cage_host *h, int64_t until_ms, int *status)
{
    struct pollfd ready = {.fd = h->socket, .events = POLLIN};
    int64_t left_ms = until_ms - clock_mono_ms();
    if (left_ms <= 0 || poll(&ready, 1, (int)left_ms) != 1)
        return HEARD_NOTHING;
    return recv(h->socket, status, sizeof *status, 0) == sizeof *status ? HEARD : HEARD_END;
}

/* Gives the document away; the output's reading end, or -1. */
static int ask(struct cage_host *h, const char *argument, struct str input)
{
    int ends[2], document = cage_sealed(input);
    if (document < 0)
        return -1;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        close(document);
        return -1;
    }
    bool asked = hand_over(h, argument, document, ends[1]);
    close(document);
    close(ends[1]);
    if (asked)
        return ends[0];
    close(ends[0]);
    return -1;
}

/* False when the helper ended, and not by this document: its reader is another process. */
static bool run(struct ctx *cx, struct cage_host *h, int output, struct str *text,
                enum code *answer)
{
    struct buf out = buf_of(cx->arena, h->cage.output_max);
    int64_t until_ms = clock_mono_ms() + h->cage.wall_ms;
    enum heard heard = HEARD;
    int status = 0;
    bool in_time = cage_read(output, until_ms, &out), full = out.n == out.max;
    close(output);
    if (in_time && !full)
        heard = hear(h, until_ms, &status);
    if (!in_time || full || heard != HEARD)
        end(h);
    if (heard == HEARD_END)
        return false;
    *answer = cage_verdict(cx, &h->cage, in_time && heard == HEARD, full, status);
    if (*answer == OK)
        *text = buf_str(&out);
    return true;
}

enum code cage_host_run(struct ctx *cx, struct cage_host *h, const char *argument, struct str input,
                        struct str *output)
{
    enum { TRIES = 2 }; /* it may have ended since, for nothing came */
    if (pthread_mutex_trylock(&h->lock) != 0)
        return cage_run(cx, &h->cage, argument, input, output);
    enum code code = fail(cx, E_IO, "cage: %s: %s", h->cage.program, "it does not stay");
    for (int i = 0; i < TRIES; i++) {
        int from = begin(h) ? ask(h, argument, input) : -1;
        if (from >= 0 && run(cx, h, from, output, &code))
            break;
        end(h);
    }
    pthread_mutex_unlock(&h->lock);
    return code;
}

int cage_host_process(struct cage_host *h)
{
    pthread_mutex_lock(&h->lock);
    pid_t child = h->child;
    pthread_mutex_unlock(&h->lock);
    return child;
}
