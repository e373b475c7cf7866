#include "base/banned.h"
#include "base/cur.h"
#include "io/process/process.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { ACTIVATION_FIRST_FD = 3 }; /* sd_listen_fds(3) */

/* Sockets that systemd opened: LISTEN_FDS of them, named by LISTEN_FDNAMES ("a:b:c"). */
static void take_activated(struct supervisor_bind *binds, size_t count)
{
    uint64_t pid, fds;
    if (!str_u64(str_z(getenv("LISTEN_PID")), &pid) || pid != (uint64_t)getpid() ||
        !str_u64(str_z(getenv("LISTEN_FDS")), &fds) || fds > 1000)
        return;
    struct cur names = cur_of(str_z(getenv("LISTEN_FDNAMES")));
    for (int fd = ACTIVATION_FIRST_FD; fd < ACTIVATION_FIRST_FD + (int)fds; fd++) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        struct str name;
        if (!cur_until(&names, ':', &name)) {
            name = names.rest;
            names.rest = (struct str){0};
        }
        for (size_t i = 0; i < count; i++) {
            if (binds[i].fd < 0 && str_eq(name, str_z(binds[i].name))) {
                binds[i].fd = fd;
                break;
            }
        }
    }
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
}

/* A socket file that nobody serves any more is in the way; one that is served must stay. */
static void remove_stale(const struct sockaddr_un *a)
{
    struct stat st;
    if (lstat(a->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)a, sizeof *a) != 0 && errno == ECONNREFUSED)
        unlink(a->sun_path);
    if (fd >= 0)
        close(fd);
}

static enum code bind_unix(struct ctx *cx, struct supervisor_bind *b)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    size_t n = strlen(b->address);
    if (n >= sizeof a.sun_path)
        return fail(cx, E_SYNTAX, "%s: the path is too long: %s", b->name, b->address);
    memcpy(a.sun_path, b->address, n);
    remove_stale(&a);
    b->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    mode_t before = umask(0777); /* nobody comes in before the mode is set */
    bool bound = b->fd >= 0 && bind(b->fd, (struct sockaddr *)&a, sizeof a) == 0;
    umask(before);
    if (bound && chmod(a.sun_path, b->mode) == 0)
        return OK;
    int why = errno;
    if (b->fd >= 0 && !bound) { /* the file is somebody else's: bind_close() must not remove it */
        close(b->fd);
        b->fd = -1;
    }
    return fail(cx, E_IO, "%s: %s: %s", b->name, b->address, strerror(why));
}

static enum code bind_inet(struct ctx *cx, struct supervisor_bind *b)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(b->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(b->port)};
    bool is_v4 = inet_pton(AF_INET, b->address, &v4.sin_addr) == 1;
    if (!is_v4 && inet_pton(AF_INET6, b->address, &v6.sin6_addr) != 1)
        return fail(cx, E_SYNTAX, "%s: no address: %s", b->name, b->address);
    int on = 1;
    b->fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (b->fd < 0 || setsockopt(b->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        (!is_v4 && setsockopt(b->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
        bind(b->fd, is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6,
             is_v4 ? sizeof v4 : sizeof v6) != 0)
        return fail(cx, E_IO, "%s: %s port %u: %s", b->name, b->address, b->port, strerror(errno));
    return OK;
}

enum code bind_all(struct ctx *cx, struct supervisor_bind *binds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        binds[i].fd = -1;
    take_activated(binds, count);
    enum code code = OK;
    for (size_t i = 0; i < count && code == OK; i++) {
        binds[i].activated = binds[i].fd >= 0;
        if (!binds[i].activated)
            code = binds[i].address[0] == '/' ? bind_unix(cx, &binds[i]) : bind_inet(cx, &binds[i]);
    }
    if (code != OK)
        bind_close(binds, count, true);
    return code;
}

void bind_close(struct supervisor_bind *binds, size_t count, bool ours)
{
    for (size_t i = 0; i < count; i++) {
        if (binds[i].fd < 0)
            continue;
        if (ours)
            close(binds[i].fd);
        if (!binds[i].activated && binds[i].address[0] == '/')
            unlink(binds[i].address);
        binds[i].fd = -1;
    }
}
