/* Files of time zones: any bytes; what was taken tells an offset for any time. */
#include "format/zone/zone.h"
#include "base/arena.h"
#include "format/zone/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t times[] = {INT64_MIN / 1000, -62135596800, -1,           0,
                                    1711846799,       4102444800,   253402300799, INT64_MAX / 1000};
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct str s = str_of(data, size);
    struct zone_rule rule;
    struct zone *z;
    bool is_file = zone_read(&cx, s, &z) == OK, is_rule = zone_rule_read(s, &rule);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        int32_t offset = is_file ? zone_offset_s(z, times[i]) : 0;
        must(offset > -200000 && offset < 200000);
        offset = is_rule ? zone_rule_offset_s(&rule, times[i]) : 0;
        must(offset > -200000 && offset < 200000);
    }
    return 0;
}
