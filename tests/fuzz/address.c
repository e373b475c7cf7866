/* Address lists, and strict mailboxes. */
#include "format/address.h"
#include "base/arena.h"
#include "format/domain.h"
#include "format/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct ctx cx = {.arena = arena_open()};
    struct str in = str_of(data, n), out;
    struct address_list l = address_parse(cx.arena, in);
    for (size_t i = 0; i < l.count; i++) {
        must(utf8_valid(address_name(cx.arena, &l.at[i])));
        must(utf8_valid(address_spec(cx.arena, &l.at[i])));
    }
    if (address_valid(in)) {
        l = address_parse(cx.arena, in);
        must(l.count == 1 && l.at[0].kind == ADDRESS_MAILBOX);
    }
    if (domain_to_ascii(&cx, in, &out) == OK)
        must(domain_valid(out) && utf8_is_ascii(out));
    (void)!domain_to_unicode(&cx, in, &out);
    arena_close(cx.arena);
    return 0;
}
