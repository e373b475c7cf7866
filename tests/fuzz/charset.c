/* A charset's name up to the first LF, then text in it. */
#include "format/charset.h"
#include "base/arena.h"
#include "base/cur.h"
#include "format/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *a = arena_open();
    struct cur c = cur_of(str_of(data, n));
    struct str name;
    if (cur_until(&c, '\n', &name)) {
        struct str text = charset_to_utf8(a, name, c.rest);
        must(utf8_valid(text));
        must(utf8_valid(utf8_fold(a, text)));
        must(utf8_valid(utf8_nfc(a, text)));
        must(utf8_valid(utf8_cut(text, 5)));
    }
    arena_close(a);
    return 0;
}
