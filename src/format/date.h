/* Dates of header fields and of IMAP. */
#ifndef FORMAT_DATE_H
#define FORMAT_DATE_H

#include "base/buf.h"

struct date {
    int64_t utc_ms;       /* since 1970 */
    int16_t zone_minutes; /* east of UTC */
};

/* A Date field's value (RFC 5322 section 3.3 with obsolete zones and two-digit years) and what else
   is found: no comma, no seconds, asctime order, ISO 8601, names in full, comments. False when
   there is no date in it; no zone is taken as UTC. Seconds 60 are 59. */
bool date_parse(struct str in, struct date *out);
/* IMAP date-time without quotes: " 1-Feb-1994 23:59:59 +0100" (RFC 9051), strict. */
bool date_parse_imap(struct str in, struct date *out);
/* IMAP date without quotes: "1-Feb-1994"; out: its first moment as UTC milliseconds. Strict. */
bool date_parse_imap_day(struct str in, int64_t *out);

/* "Tue, 1 Feb 1994 23:59:59 +0100". Years outside 0 to 9999 are cut to these. */
void date_put_rfc5322(struct buf *b, struct date d);
/* "Tue, 01 Feb 1994 22:59:59 GMT" (RFC 9110 section 5.6.7). */
void date_put_http(struct buf *b, int64_t utc_ms);
/* "01-Feb-1994 23:59:59 +0100", without quotes. */
void date_put_imap(struct buf *b, struct date d);
/* "1994-02-01T22:59:59Z" (RFC 3339), in UTC. */
void date_put_rfc3339(struct buf *b, struct date d);
/* Midnight UTC of the day that d shows in its own zone: what SENTON compares (RFC 9051 6.4.4). */
int64_t date_day_ms(struct date d);

#endif
