/* Mail at the door: texts of lists, limits and settings, and return paths of SRS. What decodes was
   encoded with the same secret; what is encoded decodes to the same. */
#include "base/arena.h"
#include "service/admission/limits.h"
#include "service/admission/lists.h"
#include "service/admission/policy.h"
#include "service/admission/srs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void paths(struct ctx *cx, struct str in)
{
    static const struct str secret = STR("secret");
    struct str made, back;
    (void)srs_looks_like(in);
    if (srs_decode(cx, &secret, 1, in, &back) == OK)
        must(back.n);
    if (srs_encode(cx, secret, in, STR("ours.example"), &made) != OK)
        return;
    must(srs_looks_like(made));
    must(srs_decode(cx, &secret, 1, made, &back) == OK);
    if (!srs_looks_like(in))
        must(str_eq(back, in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a, .now_ms = 1790000000000};
    struct str in = str_of(data, n);
    struct list_zone zone;
    struct limit limit;
    int64_t number;
    if (list_zone_parse(&cx, a, STR("zen.example"), in, &zone) == OK)
        must(zone.weight <= LIST_WEIGHT_MAX && zone.code_count <= LIST_CODES_MAX);
    if (limit_parse(&cx, STR("n"), STR("*"), in, &limit) == OK)
        must(limit.window_s > 0 && limit.per < PER_END && limit.of < OF_END);
    for (size_t i = 0; setting_at(i); i++)
        if (setting_parse(&cx, (enum setting)i, in, &number) == OK)
            must(number <= setting_at(i)->most);
    paths(&cx, in);
    return 0;
}
