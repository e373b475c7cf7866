/* Every message that is not of 7 bits, before and after its conversion, for another judge to
   compare (seven.py): "SIZE SIZE NAME\n" and the bytes of both; a second SIZE of "-" is a
   refusal. */
#include "format/seven/seven.h"
#include "base/arena.h"
#include "format/compose/compose.h"
#include "format/utf8.h"
#include "judge/messages.h"
#include <stdio.h>

enum { BYTES_MAX = 1024 * 1024 };

static void convert(void *self, const char *name, struct str message)
{
    struct ctx cx = {.arena = arena_open()};
    struct str in, out;
    (void)self;
    if (message.n <= BYTES_MAX && !utf8_is_ascii(message) && message_looks_like_mail(message)) {
        in = compose_lines(cx.arena, message);
        if (seven_bits(&cx, in, &out) == OK) {
            printf("%zu %zu %s\n", in.n, out.n, name);
            fwrite(in.p, 1, in.n, stdout);
            fwrite(out.p, 1, out.n, stdout);
        } else {
            printf("%zu - %s: %s\n", in.n, name, cx.err.what);
            fwrite(in.p, 1, in.n, stdout);
        }
    }
    arena_close(cx.arena);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        messages_each(argv[i], convert, NULL);
    return fflush(stdout) == 0 ? 0 : 1;
}
