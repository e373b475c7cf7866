/* The keys that the store itself makes in the engine's families (docs/STORE.md). */
#include "base/arena.h"
#include "store/inside.h"

static const struct str FIRST_KEY = {"\x01", 1}; /* the row before it is the version */

static struct str be64(uint64_t v, char out[static 8])
{
    for (int i = 0; i < 8; i++)
        out[i] = (char)(unsigned char)(v >> (56 - 8 * i));
    return str_of(out, 8);
}

struct str part_prefix(part_id id, char out[static PART_BYTES])
{
    return be64(id, out);
}

struct range part_range(struct arena *a, part_id id, struct range range)
{
    must(id != UINT64_MAX);
    char prefix[PART_BYTES], next[PART_BYTES];
    const struct str from[] = {part_prefix(id, prefix), range.from.n ? range.from : FIRST_KEY};
    const struct str to[] = {part_prefix(range.to.n ? id : id + 1, next), range.to};
    range.from = str_join(a, from, 2);
    range.to = str_join(a, to, 2);
    return range;
}

static struct str id_str(const struct blob_id *id)
{
    return str_of(id->bytes, sizeof id->bytes);
}

struct str ref_key(struct arena *a, const struct blob_id *id, part_id part, struct str tag)
{
    char prefix[PART_BYTES];
    const struct str parts[] = {STR("r"), id_str(id), part_prefix(part, prefix), tag};
    return str_join(a, parts, 4);
}

struct str stat_key(struct arena *a, const struct blob_id *id)
{
    const struct str parts[] = {STR("s"), id_str(id)};
    return str_join(a, parts, 2);
}

struct str candidate_key(struct arena *a, const struct blob_id *id)
{
    const struct str parts[] = {STR("c"), id_str(id)};
    return str_join(a, parts, 2);
}

void op_add(struct arena *a, struct op ***end, enum family family, bool drop, struct str key,
            struct str value)
{
    struct op *op = ARENA_NEW(a, struct op);
    *op = (struct op){.family = family, .drop = drop, .key = key, .value = value};
    **end = op;
    *end = &op->next;
}
