/* Summaries that are none, and summaries of anything. */
#include "format/summary.h"
#include "base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void read_all(struct ctx *cx, struct str bytes)
{
    struct str s;
    struct summary_facts facts;
    struct summary_part *parts;
    struct mime_section section;
    struct summary_attachment x;
    uint32_t count;
    uint64_t *keys;
    size_t keys_count;
    for (unsigned f = 0; f < SUMMARY_FIELD_COUNT; f++)
        if (summary_get(cx, bytes, f, &s) == OK)
            for (struct cur c = cur_of(s); summary_next_attachment(&c, &x);)
                ;
    (void)!summary_facts(cx, bytes, &facts);
    (void)!summary_parts(cx, bytes, &parts, &count);
    (void)!summary_section(cx, bytes, STR("1.1"), &section, NULL);
    (void)!summary_keys(cx, bytes, &keys, &keys_count);
    (void)!summary_body(cx, bytes, &s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct ctx cx = {.arena = arena_open()};
    struct str encoded;
    struct summary_part *parts;
    uint32_t count;
    read_all(&cx, str_of(data, n));
    must(summary_make(&cx, str_of(data, n), &encoded) == OK);
    must(summary_parts(&cx, encoded, &parts, &count) == OK);
    read_all(&cx, encoded);
    arena_close(cx.arena);
    return 0;
}
