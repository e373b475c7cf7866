#include "store/key.h"
#include "base/arena.h"
#include "base/cur.h"
#include "base/err.h"
#include "base/random.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

static int order(struct str a, struct str b)
{
    return sign(str_cmp(a, b));
}

/* Numbers of all sizes, and those where a group of bits ends. */
static uint64_t number(struct random *r, int bits)
{
    uint64_t v = random_u64(r) >> (random_u64(r) % 64);
    if (random_u64(r) % 4 == 0)
        v = (UINT64_C(1) << (random_u64(r) % 64)) - random_u64(r) % 2;
    return bits == 64 ? v : v & ((UINT64_C(1) << bits) - 1);
}

static struct key number_key(uint64_t v, int bits)
{
    struct key k = key_of('n');
    if (bits == 32)
        key_u32(&k, (uint32_t)v);
    else if (bits == 48)
        key_u48(&k, v);
    else
        key_u64(&k, v);
    return k;
}

static bool number_back(struct key k, int bits, uint64_t *out)
{
    struct cur c = cur_of(str_from(key_str(&k), 1));
    uint32_t v = 0;
    bool good = bits == 32   ? cur_key_u32(&c, &v)
                : bits == 48 ? cur_key_u48(&c, out)
                             : cur_key_u64(&c, out);
    if (bits == 32)
        *out = v;
    return good && cur_end(&c);
}

static void numbers_keep_order(void **state)
{
    (void)state;
    static const int bits[] = {32, 48, 64};
    struct random r = {.seed = 7};
    for (int round = 0; round < 30000; round++) {
        int b = bits[round % 3];
        uint64_t v = number(&r, b), w = number(&r, b), back = 0;
        struct key kv = number_key(v, b), kw = number_key(w, b);
        assert_int_equal(order(key_str(&kv), key_str(&kw)), (v > w) - (v < w));
        assert_null(memchr(kv.bytes, 0, kv.n));
        assert_true(number_back(kv, b, &back));
        assert_int_equal(back, v);
    }
}

static struct str text(struct random *r, char out[static 12])
{
    static const char alphabet[] = {0, 1, 2, 3, 'a', 'b', '\x7f', '\xff'};
    size_t n = random_u64(r) % 12;
    for (size_t i = 0; i < n; i++)
        out[i] = alphabet[random_u64(r) % sizeof alphabet];
    return str_of(out, n);
}

static void texts_keep_order(void **state)
{
    (void)state;
    struct arena *a = arena_open();
    struct random r = {.seed = 11};
    for (int round = 0; round < 30000; round++) {
        char v_bytes[12], w_bytes[12];
        struct str v = text(&r, v_bytes), w = text(&r, w_bytes), back;
        struct key kv = key_of('t'), kw = key_of('t');
        key_text(&kv, v);
        key_text(&kw, w);
        key_u32(&kv, 5); /* what follows must not matter but between equals */
        key_u32(&kw, 5);
        assert_int_equal(order(key_str(&kv), key_str(&kw)), order(v, w));
        assert_null(memchr(kv.bytes, 0, kv.n));
        struct cur c = cur_of(str_from(key_str(&kv), 1));
        assert_true(cur_key_text(&c, a, &back));
        assert_true(str_eq(back, v));
        arena_reset(a);
    }
    arena_close(a);
}

static void overflow_is_seen(void **state)
{
    (void)state;
    char long_text[255];
    memset(long_text, 'x', sizeof long_text);
    struct key k = key_of('x');
    key_text(&k, str_of(long_text, 253));
    assert_false(k.overflow);
    assert_int_equal(k.n, 255);
    k = key_of('x');
    key_text(&k, str_of(long_text, 254));
    assert_true(k.overflow);
    k = key_of('x');
    key_u48(&k, UINT64_C(1) << 48);
    assert_true(k.overflow);
}

static void after_is_behind_the_prefix(void **state)
{
    (void)state;
    struct key k = key_of('x'), longer;
    key_u32(&k, UINT32_MAX);
    longer = k;
    key_text(&longer, STR("\xff\xff\xff"));
    struct key after = key_after(&k);
    assert_true(str_cmp(key_str(&longer), key_str(&after)) < 0);
    struct key next = key_of('y');
    assert_true(str_cmp(key_str(&after), key_str(&next)) <= 0);
}

static void damaged_keys_are_refused(void **state)
{
    (void)state;
    struct arena *a = arena_open();
    static const struct str cases[] = {
        {"\x80\x80\x80\x80", 4},                          /* too short */
        {"\x80\x80\x7f\x80\x80", 5},                      /* a top bit is missing */
        {"\xff\xff\xff\xff\xff", 5},                      /* over 32 bits */
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10}, /* over 64 bits */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cur c = cur_of(cases[i]);
        uint32_t v = 1;
        uint64_t w = 1;
        bool taken = i == 3 ? cur_key_u64(&c, &w) : cur_key_u32(&c, &v);
        assert_false(taken);
        assert_int_equal(c.rest.n, cases[i].n);
    }
    static const struct str texts[] = {
        {"abc", 3}, {"a\x02", 2}, {"a\x02\x01", 3}, {"\x02\x07\x01", 3}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct cur c = cur_of(texts[i]);
        struct str out;
        assert_false(cur_key_text(&c, a, &out));
    }
    arena_close(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_keep_order),       cmocka_unit_test(texts_keep_order),
        cmocka_unit_test(overflow_is_seen),         cmocka_unit_test(after_is_behind_the_prefix),
        cmocka_unit_test(damaged_keys_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
