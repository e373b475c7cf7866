#include "core/search/files.h"
#include "base/arena.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool files_write(int fd, struct str bytes)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n <= 0)
            return false;
        bytes = str_from(bytes, (size_t)n);
    }
    return true;
}

static bool put(const char *path, int how, struct str bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | how, 0600);
    if (fd < 0)
        return false;
    bool done = files_write(fd, bytes) && fdatasync(fd) == 0;
    close(fd);
    return done;
}

bool files_put(const char *path, struct str bytes)
{
    return put(path, O_TRUNC, bytes);
}

bool files_append(const char *path, struct str bytes)
{
    return put(path, O_APPEND, bytes);
}

bool files_map(const char *path, struct str *out)
{
    struct stat facts;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    void *p = NULL;
    bool there = fstat(fd, &facts) == 0;
    if (there && facts.st_size)
        p = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (!there || p == MAP_FAILED)
        return false;
    *out = p ? str_of(p, (size_t)facts.st_size) : (struct str){0};
    return true;
}

void files_unmap(struct str bytes)
{
    if (bytes.n)
        munmap((void *)(uintptr_t)bytes.p, bytes.n);
}

void files_each(const char *dir, files_fn *fn, void *self)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    DIR *d = opendir(dir);
    struct dirent *entry;
    while (d && (entry = readdir(d))) {
        struct str name = str_z(entry->d_name);
        if (!str_eq(name, STR(".")) && !str_eq(name, STR("..")))
            fn(self, str_printf(arena, "%s/%s", dir, entry->d_name).p, entry->d_name);
    }
    if (d)
        closedir(d);
}

static bool sync_path(const char *path, int how)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | how);
    if (fd < 0)
        return false;
    bool done = fsync(fd) == 0;
    close(fd);
    return done;
}

bool files_sync_dir(const char *dir)
{
    return sync_path(dir, O_DIRECTORY);
}

static void sync_one(void *self, const char *path, const char *name)
{
    bool *done = self;
    (void)name;
    *done = *done && sync_path(path, 0);
}

bool files_sync(const char *dir)
{
    bool done = true;
    files_each(dir, sync_one, &done);
    return done && files_sync_dir(dir);
}

static void remove_flat(void *self, const char *path, const char *name)
{
    (void)self;
    (void)name;
    if (unlink(path) != 0)
        rmdir(path);
}

/* Two levels are all there are: an index, its shards. */
static void remove_one(void *self, const char *path, const char *name)
{
    files_each(path, remove_flat, NULL);
    remove_flat(self, path, name);
}

void files_remove(const char *path)
{
    files_each(path, remove_one, NULL);
    remove_flat(NULL, path, NULL);
}

static void add_bytes(void *self, const char *path, const char *name)
{
    uint64_t *bytes = self;
    struct stat facts;
    (void)name;
    if (lstat(path, &facts) == 0 && S_ISREG(facts.st_mode))
        *bytes += (uint64_t)facts.st_size;
    else
        files_each(path, add_bytes, bytes);
}

uint64_t files_bytes(const char *dir)
{
    uint64_t bytes = 0;
    files_each(dir, add_bytes, &bytes);
    return bytes;
}
