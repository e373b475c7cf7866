#include "io/deflate.h"
#include "base/banned.h"
#include "io/lane.h"
#include <sys/mman.h>
#include <zlib.h>

enum {
    RAW = -15,      /* windowBits: no header, 32 KiB back */
    RAW_SENT = -14, /* 16 KiB back: half of the memory for a little less */
    MEM_LEVEL = 7,  /* 128 KiB in all, a thread */
    LEVEL = 3,      /* more costs the server more than it saves the line */
    WINDOW = 32768,
    REST_MAX = WINDOW + 1024, /* a window that cannot be compressed */
    STATE_BYTES = 7160,       /* of zlib 1.2 */
    PIECES = 4,
};

struct squeezed {
    z_stream in;
    bool awake;        /* in is there */
    bool between;      /* nothing is half read: it may rest */
    struct str kept;   /* malloc'ed: came and is not open yet */
    size_t kept_at;    /* so much of it is */
    struct str asleep; /* malloc'ed: the last 32 KiB, compressed */
    struct piece {
        void *p;
        size_t n;
    } pieces[PIECES]; /* of zlib's memory */
};

struct compressor {
    z_stream out;
};

/* Whole pages, so that a session that rests gives them back to the system, not to a heap that
   thousands of others have holes in. */
static void *piece_take(void *squeezed, unsigned items, unsigned size)
{
    struct squeezed *z = squeezed;
    size_t n = (size_t)items * size;
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(p != MAP_FAILED);
    for (size_t i = 0; i < PIECES; i++) {
        if (z->pieces[i].p)
            continue;
        z->pieces[i] = (struct piece){p, n};
        return p;
    }
    must(false); /* zlib takes a state and a window */
    return NULL;
}

static void piece_give(void *squeezed, void *p)
{
    struct squeezed *z = squeezed;
    for (size_t i = 0; i < PIECES; i++) {
        if (z->pieces[i].p != p)
            continue;
        munmap(p, z->pieces[i].n);
        z->pieces[i] = (struct piece){0};
    }
}

static Bytef *bytes_of(struct str s)
{
    return (Bytef *)(uintptr_t)s.p; /* zlib 1.2 reads what next_in points to, and no more */
}

static struct str copy_of(const char *p, size_t n)
{
    char *copy = malloc(n);
    must(copy);
    memcpy(copy, p, n);
    return str_of(copy, n);
}

static void let_go(struct str *s)
{
    free((char *)(uintptr_t)s->p);
    *s = (struct str){0};
}

struct squeezed *squeezed_open(struct str came)
{
    struct squeezed *z = calloc(1, sizeof *z);
    must(z);
    z->between = true;
    squeezed_keep(z, came);
    return z;
}

void squeezed_close(struct squeezed *z)
{
    if (!z)
        return;
    if (z->awake)
        inflateEnd(&z->in);
    let_go(&z->kept);
    let_go(&z->asleep);
    free(z);
}

void squeezed_keep(struct squeezed *z, struct str came)
{
    if (!came.n)
        return;
    size_t left = z->kept.n - z->kept_at;
    char *p = malloc(left + came.n);
    must(p);
    if (left)
        memcpy(p, z->kept.p + z->kept_at, left);
    memcpy(p + left, came.p, came.n);
    let_go(&z->kept);
    z->kept = str_of(p, left + came.n);
    z->kept_at = 0;
}

bool squeezed_has(const struct squeezed *z)
{
    return z && z->kept.n > 0;
}

/* --- what comes --- */

static void wake_up(struct squeezed *z, struct lane *lane)
{
    if (z->awake)
        return;
    z->in = (z_stream){.zalloc = piece_take, .zfree = piece_give, .opaque = z};
    must(inflateInit2(&z->in, RAW) == Z_OK);
    z->awake = true;
    if (!z->asleep.n)
        return;
    char *window = lane_sealed(lane);
    z->in.next_in = bytes_of(z->asleep);
    z->in.avail_in = (uInt)z->asleep.n;
    z->in.next_out = (Bytef *)window;
    z->in.avail_out = WINDOW;
    must(inflate(&z->in, Z_SYNC_FLUSH) == Z_OK);
    uInt n = WINDOW - z->in.avail_out;
    must(inflateReset(&z->in) == Z_OK && inflateSetDictionary(&z->in, (Bytef *)window, n) == Z_OK);
    let_go(&z->asleep);
}

bool squeezed_next(struct squeezed *z, struct lane *lane, char *room, size_t size,
                   struct str *plain)
{
    wake_up(z, lane);
    size_t left = z->kept.n - z->kept_at;
    z->in.next_in = bytes_of(str_from(z->kept, z->kept_at));
    z->in.avail_in = (uInt)left;
    z->in.next_out = (Bytef *)room;
    z->in.avail_out = (uInt)size;
    int result = inflate(&z->in, Z_SYNC_FLUSH);
    if (result != Z_OK && result != Z_BUF_ERROR)
        return false; /* damaged, or ended: nothing may follow that (RFC 4978 section 4) */
    z->kept_at += left - z->in.avail_in;
    *plain = str_of(room, size - z->in.avail_out);
    /* Between two blocks, on a byte's edge (zlib.h, data_type); and no output is held back. */
    z->between = (z->in.data_type & 0xff) == 128 && z->in.avail_out;
    if (z->kept_at == z->kept.n && z->in.avail_out) {
        let_go(&z->kept);
        z->kept_at = 0;
    }
    return true;
}

static struct compressor *compressor_of(struct lane *lane)
{
    struct compressor *c = lane->compressor;
    if (!c) {
        c = lane->compressor = calloc(1, sizeof *c);
        must(c);
        must(deflateInit2(&c->out, LEVEL, Z_DEFLATED, RAW_SENT, MEM_LEVEL, Z_DEFAULT_STRATEGY) ==
             Z_OK);
    }
    must(deflateReset(&c->out) == Z_OK);
    return c;
}

void squeezed_rest(struct squeezed *z, struct lane *lane)
{
    if (!z->awake || !z->between || z->kept.n)
        return;
    struct compressor *c = compressor_of(lane);
    char *window = lane_sealed(lane), *small = window + WINDOW;
    uInt n = 0;
    must(inflateGetDictionary(&z->in, (Bytef *)window, &n) == Z_OK);
    c->out.next_in = (Bytef *)window;
    c->out.avail_in = n;
    c->out.next_out = (Bytef *)small;
    c->out.avail_out = REST_MAX;
    must(deflate(&c->out, Z_SYNC_FLUSH) == Z_OK && c->out.avail_out);
    if (n)
        z->asleep = copy_of(small, REST_MAX - c->out.avail_out);
    inflateEnd(&z->in);
    z->awake = false;
}

bool squeezed_is_awake(const struct squeezed *z)
{
    return z && z->awake && z->between;
}

size_t squeezed_bytes(const struct squeezed *z)
{
    return sizeof *z + z->kept.n + z->asleep.n + (z->awake ? STATE_BYTES + WINDOW : 0);
}

/* --- what is sent --- */

/* Feeds one piece; what comes out goes to the rope. */
static void feed(struct compressor *c, char *room, struct str piece, int flush, struct rope *out)
{
    c->out.next_in = bytes_of(piece);
    c->out.avail_in = (uInt)piece.n;
    do {
        c->out.next_out = (Bytef *)room;
        c->out.avail_out = LANE_SEALED_BYTES;
        int result = deflate(&c->out, flush);
        must(result == Z_OK || result == Z_BUF_ERROR);
        rope_put(out, str_of(room, LANE_SEALED_BYTES - c->out.avail_out));
    } while (!c->out.avail_out);
}

struct rope squeeze(struct lane *lane, struct rope *plain)
{
    struct rope out = rope_of(plain->arena);
    if (plain->bytes) {
        struct compressor *c = compressor_of(lane);
        char *room = lane_sealed(lane);
        for (const struct rope_piece *p = plain->first; p; p = p->next)
            if (p->bytes.n)
                feed(c, room, p->bytes, Z_NO_FLUSH, &out);
        feed(c, room, (struct str){0}, Z_SYNC_FLUSH, &out);
    }
    rope_drop(plain);
    return out;
}

void compressor_close(struct compressor *c)
{
    if (!c)
        return;
    deflateEnd(&c->out);
    free(c);
}
