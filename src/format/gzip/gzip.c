#include "format/gzip/gzip.h"
#include "base/arena.h"
#include <zlib.h>

enum { WINDOW_GZIP = 15 + 16, MEMORY = 8 };

struct str gzip_pack(struct arena *a, struct str in)
{
    z_stream z = {0};
    must(deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_GZIP, MEMORY,
                      Z_DEFAULT_STRATEGY) == Z_OK);
    size_t room = deflateBound(&z, in.n);
    unsigned char *out = arena_alloc(a, room);
    must(in.n <= UINT32_MAX && room <= UINT32_MAX);
    z.next_in = (unsigned char *)(uintptr_t)in.p;
    z.avail_in = (uInt)in.n;
    z.next_out = out;
    z.avail_out = (uInt)room;
    must(deflate(&z, Z_FINISH) == Z_STREAM_END);
    size_t n = z.total_out;
    deflateEnd(&z);
    return str_of(out, n);
}
