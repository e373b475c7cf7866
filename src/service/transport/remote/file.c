#include "service/transport/remote/file.h"
#include "base/arena.h"
#include "base/random.h"
#include "store/store.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool write_all(int fd, struct str s)
{
    while (s.n) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno != EINTR)
            return false;
        s = str_from(s, n > 0 ? (size_t)n : 0);
    }
    return true;
}

static bool sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return synced;
}

/* Under a name with a dot in front first, so that who reads the directory finds whole messages. */
enum code file_deliver(struct ctx *cx, struct store *store, struct str directory,
                       const struct errand *e)
{
    struct str body;
    struct blob *blob;
    unsigned long long lot = random_u64(cx->random), id = e->id;
    const char *dir = str_zdup(cx->arena, directory);
    const char *hidden = str_printf(cx->arena, "%s/.%llu-%016llx.eml", dir, id, lot).p;
    const char *name = str_printf(cx->arena, "%s/%llu-%016llx.eml", dir, id, lot).p;
    TRY(blob_get(cx, store, &e->body, 0, SIZE_MAX, &body, &blob));
    int fd = open(hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    bool written = fd >= 0 && write_all(fd, e->trace) && write_all(fd, body) && fsync(fd) == 0;
    blob_unref(blob);
    if (fd >= 0 && close(fd) != 0)
        written = false;
    if (written && rename(hidden, name) == 0 && sync_directory(dir))
        return OK;
    int why = errno;
    if (fd >= 0)
        unlink(hidden);
    return fail(cx, E_IO, "%s: %s", dir, strerrordesc_np(why));
}
