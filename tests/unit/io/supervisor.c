/* The process model: restart, signals, readiness, activation. */
#include "io/supervisor.h"
#include "base/clock.h"
#include "echo.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* cmocka.h wants the headers above */
#include <cmocka.h>

/* What the server process under test tells the test, over a pipe. */
struct news {
    char what; /* 'S'tarted, 'H'ung up, 'T'erminated */
    pid_t pid;
    uint16_t port;
};

enum manner { SERVES, DEAF, REFUSES, ENDS };

struct scene {
    enum manner manner;
    struct supervisor_config config;
    struct supervisor_bind bind;
    int news[2], notify;
    char dir[64], notify_path[100];
    pid_t supervisor;
};

static void tell(const struct scene *s, char what, uint16_t port)
{
    struct news n = {what, getpid(), port};
    if (write(s->news[1], &n, sizeof n) != sizeof n)
        _exit(99);
}

static uint16_t port_of(int fd)
{
    struct sockaddr_in a = {0};
    socklen_t n = sizeof a;
    return getsockname(fd, (struct sockaddr *)&a, &n) == 0 && a.sin_family == AF_INET
               ? ntohs(a.sin_port)
               : 0;
}

static int server(void *env, const struct supervisor_child *child)
{
    const struct scene *s = env;
    if (s->manner == REFUSES)
        return 7;
    if (listen(child->binds[0].fd, 5) != 0)
        return 8;
    supervisor_ready(child);
    tell(s, 'S', port_of(child->binds[0].fd));
    if (s->manner == ENDS)
        return 0;
    for (;;) {
        struct pollfd p = {child->signals_fd, POLLIN, 0};
        struct signalfd_siginfo info;
        poll(&p, 1, -1);
        if (read(child->signals_fd, &info, sizeof info) != sizeof info)
            return 9;
        if (info.ssi_signo == SIGHUP) {
            supervisor_reloading(child);
            tell(s, 'H', 0);
            supervisor_ready(child);
        } else if (s->manner != DEAF) {
            tell(s, 'T', 0);
            return 0;
        }
    }
}

static struct news next_news(const struct scene *s)
{
    struct pollfd p = {s->news[0], POLLIN, 0};
    struct news n = {0};
    assert_int_equal(poll(&p, 1, 10000), 1);
    assert_int_equal(read(s->news[0], &n, sizeof n), sizeof n);
    return n;
}

static void next_notice(const struct scene *s, const char *starts_with)
{
    char got[200] = "";
    assert_true(hear_some(s->notify, got, sizeof got - 1) > 0);
    assert_int_equal(strncmp(got, starts_with, strlen(starts_with)), 0);
}

static void begin(struct scene *s)
{
    snprintf(s->dir, sizeof s->dir, "%s", "/tmp/postroad-sup-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->notify_path, sizeof s->notify_path, "%s/notify", s->dir);
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "%s", s->notify_path);
    s->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s->notify, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(pipe2(s->news, O_CLOEXEC), 0);
    if (!s->bind.name)
        s->bind = (struct supervisor_bind){.name = "test", .address = "127.0.0.1"};
}

static void fork_supervisor(struct scene *s)
{
    fflush(NULL);
    s->supervisor = fork();
    if (s->supervisor == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setenv("NOTIFY_SOCKET", s->notify_path, 1);
        struct ctx cx = {0};
        _exit(supervisor_run(&cx, &s->config, &s->bind, 1, server, s));
    }
}

static int end_of(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void clean(struct scene *s)
{
    close(s->news[0]);
    close(s->news[1]);
    close(s->notify);
    unlink(s->notify_path);
    assert_int_equal(rmdir(s->dir), 0); /* nothing else was left behind */
}

static void a_killed_server_is_back_soon(void **state)
{
    (void)state;
    struct scene s = {0};
    begin(&s);
    fork_supervisor(&s);
    struct news first = next_news(&s);
    assert_int_equal(first.what, 'S');
    next_notice(&s, "READY=1");
    struct echo_server address = {.port = first.port};
    for (unsigned i = 0; i < 3; i++) {
        int64_t then_ms = clock_mono_ms();
        assert_int_equal(kill(first.pid, SIGKILL), 0);
        close(echo_connect(&address)); /* the port stays: who comes now waits in the backlog */
        struct news again = next_news(&s);
        assert_int_equal(again.what, 'S');
        assert_int_equal(again.port, first.port);
        assert_int_not_equal(again.pid, first.pid);
        assert_true(clock_mono_ms() - then_ms < 1000);
        first = again;
    }
    kill(s.supervisor, SIGTERM);
    assert_int_equal(next_news(&s).what, 'T');
    assert_int_equal(end_of(s.supervisor), 0);
    clean(&s);
}

static void signals_and_notices(void **state)
{
    (void)state;
    struct scene s = {0};
    begin(&s);
    fork_supervisor(&s);
    struct news first = next_news(&s);
    next_notice(&s, "READY=1");
    kill(s.supervisor, SIGHUP);
    struct news n = next_news(&s);
    assert_int_equal(n.what, 'H');
    assert_int_equal(n.pid, first.pid);
    next_notice(&s, "RELOADING=1\nMONOTONIC_USEC=");
    next_notice(&s, "READY=1");
    kill(s.supervisor, SIGINT);
    next_notice(&s, "STOPPING=1");
    assert_int_equal(next_news(&s).what, 'T');
    assert_int_equal(end_of(s.supervisor), 0);
    clean(&s);
}

static void a_server_that_does_not_stop_is_killed(void **state)
{
    (void)state;
    struct scene s = {.manner = DEAF, .config = {.stop_ms = 50}};
    begin(&s);
    fork_supervisor(&s);
    struct news first = next_news(&s);
    kill(s.supervisor, SIGTERM);
    assert_int_equal(end_of(s.supervisor), 0);
    assert_int_equal(kill(first.pid, 0), -1); /* gone */
    clean(&s);
}

static void a_hopeless_start_is_not_repeated(void **state)
{
    (void)state;
    struct scene s = {.manner = REFUSES};
    begin(&s);
    fork_supervisor(&s);
    assert_int_equal(end_of(s.supervisor), 7);
    clean(&s);

    struct scene wrong = {.bind = {.name = "test", .address = "not an address"}};
    begin(&wrong);
    fork_supervisor(&wrong);
    assert_int_equal(end_of(wrong.supervisor), 1);
    clean(&wrong);
}

static void a_server_may_end_by_itself(void **state)
{
    (void)state;
    struct scene s = {.manner = ENDS};
    begin(&s);
    fork_supervisor(&s);
    assert_int_equal(next_news(&s).what, 'S');
    assert_int_equal(end_of(s.supervisor), 0);
    clean(&s);
}

static void the_server_ends_with_its_supervisor(void **state)
{
    (void)state;
    struct scene s = {0};
    begin(&s);
    fork_supervisor(&s);
    assert_int_equal(next_news(&s).what, 'S');
    kill(s.supervisor, SIGKILL);
    assert_int_equal(next_news(&s).what, 'T');
    int status;
    waitpid(s.supervisor, &status, 0);
    clean(&s);
}

static void unix_sockets_come_and_go(void **state)
{
    (void)state;
    struct scene s = {.bind = {.name = "control", .mode = 0600}};
    begin(&s);
    char path[100];
    snprintf(path, sizeof path, "%s/control", s.dir);
    s.bind.address = path;
    struct sockaddr_un a = {.sun_family = AF_UNIX}; /* one that a dead server left */
    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    int stale = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(stale, (struct sockaddr *)&a, sizeof a), 0);
    close(stale);
    fork_supervisor(&s);
    assert_int_equal(next_news(&s).what, 'S');
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    close(fd);
    struct scene second = s; /* started by mistake: it ends, and the first keeps its file */
    fork_supervisor(&second);
    assert_int_equal(end_of(second.supervisor), 1);
    assert_int_equal(stat(path, &st), 0);
    kill(s.supervisor, SIGTERM);
    assert_int_equal(end_of(s.supervisor), 0);
    clean(&s); /* the file is gone */
}

/* systemd hands the socket over as descriptor 3. */
static void sockets_are_taken_from_systemd(void **state)
{
    (void)state;
    struct scene s = {.bind = {.name = "test", .address = "192.0.2.1", .port = 25}}; /* not ours */
    begin(&s);
    int given = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(bind(given, (struct sockaddr *)&a, sizeof a), 0);
    uint16_t port = port_of(given);
    fflush(NULL);
    s.supervisor = fork();
    if (s.supervisor == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        /* Out of the way of what must be 3 and 4. */
        int news = fcntl(s.news[1], F_DUPFD_CLOEXEC, 20), fd = fcntl(given, F_DUPFD, 21);
        dup2(fd, 4);
        dup2(fd, 3);
        s.news[1] = news;
        char pid[20];
        snprintf(pid, sizeof pid, "%d", (int)getpid());
        setenv("LISTEN_PID", pid, 1);
        setenv("LISTEN_FDS", "2", 1);
        setenv("LISTEN_FDNAMES", "other:test", 1);
        struct ctx cx = {0};
        int status = supervisor_run(&cx, &s.config, &s.bind, 1, server, &s);
        _exit(getenv("LISTEN_FDS") ? 50 : status);
    }
    struct news n = next_news(&s);
    assert_int_equal(n.what, 'S');
    assert_int_equal(n.port, port);
    kill(s.supervisor, SIGTERM);
    assert_int_equal(end_of(s.supervisor), 0);
    close(given);
    clean(&s);
}

static int report_privileges(void *env, const struct supervisor_child *child)
{
    const struct scene *s = env;
    bool ok = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    if (s->config.user)
        ok = ok && geteuid() != 0 && getuid() != 0 && getegid() != 0 &&
             prctl(PR_CAPBSET_READ, 7 /* CAP_SETUID */, 0, 0, 0) == 0 && setuid(0) != 0;
    supervisor_ready(child);
    return ok ? 0 : 3;
}

static int run_for_privileges(struct scene *s)
{
    begin(s);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        struct ctx cx = {0};
        _exit(supervisor_run(&cx, &s->config, &s->bind, 1, report_privileges, s));
    }
    int status = end_of(pid);
    clean(s);
    return status;
}

static void privileges_are_given_up(void **state)
{
    (void)state;
    struct scene plain = {.config = {.no_fork = true}};
    assert_int_equal(run_for_privileges(&plain), 0);
    if (geteuid() != 0) {
        print_message("SKIP: becoming another user needs root\n");
        return;
    }
    struct scene nobody = {.config = {.user = "nobody", .no_fork = true}};
    assert_int_equal(run_for_privileges(&nobody), 0);
    struct scene unknown = {.config = {.user = "no-such-user-here", .no_fork = true}};
    assert_int_equal(run_for_privileges(&unknown), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_server_is_back_soon),
        cmocka_unit_test(signals_and_notices),
        cmocka_unit_test(a_server_that_does_not_stop_is_killed),
        cmocka_unit_test(a_hopeless_start_is_not_repeated),
        cmocka_unit_test(a_server_may_end_by_itself),
        cmocka_unit_test(the_server_ends_with_its_supervisor),
        cmocka_unit_test(unix_sockets_come_and_go),
        cmocka_unit_test(sockets_are_taken_from_systemd),
        cmocka_unit_test(privileges_are_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
