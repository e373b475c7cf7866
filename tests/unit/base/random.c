#include "unit.h"

static void a_seed_repeats(void **state)
{
    (void)state;
    struct random a = {.seed = 9}, b = {.seed = 9}, c = {.seed = 10};
    char x[100], y[100];
    random_bytes(&a, x, sizeof x);
    random_bytes(&b, y, sizeof y);
    assert_memory_equal(x, y, sizeof x);
    random_bytes(&c, y, sizeof y);
    assert_memory_not_equal(x, y, sizeof x);
    assert_true(random_u64(&a) == random_u64(&b));
}

/* A seeded source stays seeded, also where its state passes zero. */
static void a_seed_never_becomes_the_kernel(void **state)
{
    (void)state;
    struct random a = {.seed = 0 - UINT64_C(0x9e3779b97f4a7c15)}, b = a;
    for (int i = 0; i < 4; i++)
        assert_true(random_u64(&a) == random_u64(&b));
}

static void fills_exactly(void **state)
{
    (void)state;
    struct random seeded = {.seed = 11}, kernel = {0};
    for (size_t n = 0; n < 40; n++) {
        unsigned char bytes[42];
        for (int which = 0; which < 2; which++) {
            memset(bytes, 0xaa, sizeof bytes);
            random_bytes(which ? &kernel : &seeded, bytes + 1, n);
            assert_int_equal(bytes[0], 0xaa);
            assert_int_equal(bytes[n + 1], 0xaa);
        }
    }
}

/* Each of many bytes takes more than one value: nothing is left unfilled. */
static void fills_all(void **state)
{
    (void)state;
    enum { BYTES = 1000 };
    unsigned char seen_or[BYTES] = {0}, seen_and[BYTES];
    memset(seen_and, 0xff, sizeof seen_and);
    for (int round = 0; round < 64; round++) {
        unsigned char bytes[BYTES];
        random_system(bytes, sizeof bytes);
        for (int i = 0; i < BYTES; i++) {
            seen_or[i] |= bytes[i];
            seen_and[i] &= bytes[i];
        }
    }
    for (int i = 0; i < BYTES; i++) {
        assert_int_equal(seen_or[i], 0xff);
        assert_int_equal(seen_and[i], 0);
    }
}

static void the_kernel_does_not_repeat(void **state)
{
    (void)state;
    struct random a = {0}, b = {0};
    assert_true(random_u64(&a) != random_u64(&b));
    assert_int_equal(a.seed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_repeats),
        cmocka_unit_test(a_seed_never_becomes_the_kernel),
        cmocka_unit_test(fills_exactly),
        cmocka_unit_test(fills_all),
        cmocka_unit_test(the_kernel_does_not_repeat),
    };
    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
