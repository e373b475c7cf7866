#include "base/clock.h"
#include "unit.h"
#include <time.h>

static void utc_is_now(void **state)
{
    (void)state;
    int64_t before = (int64_t)time(NULL) * 1000, now = clock_utc_ms();
    int64_t after = ((int64_t)time(NULL) + 1) * 1000;
    /* time() may lag behind by a tick. */
    assert_true(now >= before && now <= after + 1000);
}

static void mono_never_goes_back(void **state)
{
    (void)state;
    int64_t last_us = clock_mono_us(), first_us = last_us;
    for (int i = 0; i < 100000; i++) {
        int64_t now_us = clock_mono_us();
        assert_true(now_us >= last_us);
        last_us = now_us;
    }
    assert_true(last_us > first_us);
    int64_t before_ms = clock_mono_us() / 1000, ms = clock_mono_ms();
    assert_true(ms >= before_ms && ms <= clock_mono_us() / 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utc_is_now),
        cmocka_unit_test(mono_never_goes_back),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
