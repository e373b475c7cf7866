/* How often somebody asks, by network address, in a fixed amount of memory. */
#ifndef SERVICE_SIGNIN_RATE_H
#define SERVICE_SIGNIN_RATE_H

#include "base/str.h"

struct rate; /* safe for all threads */

/* per_minute 0: no limit. */
struct rate *rate_open(uint32_t per_minute);
/* NULL is fine. */
void rate_close(struct rate *r);
/* Counts one more from address (an IPv6 one by its /64); false when that is too many for this
   minute. */
bool rate_take(struct rate *r, struct str address, int64_t now_ms);

#endif
