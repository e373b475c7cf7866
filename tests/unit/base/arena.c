#include "unit.h"
#include <malloc.h>

static bool all_zero(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

/* Objects are zeroed, aligned, and none lies on another; through many resets. */
static void objects_are_apart_and_zeroed(void **state)
{
    (void)state;
    enum { OBJECTS = 60 };
    struct random r = {.seed = 5};
    struct arena *a AUTO(arena_close) = arena_open();
    for (int round = 0; round < 200; round++) {
        char *objects[OBJECTS];
        size_t sizes[OBJECTS];
        for (int i = 0; i < OBJECTS; i++) {
            sizes[i] = random_below(&r, round % 10 ? 300 : 30000);
            objects[i] = arena_alloc(a, sizes[i]);
            assert_true(all_zero(objects[i], sizes[i]));
            assert_int_equal((uintptr_t)objects[i] % 16, 0);
            memset(objects[i], i + 1, sizes[i]);
        }
        for (int i = 0; i < OBJECTS; i++)
            for (size_t at = 0; at < sizes[i]; at++)
                assert_int_equal(objects[i][at], i + 1);
        if (round % 3)
            arena_reset(a);
        else
            arena_clear(a);
        assert_int_equal(arena_used(a), 0);
    }
}

/* Growing keeps the old bytes and zeroes the new, wherever the object lies. */
static void grows(void **state)
{
    (void)state;
    struct random r = {.seed = 6};
    struct arena *a AUTO(arena_close) = arena_open();
    for (int round = 0; round < 300; round++) {
        size_t n = random_below(&r, 50);
        char *p = n ? arena_alloc(a, n) : NULL;
        if (n)
            memset(p, 'x', n);
        for (int step = 0; step < 8; step++) {
            char *between = random_below(&r, 2) ? arena_alloc(a, 9) : NULL;
            if (between)
                memset(between, 'b', 9);
            size_t more = n + random_below(&r, step == 7 ? 9000 : 60);
            bool raw = random_below(&r, 4) == 0;
            p = raw ? arena_stretch(a, p, n, more) : arena_grow(a, p, n, more);
            assert_true(raw || all_zero(p + n, more - n));
            for (size_t i = 0; i < n; i++)
                assert_int_equal(p[i], 'x');
            memset(p, 'x', more);
            n = more;
            for (size_t i = 0; between && i < 9; i++)
                assert_int_equal(between[i], 'b');
        }
        arena_reset(a);
    }
}

static void counts_what_it_gave(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    assert_int_equal(arena_used(a), 0);
    arena_alloc(a, 100);
    uint64_t *numbers = ARENA_ARRAY(a, 10, uint64_t);
    assert_int_equal(numbers[9], 0);
    assert_true(arena_used(a) >= 180 && arena_used(a) < 300);
    arena_reset(a);
    assert_int_equal(arena_used(a), 0);
    arena_close(NULL);
}

/* A sanitizer's heap cannot be measured. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__has_feature)
#define HEAP_IS_MEASURABLE 1

static size_t heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* One huge request must not stay with its session for ever. */
static void a_huge_block_is_not_kept(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    size_t before = heap_bytes();
    arena_alloc(a, 64 * 1024 * 1024);
    arena_reset(a);
    assert_true(heap_bytes() - before < 1024 * 1024);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_apart_and_zeroed),
        cmocka_unit_test(grows),
        cmocka_unit_test(counts_what_it_gave),
#ifdef HEAP_IS_MEASURABLE
        cmocka_unit_test(a_huge_block_is_not_kept),
#endif
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
