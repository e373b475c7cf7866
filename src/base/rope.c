#include "base/rope.h"
#include "base/buf.h"
#include <stdarg.h>
#include <sys/uio.h>

enum { BLOCK_FIRST = 256, BLOCK_LAST = 64 * 1024 };

struct rope rope_of(struct arena *a)
{
    return (struct rope){.arena = a};
}

static struct rope_piece *piece_add(struct rope *r, struct str bytes)
{
    struct rope_piece *piece = ARENA_NEW(r->arena, struct rope_piece);
    piece->bytes = bytes;
    if (r->last)
        r->last->next = piece;
    else
        r->first = piece;
    r->last = piece;
    r->bytes += bytes.n;
    r->tail_room = 0;
    return piece;
}

void rope_put(struct rope *r, struct str s)
{
    if (s.n == 0)
        return;
    if (s.n > r->tail_room) {
        size_t size = r->bytes < BLOCK_FIRST ? BLOCK_FIRST : r->bytes;
        if (size > BLOCK_LAST)
            size = BLOCK_LAST;
        if (size < s.n)
            size = s.n;
        piece_add(r, str_of(arena_alloc(r->arena, size), 0));
        r->tail_room = size;
    }
    struct str *tail = &r->last->bytes;
    memcpy((char *)(uintptr_t)tail->p + tail->n, s.p, s.n);
    tail->n += s.n;
    r->tail_room -= s.n;
    r->bytes += s.n;
}

void rope_printf(struct rope *r, const char *format, ...)
{
    char small[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    must(n >= 0);
    if ((size_t)n < sizeof small) {
        rope_put(r, str_of(small, (size_t)n));
        return;
    }
    char *large = arena_alloc(r->arena, (size_t)n + 1);
    va_start(args, format);
    vsnprintf(large, (size_t)n + 1, format, args);
    va_end(args);
    piece_add(r, str_of(large, (size_t)n));
}

void rope_u64(struct rope *r, uint64_t value)
{
    char digits[20];
    rope_put(r, str_of(digits, u64_digits(value, digits)));
}

void rope_ref(struct rope *r, struct str s)
{
    if (s.n)
        piece_add(r, s);
}

void rope_own(struct rope *r, struct str s, void (*release)(void *owner), void *owner)
{
    struct rope_piece *piece = piece_add(r, s);
    piece->release = release;
    piece->owner = owner;
}

void rope_join(struct rope *a, struct rope *b)
{
    must(a->arena == b->arena || !b->first);
    if (!b->first)
        return;
    if (a->last)
        a->last->next = b->first;
    else
        a->first = b->first;
    a->last = b->last;
    a->bytes += b->bytes;
    a->tail_room = b->tail_room;
    *b = rope_of(b->arena);
}

size_t rope_iovec(const struct rope *r, struct iovec *out, size_t count)
{
    size_t n = 0;
    for (struct rope_piece *p = r->first; p && n < count; p = p->next) {
        if (p->bytes.n == 0)
            continue;
        out[n++] = (struct iovec){(void *)(uintptr_t)p->bytes.p, p->bytes.n};
    }
    return n;
}

static void first_drop(struct rope *r)
{
    struct rope_piece *p = r->first;
    r->bytes -= p->bytes.n;
    r->first = p->next;
    if (!r->first) {
        r->last = NULL;
        r->tail_room = 0;
    }
    if (p->release)
        p->release(p->owner);
}

void rope_eat(struct rope *r, size_t n)
{
    must(n <= r->bytes);
    while (r->first && n >= r->first->bytes.n) {
        n -= r->first->bytes.n;
        first_drop(r);
    }
    if (n) {
        r->first->bytes.p += n;
        r->first->bytes.n -= n;
        r->bytes -= n;
    }
}

void rope_drop(struct rope *r)
{
    while (r->first)
        first_drop(r);
}

struct str rope_flatten(const struct rope *r, struct arena *a)
{
    char *all = arena_alloc(a, r->bytes + 1);
    size_t at = 0;
    for (struct rope_piece *p = r->first; p; p = p->next) {
        if (p->bytes.n)
            memcpy(all + at, p->bytes.p, p->bytes.n);
        at += p->bytes.n;
    }
    return str_of(all, at);
}
