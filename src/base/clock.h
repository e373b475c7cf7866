/* Clocks. Code that serves a request takes its time from the context instead. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* UTC, milliseconds since 1970. */
int64_t clock_utc_ms(void);
/* Never goes back; for time-outs and durations only. */
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);
/* How far this machine's local time is east of UTC then, in minutes. */
int16_t clock_zone_minutes(int64_t utc_ms);

#endif
