#include "zip.h"
#include "base/arena.h"
#include <string.h>
#include <zlib.h>

enum { VERSION = 20, DEFLATE = 8, ROOM = 1 << 22 };

static void give(z_stream *z, struct str part, int flush, struct buf *out)
{
    char block[65536];
    z->next_in = (Bytef *)(uintptr_t)part.p;
    z->avail_in = (uInt)part.n;
    do {
        z->next_out = (Bytef *)block;
        z->avail_out = sizeof block;
        must(deflate(z, flush) != Z_STREAM_ERROR);
        buf_add(out, str_of(block, sizeof block - z->avail_out));
    } while (!z->avail_out);
}

void zip_add(struct buf *zip, const char *name, struct str content, size_t repeat)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct buf packed = buf_of(a, ROOM);
    uLong crc = crc32(0, NULL, 0);
    z_stream z = {0};
    must(deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    for (size_t i = 0; i < repeat; i++) {
        crc = crc32(crc, (const Bytef *)content.p, (uInt)content.n);
        give(&z, content, Z_NO_FLUSH, &packed);
    }
    give(&z, (struct str){0}, Z_FINISH, &packed);
    deflateEnd(&z);
    must(!packed.overflow);
    buf_add(zip, STR("PK\x03\x04"));
    buf_le16(zip, VERSION);
    buf_le16(zip, 0);
    buf_le16(zip, DEFLATE);
    buf_le32(zip, 0);
    buf_le32(zip, (uint32_t)crc);
    buf_le32(zip, (uint32_t)packed.n);
    buf_le32(zip, (uint32_t)(content.n * repeat));
    buf_le16(zip, (uint16_t)strlen(name));
    buf_le16(zip, 0);
    buf_add(zip, str_z(name));
    buf_add(zip, buf_str(&packed));
}
