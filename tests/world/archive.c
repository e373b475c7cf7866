#include "archive.h"
#include "base/buf.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

enum { ARCHIVE_MAX = 256 * 1024 * 1024, TAR_BLOCK = 512, TAR_SIZE_AT = 124, TAR_SIZE_N = 12 };

static struct str file_of(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    struct buf b = buf_of(a, ARCHIVE_MAX);
    char block[65536];
    size_t n;
    must(f);
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        buf_add(&b, str_of(block, n));
    fclose(f);
    return buf_str(&b);
}

static struct str decompressed(struct arena *a, struct str packed)
{
    ZSTD_DStream *z = ZSTD_createDStream();
    struct buf b = buf_of(a, ARCHIVE_MAX);
    ZSTD_inBuffer in = {packed.p, packed.n, 0};
    size_t left = 1;
    must(z && !ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, 27)));
    while (left && !b.overflow) {
        char block[65536];
        ZSTD_outBuffer out = {block, sizeof block, 0};
        left = ZSTD_decompressStream(z, &out, &in);
        must(!ZSTD_isError(left) && (out.pos || in.pos < in.size || !left));
        buf_add(&b, str_of(block, out.pos));
    }
    ZSTD_freeDStream(z);
    return buf_str(&b);
}

bool archive_next(struct cur *c, struct str *name, struct str *bytes)
{
    struct str head, padding;
    if (!cur_bytes(c, TAR_BLOCK, &head) || *head.p == 0)
        return false;
    char size[TAR_SIZE_N + 1] = {0};
    for (size_t i = 0; i < TAR_SIZE_N; i++)
        size[i] = head.p[TAR_SIZE_AT + i];
    size_t n = strtoul(size, NULL, 8);
    *name = str_of(head.p, strnlen(head.p, 100));
    return cur_bytes(c, n, bytes) &&
           cur_bytes(c, (TAR_BLOCK - n % TAR_BLOCK) % TAR_BLOCK, &padding);
}

bool archive_open(struct arena *a, const char *archive, struct cur *files)
{
    const char *set = getenv("POSTROAD_CORPORA");
    const char *path = str_printf(a, "%s/%s", set ? set : "../shared/corpora", archive).p;
    if (access(path, R_OK) != 0) {
        printf("SKIP: no %s\n", path);
        return false;
    }
    *files = cur_of(decompressed(a, file_of(a, path)));
    return true;
}
