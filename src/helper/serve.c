#include "helper/serve.h"
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

struct request {
    char what[HELPER_WORD_MAX + 1];
    int document, output;
};

/* Room for the descriptors, aligned as the kernel wants it. */
union control {
    char bytes[CMSG_SPACE(2 * sizeof(int))];
    struct cmsghdr head;
};

static bool receive(struct request *r)
{
    union control control;
    int fds[2];
    memset(r, 0, sizeof *r);
    struct iovec part = {.iov_base = r->what, .iov_len = HELPER_WORD_MAX};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof control};
    ssize_t n = recvmsg(STDIN_FILENO, &m, MSG_CMSG_CLOEXEC);
    const struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof fds))
        return false;
    memcpy(fds, CMSG_DATA(c), sizeof fds);
    r->document = fds[0];
    r->output = fds[1];
    return true;
}

/* Its descriptors are the document, the output and an empty stderr, as for a process that was
   started for it. */
static int read_one(const struct request *r, helper_fn *run)
{
    if (dup2(r->document, STDIN_FILENO) < 0 || dup2(r->output, STDOUT_FILENO) < 0)
        return 1;
    close(r->document);
    close(r->output);
    return run(r->what);
}

static bool serve_one(const struct request *r, helper_fn *run)
{
    int status = 1;
    pid_t child = fork();
    if (child == 0)
        _exit(read_one(r, run));
    close(r->document);
    close(r->output);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return child > 0 && send(STDIN_FILENO, &status, sizeof status, MSG_NOSIGNAL) == sizeof status;
}

int helper_serve(helper_fn *run)
{
    const struct timeval idle = {.tv_sec = HELPER_IDLE_S};
    struct request r;
    if (setsockopt(STDIN_FILENO, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle) != 0)
        return 1;
    while (receive(&r) && serve_one(&r, run))
        continue;
    return 0;
}
