#include "core/search/words.h"
#include "base/cur.h"
#include "base/map.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const words_names[WORDS_FILES] = {
    [WORDS_HEAD] = "words.head", [WORDS_BODY] = "words.body"};

static bool map_file(int fd, uint64_t bytes, struct words *out)
{
    struct stat facts;
    if (fd < 0 || fstat(fd, &facts) != 0 || (uint64_t)facts.st_size < bytes)
        return false;
    *out = (struct words){0};
    if (!bytes)
        return true;
    void *p = mmap(NULL, (size_t)bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        return false;
    *out = (struct words){.bytes = str_of(p, (size_t)bytes), .mapped = (size_t)bytes};
    return true;
}

bool words_open(const char *path, uint64_t bytes, struct words *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool mapped = map_file(fd, bytes, out);
    if (fd >= 0)
        close(fd);
    return mapped;
}

void words_close(struct words *w)
{
    if (w->mapped)
        munmap((void *)(uintptr_t)w->bytes.p, w->mapped);
    *w = (struct words){0};
}

/* The entry that the byte at lies in; without its NUL. */
static struct str entry_at(struct str all, size_t at)
{
    size_t start = str_rchr(str_sub(all, 0, at), '\0');
    start = start == SIZE_MAX ? 0 : start + 1;
    struct str rest = str_from(all, start);
    size_t n = str_chr(rest, '\0');
    return str_sub(rest, 0, n == SIZE_MAX ? rest.n : n);
}

/* Whether the clue's text, found at offset at of the entry, lies where the clue wants it. */
static bool fits(struct str entry, size_t at, const struct clue *clue)
{
    bool start = at == 1, end = at + clue->text.n == entry.n;
    switch (clue->kind) {
    case CLUE_WHOLE:
        return start && end;
    case CLUE_START:
        return start;
    case CLUE_END:
        return end;
    case CLUE_INSIDE:
        return true;
    }
    return false;
}

/* Whether the clue fits the entry somewhere from at on. */
static bool fits_from(struct str entry, size_t at, const struct clue *clue)
{
    for (;;) {
        if (fits(entry, at, clue))
            return true;
        size_t next = str_find(str_from(entry, at + 1), clue->text);
        if (next == SIZE_MAX)
            return false;
        at += 1 + next;
    }
}

void words_match(const struct words *w, const struct clue *clue, struct str letters, words_fn *fn,
                 void *self)
{
    struct str all = w->bytes;
    size_t from = 0, hit;
    while ((hit = str_find(str_from(all, from), clue->text)) != SIZE_MAX) {
        struct str entry = entry_at(all, from + hit);
        size_t start = (size_t)(entry.p - all.p);
        if (str_chr(letters, entry.p[0]) != SIZE_MAX &&
            fits_from(entry, from + hit - start, clue) && !fn(self, entry))
            return;
        from = start + entry.n + 1;
    }
}

void words_each(const struct words *w, struct str letters, words_fn *fn, void *self)
{
    struct cur c = cur_of(w->bytes);
    struct str entry;
    while (cur_until(&c, '\0', &entry))
        if (entry.n && str_chr(letters, entry.p[0]) != SIZE_MAX && !fn(self, entry))
            return;
}

struct words_writer {
    int fd;
    uint64_t bytes;  /* that hold */
    uint64_t *slots; /* keyed hashes of the words there are; 0: free */
    size_t room, count;
    struct arena *arena;
    struct buf added;
};

enum { ROOM_FIRST = 4096, ADDED_MAX = 1 << 30 };

static bool put_hash(struct words_writer *w, uint64_t hash)
{
    size_t at = (size_t)hash & (w->room - 1);
    while (w->slots[at] && w->slots[at] != hash)
        at = (at + 1) & (w->room - 1);
    if (w->slots[at])
        return false;
    w->slots[at] = hash;
    w->count++;
    return true;
}

static void grow(struct words_writer *w)
{
    uint64_t *old = w->slots;
    size_t room = w->room;
    w->room = room ? room * 2 : ROOM_FIRST;
    w->slots = calloc(w->room, sizeof *w->slots);
    must(w->slots);
    w->count = 0;
    for (size_t i = 0; i < room; i++)
        if (old[i])
            put_hash(w, old[i]);
    free(old);
}

/* False when it is there. */
static bool note(struct words_writer *w, struct str term)
{
    if (w->count * 2 >= w->room)
        grow(w);
    uint64_t hash = hash_bytes(term);
    return put_hash(w, hash ? hash : 1);
}

struct words_writer *words_writer_open(const char *path, uint64_t bytes)
{
    struct words there;
    struct str entry;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (!map_file(fd, bytes, &there)) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    struct words_writer *w = calloc(1, sizeof *w);
    must(w);
    w->fd = fd;
    w->bytes = bytes;
    w->arena = arena_open();
    w->added = buf_of(w->arena, ADDED_MAX);
    struct cur c = cur_of(there.bytes);
    while (cur_until(&c, '\0', &entry))
        note(w, entry);
    words_close(&there);
    return w;
}

void words_writer_close(struct words_writer *w)
{
    if (!w)
        return;
    close(w->fd);
    free(w->slots);
    arena_close(w->arena);
    free(w);
}

void words_add(struct words_writer *w, struct str term)
{
    if (!note(w, term))
        return;
    buf_add(&w->added, term);
    buf_byte(&w->added, '\0');
}

bool words_write(struct words_writer *w, uint64_t *bytes)
{
    struct str left = buf_str(&w->added);
    uint64_t at = w->bytes;
    while (left.n) {
        ssize_t n = pwrite(w->fd, left.p, left.n, (off_t)at);
        if (n <= 0)
            return false;
        at += (uint64_t)n;
        left = str_from(left, (size_t)n);
    }
    if (at != w->bytes && fdatasync(w->fd) != 0)
        return false;
    *bytes = w->bytes = at;
    must(!w->added.overflow);
    arena_reset(w->arena);
    w->added = buf_of(w->arena, ADDED_MAX);
    return true;
}
