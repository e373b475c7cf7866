#include "io/input.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    CAP_MIN = 512,
    SPILL_KNOWN_FACTOR = 4, /* known to pass the spill limit by so much: go there at once */
    MAP_MIN = 4 * 1024 * 1024,
};

struct str input_str(const struct input *in)
{
    return in->p ? str_of(in->p + in->start, in->end - in->start) : (struct str){0};
}

size_t input_bytes(const struct input *in)
{
    return in->end - in->start;
}

static void clear(struct input *in, struct input_budget *b)
{
    if (in->spilled) {
        munmap(in->p, in->cap);
        close(in->fd);
        atomic_fetch_sub_explicit(&b->spilled, in->end, memory_order_relaxed);
    } else {
        free(in->p);
        atomic_fetch_sub_explicit(&b->memory, in->cap, memory_order_relaxed);
    }
    *in = (struct input){0};
}

void input_drop(struct input *in, struct input_budget *b)
{
    if (in->p)
        clear(in, b);
}

static int unlinked_file(const char *dir)
{
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return fd;
    char name[4096]; /* a file system without O_TMPFILE */
    int n = snprintf(name, sizeof name, "%s/input-XXXXXX", dir);
    if (n < 0 || (size_t)n >= sizeof name)
        return -1;
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0)
        unlink(name);
    return fd;
}

static bool write_all(int fd, struct str s, size_t at)
{
    while (s.n) {
        ssize_t n = pwrite(fd, s.p, s.n, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        s = str_from(s, (size_t)n);
        at += (size_t)n;
    }
    return true;
}

/* The mapping reaches past the file's end, so that it need not be made anew for each piece. */
static bool map_grow(struct input *in, size_t size)
{
    if (size <= in->cap)
        return true;
    size_t cap = in->cap ? in->cap : MAP_MIN;
    while (cap < size)
        cap *= 2;
    void *p = in->p ? mremap(in->p, in->cap, cap, MREMAP_MAYMOVE)
                    : mmap(NULL, cap, PROT_READ, MAP_SHARED, in->fd, 0);
    if (p == MAP_FAILED)
        return false;
    in->p = p;
    in->cap = cap;
    return true;
}

static bool file_append(struct input *in, struct input_budget *b, struct str s)
{
    if (!map_grow(in, in->end + s.n) || !write_all(in->fd, s, in->end))
        return false;
    in->end += s.n;
    atomic_fetch_add_explicit(&b->spilled, s.n, memory_order_relaxed);
    return true;
}

static bool spill(struct input *in, struct input_budget *b)
{
    struct input file = {.fd = unlinked_file(b->dir), .spilled = true};
    if (file.fd < 0)
        return false;
    if (!map_grow(&file, MAP_MIN)) {
        close(file.fd);
        return false;
    }
    if (!file_append(&file, b, input_str(in))) {
        clear(&file, b);
        return false;
    }
    clear(in, b);
    *in = file;
    return true;
}

size_t input_room(struct input *in, struct input_budget *b, size_t room)
{
    if (!in->spilled) {
        if (atomic_load_explicit(&b->memory, memory_order_relaxed) < b->memory_max)
            return room;
        if (input_bytes(in) < INPUT_SMALL)
            return room < INPUT_SMALL ? room : INPUT_SMALL - input_bytes(in);
        if (!spill(in, b))
            return 0;
    }
    return atomic_load_explicit(&b->spilled, memory_order_relaxed) < b->spill_max ? room : 0;
}

static void memory_append(struct input *in, struct input_budget *b, struct str s)
{
    if (in->start && in->cap - in->end < s.n) {
        memmove(in->p, in->p + in->start, input_bytes(in));
        in->end -= in->start;
        in->start = 0;
    }
    if (in->cap - in->end < s.n) {
        size_t cap = in->cap ? in->cap : CAP_MIN;
        while (cap - in->end < s.n)
            cap *= 2;
        in->p = realloc(in->p, cap);
        must(in->p);
        atomic_fetch_add_explicit(&b->memory, cap - in->cap, memory_order_relaxed);
        in->cap = cap;
    }
    memcpy(in->p + in->end, s.p, s.n);
    in->end += s.n;
}

enum code input_append(struct input *in, struct input_budget *b, struct str s, size_t need)
{
    if (s.n == 0)
        return OK;
    bool large = input_bytes(in) + s.n > b->spill_at || need > b->spill_at * SPILL_KNOWN_FACTOR;
    if (large && !in->spilled && !spill(in, b))
        return E_IO;
    if (in->spilled)
        return file_append(in, b, s) ? OK : E_IO;
    memory_append(in, b, s);
    return OK;
}

void input_take(struct input *in, size_t n)
{
    must(n <= input_bytes(in));
    in->start += n;
}

void input_settle(struct input *in, struct input_budget *b)
{
    if (!in->p)
        return;
    if (input_bytes(in) == 0) {
        clear(in, b);
    } else if (in->spilled && in->start && input_bytes(in) <= b->spill_at) {
        struct input rest = {0};
        memory_append(&rest, b, input_str(in));
        clear(in, b);
        *in = rest;
    }
}
