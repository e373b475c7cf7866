#include "base/buf.h"
#include "base/clock.h"
#include "io/process/cage_parts.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_UNSUPPORTED = 3 };

struct run {
    pid_t child;
    int input, output; /* ours: a file in memory, the reading end of a pipe */
};

int cage_sealed(struct str bytes)
{
    int fd = memfd_create("document", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    while (fd >= 0 && bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n <= 0) {
            close(fd);
            return -1;
        }
        bytes = str_from(bytes, (size_t)n);
    }
    if (fd >= 0 &&
        (lseek(fd, 0, SEEK_SET) != 0 ||
         fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

static void actions_add(posix_spawn_file_actions_t *actions, int input, int output)
{
    must(posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO) == 0);
    must(posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO) == 0);
    must(posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0);
    must(posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1) == 0);
}

/* No signal is blocked or ignored in it; a session of its own keeps it from the terminal. */
static void attributes_set(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    must(posix_spawnattr_setsigmask(attributes, &none) == 0);
    must(posix_spawnattr_setsigdefault(attributes, &all) == 0);
    must(posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                  POSIX_SPAWN_SETSID) == 0);
}

int cage_spawn(const char *program, const char *argument, int input, int output, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char *const argv[] = {(char *)(uintptr_t)program, (char *)(uintptr_t)argument, NULL};
    char *const environment[] = {NULL};
    must(posix_spawn_file_actions_init(&actions) == 0 && posix_spawnattr_init(&attributes) == 0);
    actions_add(&actions, input, output);
    attributes_set(&attributes);
    int failed = posix_spawn(child, program, &actions, &attributes, argv, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static enum code start(struct ctx *cx, const struct cage *cage, const char *argument,
                       struct str input, struct run *out)
{
    int ends[2];
    int fd = cage_sealed(input);
    if (fd < 0)
        return fail(cx, E_IO, "cage: memfd: %s", strerror(errno));
    if (pipe2(ends, O_CLOEXEC) != 0) {
        close(fd);
        return fail(cx, E_IO, "cage: pipe: %s", strerror(errno));
    }
    int failed = cage_spawn(cage->program, argument, fd, ends[1], &out->child);
    close(fd);
    close(ends[1]);
    if (failed) {
        close(ends[0]);
        return fail(cx, E_IO, "cage: %s: %s", cage->program, strerror(failed));
    }
    out->output = ends[0];
    return OK;
}

bool cage_read(int output, int64_t until_ms, struct buf *out)
{
    char block[16384];
    for (;;) {
        struct pollfd ready = {.fd = output, .events = POLLIN};
        int64_t left_ms = until_ms - clock_mono_ms();
        if (left_ms <= 0)
            return false;
        int n = poll(&ready, 1, (int)left_ms);
        if (n < 0 && errno == EINTR)
            continue;
        ssize_t got = n > 0 ? read(output, block, sizeof block) : 0;
        if (n > 0 && got <= 0)
            return true;
        size_t room = out->max - out->n;
        if (got > 0)
            buf_add(out, str_sub(str_of(block, (size_t)got), 0, room));
        if (out->n == out->max)
            return true;
    }
}

/* It has closed its output or gets no more time: whatever it still does, it does not go on. */
static int ended(const struct run *r, bool kill_it)
{
    int status = 0;
    if (kill_it)
        kill(r->child, SIGKILL);
    while (waitpid(r->child, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

enum code cage_verdict(struct ctx *cx, const struct cage *cage, bool in_time, bool full, int status)
{
    if (!in_time)
        return fail(cx, E_LIMIT, "cage: not done after %u ms", cage->wall_ms);
    if (!full && WIFSIGNALED(status))
        return fail(cx, E_SYNTAX, "cage: ended by signal %d", WTERMSIG(status));
    if (!full && WEXITSTATUS(status) == STATUS_UNSUPPORTED)
        return fail(cx, E_UNSUPPORTED, "cage: format not known");
    if (!full && WEXITSTATUS(status))
        return fail(cx, E_SYNTAX, "cage: ended with status %d", WEXITSTATUS(status));
    return OK;
}

enum code cage_run(struct ctx *cx, const struct cage *cage, const char *argument, struct str input,
                   struct str *output)
{
    struct run r;
    struct buf out = buf_of(cx->arena, cage->output_max);
    TRY(start(cx, cage, argument, input, &r));
    bool in_time = cage_read(r.output, clock_mono_ms() + cage->wall_ms, &out);
    bool full = out.n == out.max;
    close(r.output);
    int status = ended(&r, !in_time || full);
    TRY(cage_verdict(cx, cage, in_time, full, status));
    *output = buf_str(&out);
    return OK;
}
