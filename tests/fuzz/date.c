/* Dates of header fields and of IMAP; what was read can be printed and read again. */
#include "format/date.h"
#include "base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *a = arena_open();
    struct str in = str_of(data, n);
    struct buf b = buf_of(a, 200);
    struct date d, again;
    int64_t day;
    if (date_parse_imap(in, &d)) {
        date_put_imap(&b, d);
        must(date_parse_imap(buf_str(&b), &again));
    }
    buf_reset(&b);
    if (date_parse(in, &d)) {
        date_put_rfc5322(&b, d);
        must(date_parse(buf_str(&b), &again));
        date_put_rfc3339(&b, d);
        (void)date_day_ms(d);
    }
    (void)date_parse_imap_day(in, &day);
    arena_close(a);
    return 0;
}
