/* Reports of other mail systems, read in the cage: packed or not. */
#ifndef HELPER_REPORT_REPORT_H
#define HELPER_REPORT_REPORT_H

#include "base/buf.h"

enum {
    REPORT_UNPACKED_MAX = 32 * 1024 * 1024,
    REPORT_RATIO_MAX = 200,
    REPORT_RATIO_FROM = 1 << 20
};

/* What gzip or the first file of a zip archive holds; other bytes as they are. False: broken, or
   too large. In the arena. */
bool report_unpack(struct arena *a, struct str packed, struct str *out);

/* As reader_fn (helper/readers.h): out is as format/report/report.h has it. */
bool reader_dmarc(struct str document, struct buf *out);
bool reader_tlsrpt(struct str document, struct buf *out);

#endif
