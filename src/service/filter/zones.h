/* Zones of the tz database of this machine. */
#ifndef SERVICE_FILTER_ZONES_H
#define SERVICE_FILTER_ZONES_H

#include "format/zone/zone.h"

/* "Europe/Berlin"; out in cx->arena. E_NOT_FOUND: no such zone; else as zone_read. */
MUST_USE enum code zone_open(struct ctx *cx, struct str name, struct zone **out);
/* Minutes east of UTC; of offsets with seconds (before 1972) what is whole. */
int16_t zone_minutes(const struct zone *z, int64_t utc_ms);

#endif
