#include "service/acme/files.h"
#include "base/arena.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct str acme_path(struct arena *a, struct str dir, struct str name, const char *suffix)
{
    return str_printf(a, "%.*s/%.*s%s", STR_ARG(dir), STR_ARG(name), suffix);
}

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define FD __attribute__((cleanup(close_fd)))

enum code acme_file_read(struct ctx *cx, struct str path, struct str *out)
{
    int fd FD = open(path.p, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(cx, errno == ENOENT ? E_NOT_FOUND : E_IO, "%s: %s", path.p, strerror(errno));
    char *text = arena_alloc(cx->arena, ACME_FILE_MAX + 1);
    size_t n = 0;
    for (ssize_t got = 1; got > 0 && n <= ACME_FILE_MAX; n += (size_t)(got > 0 ? got : 0)) {
        got = read(fd, text + n, ACME_FILE_MAX + 1 - n);
        if (got < 0)
            return fail(cx, E_IO, "%s: %s", path.p, strerror(errno));
    }
    if (n > ACME_FILE_MAX)
        return fail(cx, E_LIMIT, "%s: over %d bytes", path.p, ACME_FILE_MAX);
    *out = str_of(text, n);
    return OK;
}

static bool write_all(int fd, struct str text)
{
    while (text.n) {
        ssize_t n = write(fd, text.p, text.n);
        if (n < 0)
            return false;
        text = str_from(text, (size_t)n);
    }
    return fsync(fd) == 0;
}

/* The name is durable once its directory is. */
static bool sync_dir(struct arena *a, struct str path)
{
    int fd FD = open(str_zdup(a, str_sub(path, 0, str_rchr(path, '/'))), O_RDONLY | O_DIRECTORY);
    return fd >= 0 && fsync(fd) == 0;
}

enum code acme_file_write(struct ctx *cx, struct str path, struct str text)
{
    struct str temporary = str_printf(cx->arena, "%.*s.tmp", STR_ARG(path));
    int fd FD = open(temporary.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || !write_all(fd, text) || rename(temporary.p, path.p) != 0 ||
        !sync_dir(cx->arena, path))
        return fail(cx, E_IO, "%s: %s", path.p, strerror(errno));
    return OK;
}

void acme_file_remove(struct str path)
{
    (void)unlink(path.p);
}

bool acme_file_is(struct str path)
{
    return access(path.p, R_OK) == 0;
}

enum code acme_dir_make(struct ctx *cx, struct str dir)
{
    if (mkdir(str_zdup(cx->arena, dir), 0700) != 0 && errno != EEXIST)
        return fail(cx, E_IO, "%.*s: %s", STR_ARG(dir), strerror(errno));
    return OK;
}
