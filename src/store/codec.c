#include "store/codec.h"
#include "base/arena.h"
#include <openssl/evp.h>
#include <pthread.h>
#include <zstd.h>

enum {
    LEVEL = -10,   /* fast; on mail it leaves 0.40 where 1 leaves 0.33, in two thirds of the time */
    LITERALS = 1,  /* coded, which levels below 1 leave out; on text that is most of the gain */
    KEPT_MAX = 64, /* idle codecs */
    TRY_BYTES = 128, /* below: stored as it is */
    GAIN_PERCENT =
        30, /* base64 of what is packed already gains 25, and costs more than it is worth */
    PROBE_BYTES = 4096,
    PROBE_FROM = 32 * 1024, /* above: a piece from the middle tells whether it is worth it */
};

struct codec {
    struct codec *next;
    EVP_MD_CTX *hash;
    ZSTD_CCtx *pack;
    ZSTD_DCtx *unpack;
    char *room;
    size_t room_n;
};

struct codecs {
    pthread_mutex_t lock;
    struct codec *idle;
    size_t idle_n;
    EVP_MD *sha256;
};

struct codecs *codecs_open(void)
{
    struct codecs *c = calloc(1, sizeof *c);
    must(c);
    pthread_mutex_init(&c->lock, NULL);
    c->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    must(c->sha256);
    return c;
}

static struct codec *codec_new(void)
{
    struct codec *x = calloc(1, sizeof *x);
    must(x);
    x->hash = EVP_MD_CTX_new();
    x->pack = ZSTD_createCCtx();
    x->unpack = ZSTD_createDCtx();
    must(x->hash && x->pack && x->unpack);
    ZSTD_CCtx_setParameter(x->pack, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(x->pack, ZSTD_c_checksumFlag, 1);
    /* "ZSTD_c_literalCompressionMode"; where it is refused, less is gained and nothing else. */
    ZSTD_CCtx_setParameter(x->pack, ZSTD_c_experimentalParam5, LITERALS);
    return x;
}

static void codec_free(struct codec *x)
{
    EVP_MD_CTX_free(x->hash);
    ZSTD_freeCCtx(x->pack);
    ZSTD_freeDCtx(x->unpack);
    free(x->room);
    free(x);
}

void codecs_close(struct codecs *c)
{
    while (c->idle) {
        struct codec *x = c->idle;
        c->idle = x->next;
        codec_free(x);
    }
    EVP_MD_free(c->sha256);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static struct codec *borrow(struct codecs *c)
{
    pthread_mutex_lock(&c->lock);
    struct codec *x = c->idle;
    if (x) {
        c->idle = x->next;
        c->idle_n--;
    }
    pthread_mutex_unlock(&c->lock);
    return x ? x : codec_new();
}

static void give_back(struct codecs *c, struct codec *x)
{
    pthread_mutex_lock(&c->lock);
    bool keep = c->idle_n < KEPT_MAX;
    if (keep) {
        x->next = c->idle;
        c->idle = x;
        c->idle_n++;
    }
    pthread_mutex_unlock(&c->lock);
    if (!keep)
        codec_free(x);
}

struct codec *codec_hash_begin(struct codecs *c)
{
    struct codec *x = borrow(c);
    must(EVP_DigestInit_ex(x->hash, c->sha256, NULL) == 1);
    return x;
}

void codec_hash_add(struct codec *x, struct str bytes)
{
    must(EVP_DigestUpdate(x->hash, bytes.p, bytes.n) == 1);
}

void codec_hash_end(struct codecs *c, struct codec *x, struct blob_id *out)
{
    unsigned n = 0;
    must(EVP_DigestFinal_ex(x->hash, out->bytes, &n) == 1 && n == sizeof out->bytes);
    give_back(c, x);
}

void codec_sha256(struct codecs *c, struct str bytes, struct blob_id *out)
{
    struct codec *x = codec_hash_begin(c);
    codec_hash_add(x, bytes);
    codec_hash_end(c, x, out);
}

static void make_room(struct codec *x, size_t n)
{
    if (x->room_n >= n)
        return;
    free(x->room);
    x->room = malloc(n);
    must(x->room);
    x->room_n = n;
}

/* The compressed bytes in x->room, or empty when they gain too little. */
static struct str squeeze(struct codec *x, struct str plain)
{
    make_room(x, ZSTD_compressBound(plain.n));
    size_t n = ZSTD_compress2(x->pack, x->room, x->room_n, plain.p, plain.n);
    if (ZSTD_isError(n) || n > plain.n - plain.n * GAIN_PERCENT / 100)
        return (struct str){0};
    return str_of(x->room, n);
}

static bool is_worth_it(struct codec *x, struct str plain)
{
    if (plain.n < TRY_BYTES)
        return false;
    return plain.n < PROBE_FROM || squeeze(x, str_sub(plain, plain.n / 2, PROBE_BYTES)).n;
}

struct str codec_pack(struct codecs *c, struct arena *a, struct str head, size_t method_at,
                      struct str plain)
{
    struct codec *x = borrow(c);
    struct str packed = is_worth_it(x, plain) ? squeeze(x, plain) : (struct str){0};
    const struct str body = packed.n ? packed : plain;
    char *out = arena_alloc(a, head.n + body.n);
    memcpy(out, head.p, head.n);
    out[method_at] = packed.n ? METHOD_ZSTD : METHOD_RAW;
    if (body.n)
        memcpy(out + head.n, body.p, body.n);
    give_back(c, x);
    return str_of(out, head.n + body.n);
}

bool codec_unpack(struct codecs *c, int method, struct str packed, char *out, size_t n)
{
    if (method == METHOD_RAW) {
        if (packed.n == n && n)
            memcpy(out, packed.p, n);
        return packed.n == n;
    }
    if (method != METHOD_ZSTD)
        return false;
    struct codec *x = borrow(c);
    size_t got = ZSTD_decompressDCtx(x->unpack, out, n, packed.p, packed.n);
    give_back(c, x);
    return !ZSTD_isError(got) && got == n;
}
