/* A report between mail systems (DMARC, TLS) as it is passed out of the cage: plain fields. */
#ifndef FORMAT_REPORT_REPORT_H
#define FORMAT_REPORT_REPORT_H

#include "base/buf.h"
#include "base/err.h"

enum {
    REPORT_FIELD_MAX = 255, /* bytes of a field; longer ones are cut */
    REPORT_ROWS_MAX = 4000, /* of a report; the rest is only counted */
    REPORT_STREAM_MAX = 4 * 1024 * 1024,
};

/* As tally_kind; stored: append only. */
enum report_about { REPORT_TLS = 1, REPORT_DMARC };

enum report_dmarc_field {
    DMARC_SOURCE,
    DMARC_DISPOSITION,
    DMARC_DKIM, /* evaluated: aligned */
    DMARC_SPF,
    DMARC_HEADER_FROM,
    DMARC_ENVELOPE_FROM,
    DMARC_AUTH, /* "dkim=pass d s; spf=pass d" */
    DMARC_REASON,
    REPORT_FIELDS
};
enum report_tls_field {
    TLS_FIELD_POLICY,
    TLS_FIELD_DOMAIN,
    TLS_FIELD_RESULT, /* empty: success */
    TLS_FIELD_MX,
    TLS_FIELD_MX_ADDRESS,
    TLS_FIELD_SENDER_ADDRESS,
    TLS_FIELD_REASON,
    TLS_FIELD_HELO,
};

struct report_row {
    uint64_t n;
    struct str field[REPORT_FIELDS]; /* enum report_dmarc_field or report_tls_field */
};

struct report_data {
    enum report_about about;
    struct str organization, contact, id, domain, policy;
    int64_t begin_s, end_s;
    struct report_row *rows;
    size_t count;
    uint64_t skipped; /* n of rows past REPORT_ROWS_MAX */
};

/* Room for rows in the arena. */
void report_data_open(struct arena *a, enum report_about about, struct report_data *out);
/* One more row, or one that is only counted. Slices are kept as they are. */
void report_data_add(struct report_data *r, const struct report_row *row);

/* Texts on one line, cut to REPORT_FIELD_MAX. Past the buffer: its overflow. */
void report_data_write(struct buf *out, const struct report_data *r);
/* What the cage wrote is not trusted either: E_SYNTAX. Slices of in, rows in cx->arena. */
MUST_USE enum code report_data_read(struct ctx *cx, struct str in, struct report_data *out);

#endif
