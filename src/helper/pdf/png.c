#include "helper/pdf/png.h"
#include "helper/pdf/draw.h"
#include <zlib.h>

enum { LEVEL = 4, BLOCK = 65536, PIXEL = 3, DEPTH = 8, COLOUR = 2, FILTER_UP = 2 };

static void put_u32(struct buf *out, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_byte(out, (char)(value >> shift & 0xff));
}

static void put_chunk(struct buf *out, struct str name, struct str data)
{
    uLong crc = crc32(crc32(0, NULL, 0), (const Bytef *)name.p, (uInt)name.n);
    put_u32(out, (uint32_t)data.n);
    buf_add(out, name);
    buf_add(out, data);
    if (data.n)
        crc = crc32(crc, (const Bytef *)data.p, (uInt)data.n);
    put_u32(out, (uint32_t)crc);
}

static void put_head(struct arena *a, struct buf *out, const struct pdf_picture *p)
{
    struct buf head = buf_of(a, 16);
    put_u32(&head, p->width);
    put_u32(&head, p->height);
    buf_byte(&head, DEPTH);
    buf_byte(&head, COLOUR);
    buf_add(&head, STR("\0\0\0")); /* deflate, filters, not interlaced */
    put_chunk(out, STR("IHDR"), buf_str(&head));
}

/* What differs from the row above: white paper is nothing but zeros. */
static void filter(const struct pdf_picture *p, uint32_t y, char *row)
{
    const char *now = p->rows + p->stride * y, *above = y ? now - p->stride : NULL;
    row[0] = FILTER_UP;
    for (size_t i = 0; i < (size_t)p->width * PIXEL; i++)
        row[i + 1] = (char)(now[i] - (above ? above[i] : 0));
}

/* Packs what z was given; a full block becomes a chunk. */
static void pack(z_stream *z, int flush, char *block, struct buf *out)
{
    int code;
    do {
        code = deflate(z, flush);
        must(code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR);
        if (z->avail_out == 0 || code == Z_STREAM_END) {
            put_chunk(out, STR("IDAT"), str_of(block, BLOCK - z->avail_out));
            z->next_out = (Bytef *)block;
            z->avail_out = BLOCK;
        }
    } while (code != Z_STREAM_END && (z->avail_in || flush == Z_FINISH));
}

bool png_put(struct buf *out, const struct pdf_picture *p)
{
    struct arena *a AUTO(arena_close) = arena_open();
    char *row = arena_alloc(a, (size_t)p->width * PIXEL + 1), *block = arena_alloc(a, BLOCK);
    z_stream z = {0};
    buf_add(out, STR("\x89PNG\r\n\x1a\n"));
    put_head(a, out, p);
    must(deflateInit(&z, LEVEL) == Z_OK);
    z.next_out = (Bytef *)block;
    z.avail_out = BLOCK;
    for (uint32_t y = 0; y < p->height && !out->overflow; y++) {
        filter(p, y, row);
        z.next_in = (Bytef *)row;
        z.avail_in = (uInt)((size_t)p->width * PIXEL + 1);
        pack(&z, Z_NO_FLUSH, block, out);
    }
    pack(&z, Z_FINISH, block, out);
    deflateEnd(&z);
    put_chunk(out, STR("IEND"), (struct str){0});
    return !out->overflow;
}
