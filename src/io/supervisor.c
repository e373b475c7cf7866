#include "io/supervisor.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"
#include "io/process/process.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    RESTART_MS = 100,
    STOP_MS = 30 * 1000,
    YOUNG_MS = 5 * 1000, /* who dies younger waits longer for the next try */
    BACKOFF_MAX = 64,
    TELL_READY = 'R',
    TELL_RELOADING = 'L',
};

struct supervisor {
    struct supervisor_config config;
    struct supervisor_bind *binds;
    size_t bind_count;
    int (*child_main)(void *env, const struct supervisor_child *child);
    void *env;
    int signals_fd, tell_fd;
    pid_t child;
    bool was_ready, stopping, over;
    int status;
    unsigned backoff;
    int64_t born_ms, start_at_ms, kill_at_ms;
};

static void tell(const struct supervisor_child *child, char what)
{
    if (child->tell_fd >= 0) {
        (void)!write(child->tell_fd, &what, 1); /* the parent is gone: so are we, soon */
        return;
    }
    if (what == TELL_READY)
        notify_systemd("READY=1");
    else
        notify_reloading();
}

void supervisor_ready(const struct supervisor_child *child)
{
    tell(child, TELL_READY);
}

void supervisor_reloading(const struct supervisor_child *child)
{
    tell(child, TELL_RELOADING);
}

static int signals_open(bool of_parent)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (of_parent)
        sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_SETMASK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int run_child(struct supervisor *s, int tell_fd)
{
    struct supervisor_child child = {.signals_fd = signals_open(false),
                                     .tell_fd = tell_fd,
                                     .binds = s->binds,
                                     .bind_count = s->bind_count};
    if (child.signals_fd < 0)
        return 1;
    int status = s->child_main(s->env, &child);
    close(child.signals_fd);
    return status;
}

static void child_start(struct supervisor *s)
{
    int fds[2];
    s->start_at_ms = 0;
    s->born_ms = clock_mono_ms();
    pid_t parent = getpid();
    fflush(NULL); /* or the child prints it once more */
    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0 || (s->child = fork()) < 0) {
        log_event(s->config.log, LOG_ERROR, "supervisor.fork-failed", "error=\"%s\"",
                  strerror(errno));
        must(errno == EAGAIN || errno == ENOMEM); /* else nothing will help */
        s->child = 0;
        s->start_at_ms = s->born_ms + 1000;
        return;
    }
    if (s->child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
            _exit(1);
        close(fds[0]);
        close(s->signals_fd);
        exit(run_child(s, fds[1]));
    }
    close(fds[1]);
    s->tell_fd = fds[0];
    log_event(s->config.log, LOG_INFO, "supervisor.started", "pid=%d", (int)s->child);
}

static void begin_stop(struct supervisor *s)
{
    if (!s->stopping)
        notify_systemd("STOPPING=1");
    s->stopping = true;
    s->over = s->child == 0;
    if (s->child == 0)
        return;
    s->kill_at_ms = clock_mono_ms() + s->config.stop_ms;
    kill(s->child, SIGTERM);
}

static void restart_later(struct supervisor *s, int64_t lived_ms)
{
    s->backoff = lived_ms >= YOUNG_MS           ? 1
                 : s->backoff * 2 > BACKOFF_MAX ? BACKOFF_MAX
                                                : s->backoff * 2;
    int64_t wait_ms = (int64_t)s->config.restart_ms * s->backoff;
    s->start_at_ms = clock_mono_ms() + wait_ms;
}

/* False when the child closed its end. */
static bool read_tells(struct supervisor *s)
{
    char what;
    ssize_t n;
    while ((n = read(s->tell_fd, &what, 1)) == 1) {
        if (what == TELL_READY && !s->stopping)
            notify_systemd("READY=1");
        else if (what == TELL_RELOADING && !s->stopping)
            notify_reloading();
        s->was_ready |= what == TELL_READY;
    }
    return n < 0;
}

static void child_died(struct supervisor *s, int status)
{
    int64_t lived_ms = clock_mono_ms() - s->born_ms;
    bool by_signal = WIFSIGNALED(status);
    log_event(s->config.log, s->stopping ? LOG_INFO : LOG_ERROR, "supervisor.ended",
              "pid=%d %s=%d lived_ms=%lld", (int)s->child, by_signal ? "signal" : "status",
              by_signal ? WTERMSIG(status) : WEXITSTATUS(status), (long long)lived_ms);
    read_tells(s); /* its last words count */
    s->child = 0;
    close(s->tell_fd);
    s->tell_fd = -1;
    /* Who could not even start has a fault that trying again does not mend. */
    bool hopeless = !s->was_ready && !by_signal;
    if (s->stopping || hopeless || status == 0) {
        s->over = true;
        s->status = s->stopping ? 0 : WEXITSTATUS(status);
        return;
    }
    restart_later(s, lived_ms);
}

static void read_signals(struct supervisor *s)
{
    struct signalfd_siginfo info;
    while (read(s->signals_fd, &info, sizeof info) == sizeof info) {
        int status;
        if (info.ssi_signo == SIGHUP && s->child)
            kill(s->child, SIGHUP);
        else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
            begin_stop(s);
        else if (info.ssi_signo == SIGCHLD && s->child &&
                 waitpid(s->child, &status, WNOHANG) == s->child)
            child_died(s, status);
    }
}

static void on_time(struct supervisor *s)
{
    int64_t now_ms = clock_mono_ms();
    if (s->start_at_ms && now_ms >= s->start_at_ms)
        child_start(s);
    if (s->kill_at_ms && now_ms >= s->kill_at_ms && s->child) {
        log_event(s->config.log, LOG_ERROR, "supervisor.killed", "pid=%d", (int)s->child);
        kill(s->child, SIGKILL);
        s->kill_at_ms = 0;
    }
}

static int wait_ms(const struct supervisor *s)
{
    int64_t at_ms = s->start_at_ms ? s->start_at_ms : s->kill_at_ms;
    if (!at_ms)
        return -1;
    int64_t left_ms = at_ms - clock_mono_ms();
    return left_ms < 0 ? 0 : left_ms > 60000 ? 60000 : (int)left_ms;
}

static void supervise(struct supervisor *s)
{
    child_start(s);
    bool telling = true;
    while (!s->over) {
        struct pollfd fds[2] = {{s->signals_fd, POLLIN, 0}, {telling ? s->tell_fd : -1, POLLIN, 0}};
        must(poll(fds, 2, wait_ms(s)) >= 0 || errno == EINTR);
        if (fds[1].revents)
            telling = read_tells(s);
        pid_t before = s->child;
        read_signals(s);
        if (!s->over)
            on_time(s);
        telling |= s->child != before && s->child;
    }
}

/* A connection is a file, and so may be its input; the soft limit is for programs that use
 * select(). */
static void raise_file_limit(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static int fail_to_start(struct ctx *cx, const struct supervisor_config *config)
{
    log_event(config->log, LOG_ERROR, "supervisor.failed", "error=\"%s\"", cx->err.what);
    return 1;
}

int supervisor_run(struct ctx *cx, const struct supervisor_config *config,
                   struct supervisor_bind *binds, size_t bind_count,
                   int (*child_main)(void *env, const struct supervisor_child *child), void *env)
{
    struct supervisor s = {.config = *config,
                           .binds = binds,
                           .bind_count = bind_count,
                           .child_main = child_main,
                           .env = env,
                           .tell_fd = -1,
                           .backoff = 1};
    s.config.restart_ms = config->restart_ms ? config->restart_ms : RESTART_MS;
    s.config.stop_ms = config->stop_ms ? config->stop_ms : STOP_MS;
    raise_file_limit();
    if (bind_all(cx, binds, bind_count) != OK)
        return fail_to_start(cx, config);
    if (privileges_drop(cx, config->user) != OK) {
        bind_close(binds, bind_count, true);
        return fail_to_start(cx, config);
    }
    if (config->no_fork) {
        s.status = run_child(&s, -1);
    } else {
        s.signals_fd = signals_open(true);
        must(s.signals_fd >= 0);
        supervise(&s);
        close(s.signals_fd);
    }
    bind_close(binds, bind_count, !config->no_fork);
    return s.status;
}
