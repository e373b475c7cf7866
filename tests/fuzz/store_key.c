/* Reading keys back: what is taken must give the same bytes again, so there is one spelling. */
#include "base/arena.h"
#include "base/cur.h"
#include "store/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(struct str taken, const struct key *again)
{
    must(again->overflow || str_eq(str_from(key_str(again), 1), taken));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (!n)
        return 0;
    struct arena *a AUTO(arena_close) = arena_open();
    struct str in = str_of(data + 1, n - 1);
    struct cur c = cur_of(in);
    struct key again = key_of('k');
    uint32_t v;
    uint64_t w;
    struct str text;
    bool taken = false;
    if (data[0] % 4 == 0 && (taken = cur_key_u32(&c, &v)))
        key_u32(&again, v);
    else if (data[0] % 4 == 1 && (taken = cur_key_u48(&c, &w)))
        key_u48(&again, w);
    else if (data[0] % 4 == 2 && (taken = cur_key_u64(&c, &w)))
        key_u64(&again, w);
    else if (data[0] % 4 == 3 && (taken = cur_key_text(&c, a, &text)))
        key_text(&again, text);
    if (!taken)
        must(str_eq(c.rest, in)); /* nothing was taken */
    else if (data[0] % 4 != 3 || !memchr(data + 1, 0, n - 1))
        check(str_sub(in, 0, in.n - c.rest.n), &again);
    return 0;
}
