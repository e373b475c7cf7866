/* The meter: what each domain used on each day, for chargeback and reports. */
#ifndef CORE_METER_H
#define CORE_METER_H

#include "core/core.h"

struct meter; /* one for the server; safe for all threads */

/* Stored as numbers: append only. */
enum meter_what {
    METER_MESSAGES_IN = 1, /* delivered into mailboxes of the domain */
    METER_BYTES_IN,
    METER_MESSAGES_OUT, /* sent by its people */
    METER_BYTES_OUT,
    METER_REFUSED_IN, /* refused, with a recipient in it */
    METER_REFUSED_OUT,
    METER_END
};

/* Nothing is counted yet. */
struct meter *meter_open(struct core *c);
/* What was not flushed is lost: flush first. */
void meter_close(struct meter *m);
AUTO_OF(struct meter *, meter_close)

/* Counts in memory; quick. now_ms tells the day (UTC). */
void meter_add(struct meter *m, int64_t now_ms, uint64_t domain, enum meter_what what, uint64_t n);
/* Adds what was counted to the stored rows, in one commit. To be run every few seconds and at the
   end: a crash loses what came since, and no more. On failure nothing is lost or counted twice. */
MUST_USE enum code meter_flush(struct ctx *cx, struct meter *m);

/* What was flushed, summed over the days first to last (days since 1970, UTC), by meter_what. */
MUST_USE enum code meter_sum(struct ctx *cx, struct core *c, uint64_t domain,
                             const uint32_t days[static 2], uint64_t out[static METER_END]);
uint32_t meter_day(int64_t now_ms);

#endif
