#include "store/segment/segments.h"
#include "store/segment/record.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    SEGMENT_BYTES = 256 * 1024 * 1024, /* then the next is begun */
    SMALL_BYTES = 8 * 1024 * 1024,     /* left by a restart: joined with others */
    GARBAGE_PERCENT = 30,              /* above, the rest is worth copying */
    RECORDS_AT_ONCE = 256,             /* in one call, three pieces each */
    PIECES = 3,
    NAME_MAX_BYTES = 32,
    COPY_PART = 4, /* what is copied may take a quarter of the free space */
};

struct segment {
    struct segment_facts facts;
    int fd; /* -1: not opened yet */
    unsigned refs;
    bool gone, changed;
};

struct pending {
    char head[RECORD_HEAD_BYTES];
    struct str key, value;
};

struct segments {
    pthread_mutex_t lock; /* of the table, and of what is open */
    int dir;
    struct segment **all; /* by number */
    size_t count, max;
    uint32_t last;     /* the highest number that there ever was */
    atomic_bool begin; /* the next record starts a new one */
    /* The writer's. */
    struct segment *active; /* or NULL */
    struct pending *pending;
    size_t pending_n, pending_max;
    uint64_t pending_bytes;
};

static const char *name_of(uint32_t number, char out[static NAME_MAX_BYTES])
{
    snprintf(out, NAME_MAX_BYTES, "%08x.seg", (unsigned)number);
    return out;
}

enum code segments_open(struct ctx *cx, const char *dir, struct segments **out)
{
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return fail(cx, E_IO, "store: cannot make %s: errno %d", dir, errno);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail(cx, E_IO, "store: cannot open %s: errno %d", dir, errno);
    struct segments *s = calloc(1, sizeof *s);
    must(s);
    pthread_mutex_init(&s->lock, NULL);
    s->dir = fd;
    *out = s;
    return OK;
}

static void segment_free(struct segment *g)
{
    if (g->fd >= 0)
        close(g->fd);
    free(g);
}

void segments_close(struct segments *s)
{
    for (size_t i = 0; i < s->count; i++)
        segment_free(s->all[i]);
    close(s->dir);
    pthread_mutex_destroy(&s->lock);
    free(s->all);
    free(s->pending);
    free(s);
}

static struct segment *table_add(struct segments *s, struct segment_facts facts, int fd)
{
    struct segment *g = calloc(1, sizeof *g);
    must(g);
    g->facts = facts;
    g->fd = fd;
    pthread_mutex_lock(&s->lock);
    must(!s->count || s->all[s->count - 1]->facts.number < facts.number);
    if (s->count == s->max) {
        s->max = s->max * 2 + 16;
        s->all = realloc(s->all, s->max * sizeof(struct segment *));
        must(s->all);
    }
    s->all[s->count++] = g;
    if (facts.number > s->last)
        s->last = facts.number;
    pthread_mutex_unlock(&s->lock);
    return g;
}

void segments_know(struct segments *s, struct segment_facts facts)
{
    table_add(s, facts, -1);
}

/* The first at or above number, as an index. Locked. */
static size_t index_of(const struct segments *s, uint32_t number)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->all[middle]->facts.number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct segment *find(const struct segments *s, uint32_t number)
{
    size_t at = index_of(s, number);
    return at < s->count && s->all[at]->facts.number == number ? s->all[at] : NULL;
}

/* The number of a file's name; 0 when it is none of ours. */
static uint32_t number_of(const char *name)
{
    char *end, again[NAME_MAX_BYTES];
    unsigned long n = strtoul(name, &end, 16);
    return n <= UINT32_MAX && strcmp(name_of((uint32_t)n, again), name) == 0 ? (uint32_t)n : 0;
}

enum code segments_tidy(struct ctx *cx, struct segments *s)
{
    int fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (!d) {
        if (fd >= 0)
            close(fd);
        return fail(cx, E_IO, "store: cannot list segments: errno %d", errno);
    }
    for (const struct dirent *e; (e = readdir(d));) {
        uint32_t number = number_of(e->d_name);
        if (number && !find(s, number))
            unlinkat(s->dir, e->d_name, 0);
        if (number > s->last)
            s->last = number;
    }
    closedir(d);
    return OK;
}

/* A file of its own after each start: what a crash left behind the end of one stays unread. */
static enum code begin(struct ctx *cx, struct segments *s)
{
    char name[NAME_MAX_BYTES];
    struct segment_facts facts = {.number = s->last + 1};
    must(facts.number);
    int fd =
        openat(s->dir, name_of(facts.number, name), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || fsync(s->dir) != 0) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        s->last++;
        return fail(cx, E_IO, "store: cannot begin segment %s: errno %d", name, why);
    }
    posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM); /* reading ahead reads what nobody asked for */
    s->active = table_add(s, facts, fd);
    return OK;
}

enum code segments_add(struct ctx *cx, struct segments *s, struct str key, struct str value,
                       struct place *out)
{
    if (!s->pending_n && s->active &&
        (atomic_exchange(&s->begin, false) || s->active->facts.end >= SEGMENT_BYTES))
        s->active = NULL;
    if (!s->active)
        TRY(begin(cx, s));
    if (s->pending_n == s->pending_max) {
        s->pending_max = s->pending_max * 2 + 16;
        s->pending = realloc(s->pending, s->pending_max * sizeof *s->pending);
        must(s->pending);
    }
    struct pending *p = &s->pending[s->pending_n++];
    record_head(key, value, p->head);
    p->key = key;
    p->value = value;
    *out = (struct place){
        .segment = s->active->facts.number,
        .bytes = record_bytes(str_of(p->head, sizeof p->head)),
        .offset = s->active->facts.end + s->pending_bytes,
    };
    s->pending_bytes += out->bytes;
    return OK;
}

static struct iovec piece(struct str s)
{
    union {
        const char *read;
        void *given; /* writing takes what it does not change as void * */
    } p = {.read = s.p};
    return (struct iovec){.iov_base = p.given, .iov_len = s.n};
}

/* False, with errno, when not all could be written. */
static bool write_all(int fd, uint64_t offset, struct iovec *pieces, size_t count)
{
    while (count) {
        ssize_t n = pwritev(fd, pieces, (int)count, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        offset += (uint64_t)n;
        size_t left = (size_t)n;
        for (; count && left >= pieces->iov_len; pieces++, count--)
            left -= pieces->iov_len;
        if (count) {
            struct str rest = str_from(str_of(pieces->iov_base, pieces->iov_len), left);
            *pieces = piece(rest);
        }
    }
    return true;
}

static bool write_pending(struct segments *s)
{
    struct iovec pieces[RECORDS_AT_ONCE * PIECES];
    uint64_t offset = s->active->facts.end;
    for (size_t i = 0; i < s->pending_n;) {
        size_t n = 0;
        uint64_t bytes = 0;
        for (; i < s->pending_n && n + PIECES <= RECORDS_AT_ONCE * PIECES; i++) {
            const struct pending *p = &s->pending[i];
            pieces[n++] = piece(str_of(p->head, sizeof p->head));
            pieces[n++] = piece(p->key);
            pieces[n++] = piece(p->value);
            bytes += sizeof p->head + p->key.n + p->value.n;
        }
        if (!write_all(s->active->fd, offset, pieces, n))
            return false;
        offset += bytes;
    }
    return fdatasync(s->active->fd) == 0;
}

enum code segments_flush(struct ctx *cx, struct segments *s)
{
    if (!s->pending_n)
        return OK;
    struct segment *g = s->active;
    bool written = write_pending(s);
    int why = errno;
    pthread_mutex_lock(&s->lock);
    if (written) {
        g->facts.end += s->pending_bytes;
        g->facts.live += s->pending_bytes;
        g->changed = true;
    } else {
        s->active = NULL;
    }
    pthread_mutex_unlock(&s->lock);
    s->pending_n = 0;
    s->pending_bytes = 0;
    return written ? OK : fail(cx, E_IO, "store: segment %u: errno %d", g->facts.number, why);
}

void segments_drop(struct segments *s, struct place place)
{
    struct segment *g = find(s, place.segment);
    if (!g)
        return;
    g->facts.live -= place.bytes < g->facts.live ? place.bytes : g->facts.live;
    g->changed = true;
}

bool segments_next_changed(struct segments *s, struct segment_facts *out)
{
    for (size_t i = s->count; i > 0; i--) {
        struct segment *g = s->all[i - 1];
        if (g->changed) {
            g->changed = false;
            *out = g->facts;
            return true;
        }
    }
    return false;
}

/* The one being written is not copied for being small. */
static bool is_worth_copying(const struct segment *g, bool active, uint64_t room)
{
    uint64_t live = g->facts.live < g->facts.end ? g->facts.live : g->facts.end;
    bool small = !active && g->facts.end < SMALL_BYTES;
    return live <= room && (small || g->facts.end - live > g->facts.end / 100 * GARBAGE_PERCENT);
}

bool segments_next_victim(struct segments *s, uint32_t number, struct segment_facts *out)
{
    struct statvfs disk;
    if (fstatvfs(s->dir, &disk) != 0)
        return false;
    uint64_t room = (uint64_t)disk.f_bavail * disk.f_frsize / COPY_PART;
    for (size_t i = index_of(s, number + 1); i < s->count; i++) {
        const struct segment *g = s->all[i];
        if (!is_worth_copying(g, g == s->active, room))
            continue;
        if (g == s->active)
            s->active = NULL;
        *out = g->facts;
        return true;
    }
    return false;
}

void segments_remove(struct segments *s, uint32_t number)
{
    char name[NAME_MAX_BYTES];
    pthread_mutex_lock(&s->lock);
    size_t at = index_of(s, number);
    must(at < s->count && s->all[at]->facts.number == number && s->all[at] != s->active);
    struct segment *g = s->all[at];
    s->count--;
    for (; at < s->count; at++)
        s->all[at] = s->all[at + 1];
    g->gone = true;
    bool unused = g->refs == 0;
    pthread_mutex_unlock(&s->lock);
    unlinkat(s->dir, name_of(number, name), 0);
    if (unused)
        segment_free(g);
}

/* With a reference, open. NULL, with errno, when it is not there. */
static struct segment *hold(struct segments *s, uint32_t number)
{
    char name[NAME_MAX_BYTES];
    pthread_mutex_lock(&s->lock);
    errno = ENOENT;
    struct segment *g = find(s, number);
    if (g && g->fd < 0) {
        g->fd = openat(s->dir, name_of(number, name), O_RDWR | O_CLOEXEC);
        if (g->fd >= 0)
            posix_fadvise(g->fd, 0, 0, POSIX_FADV_RANDOM);
        else
            g = NULL;
    }
    if (g)
        g->refs++;
    pthread_mutex_unlock(&s->lock);
    return g;
}

static void let_go(struct segments *s, struct segment *g)
{
    pthread_mutex_lock(&s->lock);
    bool last = --g->refs == 0 && g->gone;
    pthread_mutex_unlock(&s->lock);
    if (last)
        segment_free(g);
}

/* All n bytes, or false: a file too short has errno 0. */
static bool read_all(int fd, uint64_t offset, char *out, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t got = pread(fd, out + at, n - at, (off_t)(offset + at));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            errno = got < 0 ? errno : 0;
            return false;
        }
        at += (size_t)got;
    }
    return true;
}

static enum code read_at(struct ctx *cx, struct segments *s, struct place place, char *out)
{
    struct segment *g = hold(s, place.segment);
    if (!g)
        return fail(cx, errno == ENOENT ? E_NOT_FOUND : E_IO, "store: segment %u: errno %d",
                    place.segment, errno);
    bool good = read_all(g->fd, place.offset, out, place.bytes);
    int why = errno;
    let_go(s, g);
    if (!good)
        return fail(cx, why ? E_IO : E_CORRUPT, "store: segment %u: errno %d", place.segment, why);
    return OK;
}

enum code segments_read(struct ctx *cx, struct segments *s, struct place place, struct str *key,
                        struct str *value, void **pin)
{
    if (place.bytes > RECORD_HEAD_BYTES + RECORD_KEY_MAX + RECORD_VALUE_MAX)
        return fail(cx, E_CORRUPT, "store: a record of %u bytes", place.bytes);
    char *room = malloc(place.bytes + 1);
    must(room);
    enum code code = read_at(cx, s, place, room);
    if (code == OK && !record_read(str_of(room, place.bytes), key, value))
        code = fail(cx, E_CORRUPT, "store: segment %u is damaged", place.segment);
    if (code != OK) {
        free(room);
        return code;
    }
    *pin = room;
    return OK;
}

void segments_unpin(void *pin)
{
    free(pin);
}

enum code segments_at(struct ctx *cx, struct segments *s, uint32_t number, uint64_t offset,
                      struct place *out)
{
    char head[RECORD_HEAD_BYTES];
    struct place place = {.segment = number, .bytes = sizeof head, .offset = offset};
    TRY(read_at(cx, s, place, head));
    place.bytes = record_bytes(str_of(head, sizeof head));
    if (!place.bytes)
        return fail(cx, E_CORRUPT, "store: segment %u is damaged", number);
    *out = place;
    return OK;
}

static bool copy_to(int from, int dir, const char *name)
{
    struct stat st;
    int to = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = to >= 0 && fstat(from, &st) == 0;
    for (off_t at = 0; good && at < st.st_size;)
        good = copy_file_range(from, &at, to, NULL, (size_t)(st.st_size - at), 0) > 0;
    good = good && fsync(to) == 0;
    if (to >= 0)
        close(to);
    return good;
}

/* To another file system nothing can be linked. */
static bool link_one(struct segments *s, uint32_t number, int dir)
{
    char name[NAME_MAX_BYTES];
    name_of(number, name);
    if (linkat(s->dir, name, dir, name, 0) == 0)
        return true;
    struct segment *g = errno == EXDEV ? hold(s, number) : NULL;
    bool good = g && copy_to(g->fd, dir, name);
    if (g)
        let_go(s, g);
    return good;
}

enum code segments_link(struct ctx *cx, struct segments *s, const char *dir)
{
    pthread_mutex_lock(&s->lock);
    size_t count = s->count;
    uint32_t *numbers = calloc(count + 1, sizeof *numbers);
    must(numbers);
    for (size_t i = 0; i < count; i++)
        numbers[i] = s->all[i]->facts.number;
    pthread_mutex_unlock(&s->lock);
    atomic_store(&s->begin, true);
    bool good = mkdir(dir, 0700) == 0;
    int fd = good ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    for (size_t i = 0; fd >= 0 && good && i < count; i++)
        good = link_one(s, numbers[i], fd);
    good = fd >= 0 && good && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    free(numbers);
    return good ? OK : fail(cx, E_IO, "store: cannot copy segments to %s: errno %d", dir, why);
}

uint64_t segments_bytes(struct segments *s)
{
    uint64_t sum = 0;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->count; i++)
        sum += s->all[i]->facts.end;
    pthread_mutex_unlock(&s->lock);
    return sum;
}
