/* Counters, gauges and histograms, given out as Prometheus text. */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include "base/buf.h"
#include "base/str.h"

struct metrics; /* all of a process; safe for all threads */
struct metric;  /* one time series */

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_SECONDS };

/* Closing ends all its series: nobody may hold one any more. */
struct metrics *metrics_open(void);
void metrics_close(struct metrics *m);

/* The series of that name and labels (as written in the text format: verb="MAIL"; or ""); made on
   the first call. Call it at start-up and keep the result: it takes a lock. name and help must be
   literals. METRIC_SECONDS is a histogram of durations from 100 us to 10 s. m may be NULL: returns
   NULL. */
struct metric *metric_of(struct metrics *m, enum metric_kind kind, const char *name,
                         const char *labels, const char *help);
/* No locks; x may be NULL. A counter or gauge moves by n. */
void metric_add(struct metric *x, int64_t n);
void metric_set(struct metric *x, int64_t value);
int64_t metric_value(const struct metric *x);
/* Adds one duration to a METRIC_SECONDS. */
void metric_observe_us(struct metric *x, int64_t duration_us);

/* All of them, sorted by name, in Prometheus' text format 0.0.4. */
void metrics_print(struct metrics *m, struct buf *out);

#endif
