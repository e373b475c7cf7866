#include "base/buf.h"
#include "base/cur.h"
#include "unit.h"

static void appends(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct buf b = buf_of(a, 1000);
    assert_str(buf_str(&b), STR(""));
    buf_add(&b, STR("ab"));
    buf_add(&b, (struct str){0});
    buf_byte(&b, '\0');
    buf_fill(&b, '-', 3);
    buf_fill(&b, '-', 0);
    buf_printf(&b, "%03d", 7);
    buf_printf(&b, "%s", "");
    buf_u64(&b, 0);
    buf_u64(&b, UINT64_MAX);
    assert_str(buf_str(&b), STR("ab\0---007018446744073709551615"));
    assert_false(b.overflow);
    buf_reset(&b);
    assert_str(buf_str(&b), STR(""));
    buf_byte(&b, 'x');
    assert_str(buf_str(&b), STR("x"));
}

static void long_output_of_printf(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    static const int widths[] = {254, 255, 256, 257, 4000};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        struct buf b = buf_of(a, 5000);
        buf_printf(&b, "%*d|", widths[i] - 1, 5);
        assert_int_equal(b.n, widths[i]);
        assert_true(str_ends(buf_str(&b), STR("5|")));
    }
}

static void little_endian(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct buf b = buf_of(a, 100);
    buf_le8(&b, 0xf1);
    buf_le16(&b, 0xf1f2);
    buf_le32(&b, 0xf1f2f3f4);
    buf_le64(&b, 0xf1f2f3f4f5f6f7f8);
    buf_le_str(&b, STR("hi"));
    assert_str(buf_str(&b), STR("\xf1\xf2\xf1\xf4\xf3\xf2\xf1\xf8\xf7\xf6\xf5\xf4\xf3\xf2\xf1"
                                "\x02\0\0\0hi"));
}

/* A byte for each seven bits; what is cut short or has too many bits is no number. */
static void varints(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    for (unsigned bits = 0; bits <= 64; bits++) {
        uint64_t value = bits ? UINT64_MAX >> (64 - bits) : 0, out;
        struct buf b = buf_of(a, 10);
        buf_varint(&b, value);
        assert_int_equal(b.n, bits ? (bits + 6) / 7 : 1);
        struct cur c = cur_of(buf_str(&b));
        assert_true(cur_varint(&c, &out) && cur_end(&c));
        assert_true(out == value);
        c = cur_of(str_sub(buf_str(&b), 0, b.n - 1));
        assert_false(cur_varint(&c, &out));
    }
    uint64_t out;
    struct cur c = cur_of(STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"));
    assert_false(cur_varint(&c, &out));
    c = cur_of(STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
    assert_false(cur_varint(&c, &out));
    assert_int_equal(c.rest.n, 11);
}

/* Against a model: what fits is there, what does not is not, and overflow says which. */
static void keeps_its_maximum(void **state)
{
    (void)state;
    struct random r = {.seed = 3};
    struct arena *a AUTO(arena_close) = arena_open();
    for (int round = 0; round < 3000; round++) {
        size_t max = random_below(&r, 300), n = 0;
        struct buf b = buf_of(a, max);
        char model[300];
        bool overflow = false;
        for (int step = 0; step < 20; step++) {
            struct str s = random_text(&r, a, 40, "abc");
            if (s.n > max - n) {
                overflow = true;
            } else {
                memcpy(model + n, s.p, s.n);
                n += s.n;
            }
            buf_add(&b, s);
            assert_str(buf_str(&b), str_of(model, n));
            assert_int_equal(b.overflow, overflow);
            assert_true(b.cap <= max);
        }
        arena_reset(a);
    }
}

static void every_way_past_the_maximum_is_seen(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    for (int way = 0; way < 8; way++) {
        struct buf b = buf_of(a, 0);
        switch (way) {
        case 0:
            buf_byte(&b, 'x');
            break;
        case 1:
            buf_fill(&b, 'x', SIZE_MAX);
            break;
        case 2:
            buf_printf(&b, "x");
            break;
        case 3:
            buf_u64(&b, 1);
            break;
        case 4:
            buf_le8(&b, 1);
            break;
        case 5:
            buf_le64(&b, 1);
            break;
        case 6:
            buf_le_str(&b, STR(""));
            break;
        default:
            buf_add(&b, STR("x"));
        }
        assert_true(b.overflow);
        assert_int_equal(b.n, 0);
        buf_reset(&b);
        assert_false(b.overflow);
    }
}

/* Each length is copied in a way of its own; what lies around stays. */
static void words_of_each_length(void **state)
{
    (void)state;
    static const char text[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    struct arena *a AUTO(arena_close) = arena_open();
    for (size_t n = 0; n < sizeof text; n++) {
        struct buf b = buf_of(a, 1000);
        buf_byte(&b, '<');
        buf_add(&b, str_of(text, n));
        buf_byte(&b, '>');
        buf_add(&b, str_of(text, n));
        struct str got = buf_str(&b);
        assert_int_equal(got.n, 2 * n + 2);
        assert_true(got.p[0] == '<' && got.p[n + 1] == '>');
        assert_memory_equal(got.p + 1, text, n);
        assert_memory_equal(got.p + n + 2, text, n);
    }
}

static void digits(void **state)
{
    (void)state;
    struct random r = {.seed = 4};
    for (int round = 0; round < 5000; round++) {
        uint64_t value = random_u64(&r) >> random_below(&r, 64);
        char got[20], wanted[32];
        size_t n = u64_digits(value, got);
        snprintf(wanted, sizeof wanted, "%llu", (unsigned long long)value);
        assert_str(str_of(got, n), str_z(wanted));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends),
        cmocka_unit_test(long_output_of_printf),
        cmocka_unit_test(little_endian),
        cmocka_unit_test(varints),
        cmocka_unit_test(keeps_its_maximum),
        cmocka_unit_test(every_way_past_the_maximum_is_seen),
        cmocka_unit_test(words_of_each_length),
        cmocka_unit_test(digits),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
