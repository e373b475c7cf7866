/* Dot-stuffing: each message, in each two pieces, is the same on the wire; long runs are not
 * copied. */
#include "proto/pop3/stuff.h"
#include "../unit.h"
#include "base/rope.h"

struct row {
    const char *message;
    uint32_t lines; /* UINT32_MAX: all */
    const char *wire;
    uint64_t size; /* as LIST tells */
};

enum { ALL = UINT32_MAX };

static const struct row rows[] = {
    {"", ALL, ".\r\n", 0},
    {"\r\n", ALL, "\r\n.\r\n", 2},
    {"a", ALL, "a\r\n.\r\n", 3},
    {".", ALL, "..\r\n.\r\n", 3},
    {".\r\n", ALL, "..\r\n.\r\n", 3},
    {"..\r\n.a\r\n", ALL, "...\r\n..a\r\n.\r\n", 8},
    {"a.\r\nb", ALL, "a.\r\nb\r\n.\r\n", 7},
    {"a\n.\nb\n", ALL, "a\r\n..\r\nb\r\n.\r\n", 9},
    {"a\r.\r\n", ALL, "a\r.\r\n.\r\n", 5},
    {"a\r", ALL, "a\r\r\n.\r\n", 4},
    {"\n\n", ALL, "\r\n\r\n.\r\n", 4},
    {"A: b\r\n\r\none\r\n.two\r\n", 0, "A: b\r\n\r\n.\r\n", 19},
    {"A: b\r\n\r\none\r\n.two\r\n", 1, "A: b\r\n\r\none\r\n.\r\n", 19},
    {"A: b\r\n\r\none\r\n.two\r\n", 2, "A: b\r\n\r\none\r\n..two\r\n.\r\n", 19},
    {"A: b\r\n\r\none\r\n.two\r\n", 9, "A: b\r\n\r\none\r\n..two\r\n.\r\n", 19},
    {"A: b\n\n\none", 1, "A: b\r\n\r\n\r\n.\r\n", 15},
    {"A: b\r\nC: d\r\n", 3, "A: b\r\nC: d\r\n.\r\n", 12},
    {"\r\nbody\r\n", 0, "\r\n.\r\n", 8},
};

static struct str wire_of(struct arena *a, const struct row *row, size_t cut)
{
    struct str all = str_z(row->message);
    struct rope out = rope_of(a);
    struct pop3_stuff s = pop3_stuff_of(row->lines == ALL, row->lines);
    pop3_stuff_add(&s, str_sub(all, 0, cut), &out);
    pop3_stuff_add(&s, str_from(all, cut), &out);
    pop3_stuff_end(&s, &out);
    return rope_flatten(&out, a);
}

static void is_the_same_in_all_pieces(void **state)
{
    struct arena *a = arena_open();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t cut = 0; cut <= strlen(rows[i].message); cut++)
            assert_str(wire_of(a, &rows[i], cut), str_z(rows[i].wire));
    arena_close(a);
}

static void tells_the_octets_as_sent(void **state)
{
    struct arena *a = arena_open();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str all = str_z(rows[i].message);
        for (size_t cut = 0; cut <= all.n; cut++) {
            struct rope r = rope_of(a);
            rope_ref(&r, str_sub(all, 0, cut));
            rope_ref(&r, str_from(all, cut));
            if (pop3_stuff_size(&r) != rows[i].size)
                fail_msg("row %zu cut at %zu: %llu octets", i, cut,
                         (unsigned long long)pop3_stuff_size(&r));
        }
    }
    arena_close(a);
}

static void does_not_copy_long_runs(void **state)
{
    struct arena *a = arena_open();
    char *big = arena_alloc(a, 4096);
    (void)state;
    memset(big, 'x', 4096);
    memcpy(big + 2000, "\r\n.", 3);
    memcpy(big + 4094, "\r\n", 2);
    struct rope out = rope_of(a);
    struct pop3_stuff s = pop3_stuff_of(true, 0);
    pop3_stuff_add(&s, str_of(big, 4096), &out);
    assert_ptr_equal(out.first->bytes.p, big);
    assert_int_equal(out.first->bytes.n, 2002);
    assert_str(out.first->next->bytes, STR("."));
    assert_ptr_equal(out.first->next->next->bytes.p, big + 2002);
    assert_int_equal(out.bytes, 4097);
    arena_close(a);
}

/* A message of dots alone must not cost many times its size. */
static void bears_many_short_lines(void **state)
{
    enum { LINES = 100000 };
    struct arena *a = arena_open(), *lines = arena_open();
    char *dots = arena_alloc(lines, LINES * 3);
    (void)state;
    for (size_t i = 0; i < LINES; i++)
        memcpy(dots + i * 3, ".\r\n", 3);
    struct rope out = rope_of(a);
    struct pop3_stuff s = pop3_stuff_of(true, 0);
    pop3_stuff_add(&s, str_of(dots, LINES * 3), &out);
    assert_int_equal(out.bytes, LINES * 4);
    assert_true(arena_used(a) < (size_t)LINES * 12);
    arena_close(a);
    arena_close(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_same_in_all_pieces),
        cmocka_unit_test(tells_the_octets_as_sent),
        cmocka_unit_test(does_not_copy_long_runs),
        cmocka_unit_test(bears_many_short_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
