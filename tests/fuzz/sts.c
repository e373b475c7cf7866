/* Policies and records of MTA-STS: whatever is taken can be said again and is taken again. */
#include "service/transport/sts/sts.h"
#include "base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = arena};
    struct str in = str_of(data, size), id = {0};
    struct sts_own own = {0}, again = {0};
    if (sts_record_parse(in, &id))
        must(id.n && id.n <= STS_ID_MAX);
    if (sts_policy_parse(&cx, in, &own.policy) != OK)
        return 0;
    must(sts_policy_parse(&cx, sts_own_text(&cx, &own), &again.policy) == OK);
    must(again.policy.mode == own.policy.mode && again.policy.mx_count == own.policy.mx_count);
    for (size_t i = 0; i < own.policy.mx_count; i++)
        must(str_eq(own.policy.mx[i], again.policy.mx[i]));
    (void)sts_policy_allows(&own.policy, str_sub(in, 0, 20));
    return 0;
}
