/* Reports of others, as they are kept and shown. Rows are in docs/STORE.md. */
#ifndef SERVICE_REPORTS_TAKEN_H
#define SERVICE_REPORTS_TAKEN_H

#include "core/core.h"
#include "format/report/report.h"

enum { TAKEN_LIST_MAX = 1000, TAKEN_SUMS_MAX = 5000 };

/* One report, without its rows. */
struct taken {
    enum report_about about;
    struct str domain, organization, contact, id, policy;
    int64_t begin_s, end_s, taken_ms;
    uint32_t rows;
    uint64_t n, skipped; /* messages or sessions; those without a row of their own */
};

/* Keeps it; the same report again (domain, organization, id) is the same. */
MUST_USE enum code taken_add(struct ctx *cx, struct core *c, const struct report_data *r);
struct taken_asking {
    enum report_about about;
    struct str domain;
    int64_t since_s;
    unsigned alike; /* of sums: bits of fields; rows with these alike are one */
};
/* The newest last, of the domain or of all (empty), that end at since_s or later; at most
   TAKEN_LIST_MAX. In cx->arena. */
MUST_USE enum code taken_list(struct ctx *cx, struct core *c, const struct taken_asking *asks,
                              struct taken **out, size_t *count);

/* Sums over rows that are alike. */
struct taken_sum {
    struct str field[REPORT_FIELDS]; /* of the first row; those that were not asked for are that
                                        row's */
    uint64_t n, dkim, spf, pass, quarantine, reject;
};
/* The largest first, at most TAKEN_SUMS_MAX. In cx->arena. */
MUST_USE enum code taken_sums(struct ctx *cx, struct core *c, const struct taken_asking *asks,
                              struct taken_sum **out, size_t *count);
/* Forgets reports that ended before. */
MUST_USE enum code taken_sweep(struct ctx *cx, struct core *c, int64_t before_s);

#endif
