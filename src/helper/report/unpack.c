#include "helper/report/report.h"
#include <archive.h>
#include <archive_entry.h>

enum { BLOCK = 65536 };

static size_t budget_of(size_t packed)
{
    size_t most = packed * REPORT_RATIO_MAX;
    if (most < REPORT_RATIO_FROM)
        most = REPORT_RATIO_FROM;
    return most < REPORT_UNPACKED_MAX ? most : REPORT_UNPACKED_MAX;
}

static bool read_all(struct archive *in, struct buf *out)
{
    char block[BLOCK];
    la_ssize_t n;
    while ((n = archive_read_data(in, block, sizeof block)) > 0 && !out->overflow)
        buf_add(out, str_of(block, (size_t)n));
    return n == 0 && !out->overflow && out->n;
}

/* The first entry that is a file with something in it. */
static bool read_first(struct archive *in, struct str packed, struct buf *out)
{
    struct archive_entry *entry;
    if (archive_read_open_memory(in, packed.p, packed.n) != ARCHIVE_OK)
        return false;
    for (int i = 0; i < 10; i++) {
        int code = archive_read_next_header(in, &entry);
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
            return false;
        if (read_all(in, out))
            return true;
        if (out->overflow)
            return false;
    }
    return false;
}

bool report_unpack(struct arena *a, struct str packed, struct str *out)
{
    bool zip = str_starts(packed, STR("PK\x03\x04")), gzip = str_starts(packed, STR("\x1f\x8b"));
    struct buf b = buf_of(a, budget_of(packed.n));
    *out = packed;
    if (!zip && !gzip)
        return packed.n <= REPORT_UNPACKED_MAX;
    struct archive *in = archive_read_new();
    must(in);
    if (zip) {
        archive_read_support_format_zip_streamable(in);
        archive_read_support_format_zip_seekable(in);
    } else {
        archive_read_support_filter_gzip(in);
        archive_read_support_format_raw(in);
    }
    bool good = read_first(in, packed, &b);
    archive_read_free(in);
    *out = buf_str(&b);
    return good;
}
