#include "base/clock.h"
#include <time.h>

static int64_t read_us(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_utc_ms(void)
{
    return read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_mono_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int16_t clock_zone_minutes(int64_t utc_ms)
{
    time_t t = (time_t)(utc_ms / 1000);
    struct tm local;
    return localtime_r(&t, &local) ? (int16_t)(local.tm_gmtoff / 60) : 0;
}
