#include "format/zone/zone.h"
#include "base/arena.h"
#include "base/cur.h"
#include "format/zone/rule.h"

enum {
    TYPES_MAX = 256,
    TEXT_MAX = 4096,              /* bytes of abbreviations, which are not read */
    OFFSET_MAX_S = 26 * 3600 - 1, /* east; as far west, but for a second (RFC 8536 section 3.2) */
    TYPE_BYTES = 6,
    NARROW = 4,
    WIDE = 8,
};

struct zone {
    int64_t *at;      /* when the offset changes, rising */
    uint8_t *type_at; /* to which */
    uint32_t changes;
    int32_t *offsets; /* by type */
    uint32_t types;
    bool ruled; /* behind the last change */
    struct zone_rule rule;
};

struct counts {
    uint32_t is_utc, is_standard, leaps, changes, types, text;
};

static uint64_t big_endian(struct str s)
{
    uint64_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n = n << 8 | (unsigned char)s.p[i];
    return n;
}

static bool take_u32(struct cur *c, uint32_t *out)
{
    struct str s;
    if (!cur_bytes(c, 4, &s))
        return false;
    *out = (uint32_t)big_endian(s);
    return true;
}

static enum code header(struct ctx *cx, struct cur *c, char *version, struct counts *n)
{
    struct str reserved;
    if (!cur_text(c, STR("TZif")) || !cur_byte(c, version) || !cur_bytes(c, 15, &reserved) ||
        !take_u32(c, &n->is_utc) || !take_u32(c, &n->is_standard) || !take_u32(c, &n->leaps) ||
        !take_u32(c, &n->changes) || !take_u32(c, &n->types) || !take_u32(c, &n->text))
        return fail(cx, E_SYNTAX, "zone: no header");
    if (n->changes > ZONE_CHANGES_MAX || n->types > TYPES_MAX || n->text > TEXT_MAX ||
        n->is_utc > n->types || n->is_standard > n->types)
        return fail(cx, E_LIMIT, "zone: more than there may be");
    if (n->leaps)
        return fail(cx, E_UNSUPPORTED, "zone: it counts leap seconds");
    return n->types ? OK : fail(cx, E_SYNTAX, "zone: no types");
}

static size_t block_bytes(const struct counts *n, size_t width)
{
    return n->changes * (width + 1) + n->types * (size_t)TYPE_BYTES + n->text + n->is_standard +
           n->is_utc;
}

static int64_t time_of(struct str s)
{
    return s.n == NARROW ? (int32_t)(uint32_t)big_endian(s) : (int64_t)big_endian(s);
}

static enum code types(struct ctx *cx, struct cur *c, struct zone *z)
{
    struct str s;
    for (uint32_t i = 0; i < z->types; i++) {
        if (!cur_bytes(c, TYPE_BYTES, &s))
            return fail(cx, E_SYNTAX, "zone: cut");
        z->offsets[i] = (int32_t)(uint32_t)big_endian(str_sub(s, 0, 4));
        if (z->offsets[i] < -OFFSET_MAX_S || z->offsets[i] > OFFSET_MAX_S)
            return fail(cx, E_SYNTAX, "zone: an offset that cannot be");
    }
    return OK;
}

static enum code block(struct ctx *cx, struct cur *c, const struct counts *n, size_t width,
                       struct zone *z)
{
    struct str all, s;
    if (!cur_bytes(c, block_bytes(n, width), &all))
        return fail(cx, E_SYNTAX, "zone: cut");
    struct cur in = cur_of(all);
    z->changes = n->changes;
    z->types = n->types;
    z->at = ARENA_ARRAY(cx->arena, n->changes + 1, int64_t);
    z->type_at = ARENA_ARRAY(cx->arena, n->changes + 1, uint8_t);
    z->offsets = ARENA_ARRAY(cx->arena, n->types, int32_t);
    for (uint32_t i = 0; i < n->changes; i++) {
        must(cur_bytes(&in, width, &s));
        z->at[i] = time_of(s);
        if (i && z->at[i] <= z->at[i - 1])
            return fail(cx, E_SYNTAX, "zone: its changes do not rise");
    }
    for (uint32_t i = 0; i < n->changes; i++) {
        must(cur_le8(&in, &z->type_at[i]));
        if (z->type_at[i] >= n->types)
            return fail(cx, E_SYNTAX, "zone: no such type");
    }
    return types(cx, &in, z);
}

static enum code footer(struct ctx *cx, struct cur *c, struct zone *z)
{
    struct str text;
    if (!cur_char(c, '\n') || !cur_until(c, '\n', &text))
        return fail(cx, E_SYNTAX, "zone: no footer");
    if (text.n && !zone_rule_read(text, &z->rule))
        return fail(cx, E_SYNTAX, "zone: no rule in its footer");
    z->ruled = text.n > 0;
    return OK;
}

enum code zone_read(struct ctx *cx, struct str file, struct zone **out)
{
    struct zone *z = ARENA_NEW(cx->arena, struct zone);
    struct cur c = cur_of(file);
    struct counts n;
    struct str narrow;
    char version;
    if (file.n > ZONE_FILE_MAX)
        return fail(cx, E_LIMIT, "zone: more than %d bytes", ZONE_FILE_MAX);
    TRY(header(cx, &c, &version, &n));
    if (version == 0) {
        TRY(block(cx, &c, &n, NARROW, z));
    } else { /* the same again in 64 bits */
        if (!cur_bytes(&c, block_bytes(&n, NARROW), &narrow))
            return fail(cx, E_SYNTAX, "zone: cut");
        TRY(header(cx, &c, &version, &n));
        TRY(block(cx, &c, &n, WIDE, z));
        TRY(footer(cx, &c, z));
    }
    *out = z;
    return OK;
}

int32_t zone_offset_s(const struct zone *z, int64_t utc_s)
{
    uint32_t low = 0, high = z->changes; /* the first change behind utc_s lies between */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (z->at[middle] <= utc_s)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == z->changes && z->ruled)
        return zone_rule_offset_s(&z->rule, utc_s);
    return z->offsets[low ? z->type_at[low - 1] : 0];
}

bool zone_name_ok(struct str name)
{
    char before = '/';
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool letter = ascii_is_alpha(c) || ascii_is_digit(c) || str_chr(STR("_-+"), c) != SIZE_MAX;
        if (!letter && (c != '/' || before == '/'))
            return false;
        before = c;
    }
    return name.n && name.n <= ZONE_NAME_MAX && before != '/';
}
