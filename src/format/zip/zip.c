#include "format/zip/zip.h"
#include "base/arena.h"
#include "base/buf.h"
#include <time.h>
#include <zlib.h>

enum {
    VERSION = 20,
    FLAG_UTF8 = 1 << 11,
    LOCAL_BYTES = 30,
    CENTRAL_BYTES = 46,
    END_BYTES = 22,
    YEAR_FIRST = 80, /* 1980, as struct tm counts */
    YEAR_LAST = 207,
    NUMBER_MAX = 16, /* bytes of " (1000)" */
    TRIES = 10,      /* numbers in a row, before one that hardly anybody has */
};

struct zip_entry {
    struct zip_entry *next;
    struct str name, folded;
    uint32_t crc, bytes, at;
};

/* Two seconds are the finest that it has. */
static uint32_t when_of(int64_t utc_ms)
{
    time_t seconds = (time_t)(utc_ms / 1000);
    struct tm t;
    if (!gmtime_r(&seconds, &t) || t.tm_year < YEAR_FIRST || t.tm_year > YEAR_LAST)
        return 1 << 21 | 1 << 16; /* the first of January 1980 */
    uint32_t day = (uint32_t)(t.tm_year - YEAR_FIRST) << 9 | (uint32_t)(t.tm_mon + 1) << 5 |
                   (uint32_t)t.tm_mday;
    uint32_t time = (uint32_t)t.tm_hour << 11 | (uint32_t)t.tm_min << 5 | (uint32_t)t.tm_sec / 2;
    return day << 16 | time;
}

struct zip zip_open(struct rope *out, size_t bytes_max, int64_t utc_ms)
{
    must(bytes_max <= ZIP_BYTES_MAX);
    return (struct zip){.out = out, .bytes_max = bytes_max, .when = when_of(utc_ms)};
}

/* zlib counts in 32 bits. */
static uint32_t crc_of(struct str bytes)
{
    const size_t step = 1 << 30;
    uLong crc = crc32(0, NULL, 0);
    while (bytes.n) {
        struct str now = str_sub(bytes, 0, step);
        crc = crc32(crc, (const Bytef *)now.p, (uInt)now.n);
        bytes = str_from(bytes, now.n);
    }
    return (uint32_t)crc;
}

static bool is_taken(const struct zip *z, struct str folded)
{
    for (const struct zip_entry *e = z->first; e; e = e->next)
        if (str_eq(e->folded, folded))
            return true;
    return false;
}

/* "plan.pdf", "plan (2).pdf"; many systems take "Plan.pdf" for the same file. */
static void name_entry(struct ctx *cx, const struct zip *z, struct str wanted, struct zip_entry *e)
{
    size_t dot = str_rchr(wanted, '.');
    struct str stem = str_sub(wanted, 0, dot == SIZE_MAX ? wanted.n : dot);
    struct str end = str_from(wanted, stem.n);
    e->name = wanted;
    e->folded = str_lower(cx->arena, wanted);
    for (size_t i = 2; is_taken(z, e->folded); i = i < TRIES ? i + 1 : z->count + i) {
        e->name = str_printf(cx->arena, "%.*s (%zu)%.*s", STR_ARG(stem), i, STR_ARG(end));
        e->folded = str_lower(cx->arena, e->name);
    }
}

/* What a file's own head and its row of the list have in common. */
static void put_facts(struct buf *b, const struct zip *z, const struct zip_entry *e)
{
    buf_le16(b, VERSION);
    buf_le16(b, FLAG_UTF8);
    buf_le16(b, 0); /* stored */
    buf_le32(b, z->when);
    buf_le32(b, e->crc);
    buf_le32(b, e->bytes);
    buf_le32(b, e->bytes);
    buf_le16(b, (uint16_t)e->name.n);
    buf_le16(b, 0);
}

static void put_local(struct ctx *cx, struct zip *z, const struct zip_entry *e)
{
    struct buf b = buf_of(cx->arena, LOCAL_BYTES);
    buf_add(&b, STR("PK\x03\x04"));
    put_facts(&b, z, e);
    rope_put(z->out, buf_str(&b));
    rope_put(z->out, e->name);
}

static void put_central(struct ctx *cx, struct zip *z, const struct zip_entry *e)
{
    struct buf b = buf_of(cx->arena, CENTRAL_BYTES);
    buf_add(&b, STR("PK\x01\x02"));
    buf_le16(&b, VERSION);
    put_facts(&b, z, e);
    buf_le16(&b, 0); /* no remark, disk 0, no attributes */
    buf_le16(&b, 0);
    buf_le16(&b, 0);
    buf_le32(&b, 0);
    buf_le32(&b, e->at);
    rope_put(z->out, buf_str(&b));
    rope_put(z->out, e->name);
}

enum code zip_add(struct ctx *cx, struct zip *z, struct str name, struct str bytes)
{
    struct zip_entry *e = ARENA_NEW(cx->arena, struct zip_entry);
    size_t rows = (z->count + 2) * (CENTRAL_BYTES + ZIP_NAME_MAX + NUMBER_MAX + LOCAL_BYTES);
    if (z->count == ZIP_ENTRIES_MAX)
        return fail(cx, E_LIMIT, "zip: more than %d files", ZIP_ENTRIES_MAX);
    if (bytes.n > z->bytes_max || z->bytes + bytes.n + rows > z->bytes_max)
        return fail(cx, E_LIMIT, "zip: more than %zu bytes", z->bytes_max);
    *e = (struct zip_entry){
        .crc = crc_of(bytes), .bytes = (uint32_t)bytes.n, .at = (uint32_t)z->bytes};
    name_entry(cx, z, zip_name(cx->arena, name), e);
    put_local(cx, z, e);
    rope_ref(z->out, bytes);
    z->bytes += LOCAL_BYTES + e->name.n + bytes.n;
    *(z->last ? &z->last->next : &z->first) = e;
    z->last = e;
    z->count++;
    return OK;
}

void zip_close(struct ctx *cx, struct zip *z)
{
    struct buf b = buf_of(cx->arena, END_BYTES);
    size_t list = 0;
    for (const struct zip_entry *e = z->first; e; e = e->next) {
        put_central(cx, z, e);
        list += CENTRAL_BYTES + e->name.n;
    }
    buf_add(&b, STR("PK\x05\x06"));
    buf_le16(&b, 0);
    buf_le16(&b, 0);
    buf_le16(&b, (uint16_t)z->count);
    buf_le16(&b, (uint16_t)z->count);
    buf_le32(&b, (uint32_t)list);
    buf_le32(&b, (uint32_t)z->bytes);
    buf_le16(&b, 0);
    rope_put(z->out, buf_str(&b));
}
