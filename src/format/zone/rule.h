/* The rule behind the last change of a zone: a TZ string of POSIX (RFC 8536 section 3.3.1). */
#ifndef FORMAT_ZONE_RULE_H
#define FORMAT_ZONE_RULE_H

#include "base/str.h"

/* When, in every year. */
struct zone_day {
    char kind;           /* 'J': day 1 to 365, without 29 February; 'N': day 0 to 365; 'M' */
    int32_t day;         /* of 'M': 0 to 6, from Sunday on */
    int32_t month, week; /* of 'M': 1 to 12; 1 to 5, 5 is the last */
    int32_t seconds;     /* of local time since that day's begin; may be another day's */
};
struct zone_rule {
    int32_t standard_s, summer_s; /* east of UTC */
    bool changes;                 /* else it is standard_s for ever */
    struct zone_day begin, end;   /* of summer */
};

/* "CET-1CEST,M3.5.0,M10.5.0/3". False: not such a string. */
bool zone_rule_read(struct str text, struct zone_rule *out);
int32_t zone_rule_offset_s(const struct zone_rule *r, int64_t utc_s);

#endif
