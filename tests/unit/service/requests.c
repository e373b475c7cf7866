/* How many requests of one account are under way at a time. */
#include "service/requests.h"
#include "../unit.h"
#include <pthread.h>

static void one_account_has_its_share(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct requests *r = requests_open(NULL);
    (void)state;
    for (int i = 0; i < REQUESTS_EACH; i++)
        assert_int_equal(requests_begin(&cx, r, 7), OK);
    assert_int_equal(requests_begin(&cx, r, 7), E_BUSY);
    assert_int_equal(requests_begin(&cx, r, 7), E_BUSY);
    assert_int_equal(requests_begin(&cx, r, 8), OK);
    requests_end(r, 7);
    assert_int_equal(requests_begin(&cx, r, 7), OK);
    assert_int_equal(requests_begin(&cx, r, 7), E_BUSY);
    for (int i = 0; i < 2 * REQUESTS_EACH; i++)
        assert_int_equal(requests_begin(&cx, r, 0), OK); /* nobody is not counted */
    assert_int_equal(requests_begin(&cx, NULL, 7), OK);
    requests_end(NULL, 7);
    requests_close(r);
}

enum { ROUNDS = 20000, THREADS = 4 };

static void *begin_and_end(void *arg)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    for (int i = 0; i < ROUNDS; i++)
        if (requests_begin(&cx, arg, 7) == OK)
            requests_end(arg, 7);
    return NULL;
}

static void threads_leave_nothing_behind(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct requests *r = requests_open(NULL);
    pthread_t threads[THREADS];
    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, begin_and_end, r), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < REQUESTS_EACH; i++)
        assert_int_equal(requests_begin(&cx, r, 7), OK);
    assert_int_equal(requests_begin(&cx, r, 7), E_BUSY);
    requests_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_account_has_its_share),
        cmocka_unit_test(threads_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
