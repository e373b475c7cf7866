/* HTML to text. */
#include "base/arena.h"
#include "format/text.h"
#include "format/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *a = arena_open();
    struct buf out = buf_of(a, n * 2 + 16), small = buf_of(a, 16);
    text_from_html(&out, str_of(data, n));
    must(utf8_valid(buf_str(&out)));
    text_from_html(&small, str_of(data, n));
    must(small.n <= 16);
    arena_close(a);
    return 0;
}
