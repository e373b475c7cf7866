#include "server/files.h"
#include "base/rope.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *whole(struct ctx *cx, void *self, struct str path)
{
    const struct str *root = self;
    const struct str parts[] = {*root, STR("/"), path};
    return str_join(cx->arena, parts, 3).p;
}

static enum code failed(struct ctx *cx, const char *path)
{
    return fail(cx, errno == EEXIST ? E_EXISTS : E_IO, "%s: %s", path, strerror(errno));
}

/* With all levels above it. */
static enum code make_dir(struct ctx *cx, void *self, struct str path)
{
    const char *all = whole(cx, self, path);
    struct str done = str_z(all);
    for (size_t n = 1; n <= done.n; n++) {
        if (n < done.n && done.p[n] != '/')
            continue;
        const char *level = str_zdup(cx->arena, str_sub(done, 0, n));
        if (mkdir(level, 0700) != 0 && errno != EEXIST)
            return failed(cx, level);
    }
    return OK;
}

static enum code write_all(struct ctx *cx, int fd, const char *path, struct str bytes)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno != EINTR)
            return failed(cx, path);
        bytes = str_from(bytes, n > 0 ? (size_t)n : 0);
    }
    return OK;
}

static enum code put(struct ctx *cx, const char *path, int how, struct str bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | how, 0600);
    if (fd < 0)
        return failed(cx, path);
    enum code code = write_all(cx, fd, path, bytes);
    if (close(fd) != 0 && code == OK)
        code = failed(cx, path);
    return code;
}

static enum code make_file(struct ctx *cx, void *self, struct str path, const struct rope *bytes)
{
    struct arena *a AUTO(arena_close) = arena_open();
    return put(cx, whole(cx, self, path), O_EXCL, rope_flatten(bytes, a));
}

static enum code append(struct ctx *cx, void *self, struct str path, struct str line)
{
    return put(cx, whole(cx, self, path), O_APPEND, line);
}

struct export_sink files_sink(const struct str *root)
{
    return (struct export_sink){
        .self = (void *)(uintptr_t)root, .dir = make_dir, .file = make_file, .append = append};
}
