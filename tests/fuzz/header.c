/* Fields, encoded words, parameters, message ids. */
#include "format/header.h"
#include "base/arena.h"
#include "format/header/downgrade.h"
#include "format/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *a = arena_open();
    struct str in = str_of(data, n), id;
    struct str names[] = {STR("Subject"), STR("To")};
    struct header_content content;
    struct header_field f;
    must(utf8_valid(header_text(a, in)));
    must(utf8_valid(header_decode_words(a, in)));
    if (header_content_type(a, in, &content))
        for (size_t i = 0; i < content.count; i++)
            must(utf8_valid(content.params[i].value));
    (void)header_disposition(a, in, &content);
    for (struct cur c = cur_of(in); header_next_id(a, &c, &id);)
        must(id.n > 2);
    for (struct cur c = cur_of(in); header_next(&c, &f);)
        must(f.name.n && f.line.n > f.name.n);
    (void)header_pick(a, in, names, 2, true);
    if (downgrade_is_needed(in))
        must(utf8_is_ascii(downgrade_header(a, in)));
    (void)downgrade_envelope(a, in);
    arena_close(a);
    return 0;
}
