/* Any message to 7 bits: what comes out has 7 bits, stays when it is converted again. */
#include "format/seven/seven.h"
#include "base/arena.h"
#include "format/mime.h"
#include "format/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct ctx cx = {.arena = arena_open()};
    struct str in = str_of(data, n), out, again;
    (void)seven_headers(&cx, in);
    if (seven_bits(&cx, in, &out) == OK) {
        must(utf8_is_ascii(out) && str_chr(out, 0) == SIZE_MAX);
        must(seven_bits(&cx, out, &again) == OK && str_eq(out, again));
    }
    arena_close(cx.arena);
    return 0;
}
