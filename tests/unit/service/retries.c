/* Half-done deliveries are remembered up to a number of them, and of their accounts together. */
#include "../unit.h"
#include "base/arena.h"
#include "base/map.h"
#include "service/delivery/parts.h"

struct bench {
    struct ctx cx;
    struct retries *retries;
    account_id *accounts;
};

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    must(b);
    b->cx.arena = arena_open();
    b->cx.now_ms = 1000;
    b->retries = retries_open();
    b->accounts = ARENA_ARRAY(b->cx.arena, RETRY_ACCOUNTS_MAX + 1, account_id);
    *state = b;
    return 0;
}

static int bench_close(void **state)
{
    struct bench *b = *state;
    retries_close(b->retries);
    arena_close(b->cx.arena);
    free(b);
    return 0;
}

static struct blob_id blob_of(unsigned n)
{
    struct blob_id id = {0};
    memcpy(id.bytes, &n, sizeof n);
    return id;
}

static void add(struct bench *b, unsigned n, size_t accounts)
{
    struct blob_id blob = blob_of(n);
    struct half_done half = {.id = STR("id"), .accounts = b->accounts, .count = accounts};
    retries_add(&b->cx, b->retries, &blob, STR("a@outside.example"), &half);
}

static bool knows(struct bench *b, unsigned n)
{
    struct blob_id blob = blob_of(n);
    return retries_find(&b->cx, b->retries, &blob, STR("a@outside.example")).id.n > 0;
}

static void accounts_of_all_are_bounded(void **state)
{
    struct bench *b = *state;
    add(b, 1, RETRY_ACCOUNTS_MAX - 2);
    add(b, 2, 1);
    add(b, 3, 1);
    assert_true(knows(b, 1) && knows(b, 2) && knows(b, 3));
    add(b, 4, 1);
    assert_false(knows(b, 1));
    assert_true(knows(b, 2) && knows(b, 3) && knows(b, 4));
    /* one alone may have more: then nothing else is remembered */
    add(b, 5, RETRY_ACCOUNTS_MAX + 1);
    assert_true(knows(b, 5) && !knows(b, 4));
}

static void so_many_are_remembered(void **state)
{
    struct bench *b = *state;
    for (unsigned n = 0; n < RETRIES_MAX; n++)
        add(b, n, 1);
    assert_true(knows(b, 0));
    add(b, RETRIES_MAX, 1);
    assert_false(knows(b, 0));
    assert_true(knows(b, 1) && knows(b, RETRIES_MAX));
}

static void they_end_after_days(void **state)
{
    struct bench *b = *state;
    add(b, 1, 1);
    b->cx.now_ms += (int64_t)RETRY_DAYS * 24 * 3600 * 1000 - 1;
    assert_true(knows(b, 1));
    b->cx.now_ms++;
    assert_false(knows(b, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(accounts_of_all_are_bounded, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(so_many_are_remembered, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(they_end_after_days, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
