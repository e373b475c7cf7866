/* The reader of OLE in the cage. */
#include "helper/readers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct buf out = buf_of(a, 65536);
    (void)reader_ole(str_of(data, n), &out);
    must(out.n <= out.max);
    return 0;
}
