/* Base64, quoted-printable, hexadecimal, modified UTF-7, JSON strings. */
#include "base/arena.h"
#include "format/base64.h"
#include "format/hex.h"
#include "format/json.h"
#include "format/qp.h"
#include "format/utf7.h"
#include "format/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct ctx cx = {.arena = arena_open()};
    struct str in = str_of(data, n), out;
    must(str_eq(base64_decode(cx.arena, base64_encode_lines(cx.arena, in), n), in));
    must(base64_decode(cx.arena, in, n / 2).n <= n / 2);
    if (base64_decode_strict(&cx, in, &out) == OK)
        must(str_eq(base64_encode(cx.arena, out), in));
    must(qp_decode(cx.arena, in, n / 2).n <= n / 2);
    must(qp_decode(cx.arena, in, SIZE_MAX).n <= n);
    (void)qp_decode_word(cx.arena, in);
    if (hex_decode(&cx, in, &out) == OK)
        must(hex_encode(cx.arena, out).n == n);
    if (utf7_decode(&cx, in, &out) == OK)
        must(utf8_valid(out) && str_eq(utf7_encode(cx.arena, out), in));
    struct buf b = buf_of(cx.arena, n * 6 + 16);
    json_escape(&b, in);
    must(!b.overflow && utf8_valid(buf_str(&b)));
    arena_close(cx.arena);
    return 0;
}
