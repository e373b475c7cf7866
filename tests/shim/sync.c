/* Preloaded in front of libc: a slower disk, or one that fails. SYNC_DELAY_US is slept after each
   fdatasync and fsync; from the SYNC_FAIL_AT-th on (1 is the first) they fail with EIO. */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

typedef int sync_fn(int fd);

static long setting(const char *name)
{
    const char *value = getenv(name);
    return value ? strtol(value, NULL, 10) : 0;
}

static int run(const char *name, int fd)
{
    static atomic_long count;
    long fail_at = setting("SYNC_FAIL_AT"), delay_us = setting("SYNC_DELAY_US");
    if (atomic_fetch_add(&count, 1) + 1 >= fail_at && fail_at) {
        errno = EIO;
        return -1;
    }
    union {
        void *found;
        sync_fn *fn;
    } next = {dlsym(RTLD_NEXT, name)};
    int result = next.fn(fd);
    struct timespec pause = {delay_us / 1000000, delay_us % 1000000 * 1000};
    if (delay_us)
        nanosleep(&pause, NULL);
    return result;
}

int fdatasync(int fd)
{
    return run("fdatasync", fd);
}

int fsync(int fd)
{
    return run("fsync", fd);
}
