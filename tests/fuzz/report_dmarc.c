/* DMARC reports of others, packed or not: whatever comes out can be read. */
#include "base/arena.h"
#include "format/report/report.h"
#include "helper/report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = arena};
    struct buf out = buf_of(arena, REPORT_STREAM_MAX);
    struct str in = str_of(data, size);
    struct report_data r;
    if (report_data_read(&cx, in, &r) == OK)
        must(r.domain.n && r.count <= REPORT_ROWS_MAX);
    if (reader_dmarc(in, &out))
        must(report_data_read(&cx, buf_str(&out), &r) == OK);
    return 0;
}
