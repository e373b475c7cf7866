/* Preloaded into a server under test: while the file $FAILSYNC_FLAG exists, every flush fails. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int failing(void)
{
    const char *flag = getenv("FAILSYNC_FLAG");
    return flag && access(flag, F_OK) == 0;
}

static int flush(const char *name, int fd)
{
    if (failing()) {
        errno = EIO;
        return -1;
    }
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    return real(fd);
}

int fdatasync(int fd)
{
    return flush("fdatasync", fd);
}

int fsync(int fd)
{
    return flush("fsync", fd);
}
