#include "format/report/report.h"
#include "base/cur.h"

enum { STREAM_VERSION = 1, TEXTS = 5 };

void report_data_open(struct arena *a, enum report_about about, struct report_data *out)
{
    *out = (struct report_data){.about = about,
                                .rows = ARENA_ARRAY(a, REPORT_ROWS_MAX, struct report_row)};
}

void report_data_add(struct report_data *r, const struct report_row *row)
{
    if (r->count < REPORT_ROWS_MAX)
        r->rows[r->count++] = *row;
    else
        r->skipped += row->n;
}

/* On one line, printable: what is shown later was checked here. */
static void put_text(struct buf *out, struct str s)
{
    s = str_sub(str_trim(s), 0, REPORT_FIELD_MAX);
    buf_le8(out, (uint8_t)s.n);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        buf_byte(out, c < ' ' || c == 0x7f ? '?' : s.p[i]);
    }
}

void report_data_write(struct buf *out, const struct report_data *r)
{
    const struct str texts[TEXTS] = {r->organization, r->contact, r->id, r->domain, r->policy};
    buf_le8(out, STREAM_VERSION);
    buf_le8(out, (uint8_t)r->about);
    for (size_t i = 0; i < TEXTS; i++)
        put_text(out, texts[i]);
    buf_le64(out, (uint64_t)r->begin_s);
    buf_le64(out, (uint64_t)r->end_s);
    buf_le64(out, r->skipped);
    buf_le32(out, (uint32_t)r->count);
    for (size_t i = 0; i < r->count; i++) {
        buf_le64(out, r->rows[i].n);
        for (size_t f = 0; f < REPORT_FIELDS; f++)
            put_text(out, r->rows[i].field[f]);
    }
}

static bool take_text(struct cur *c, struct str *out)
{
    uint8_t n;
    if (!cur_le8(c, &n) || !cur_bytes(c, n, out))
        return false;
    for (size_t i = 0; i < out->n; i++)
        if ((unsigned char)out->p[i] < ' ' || out->p[i] == 0x7f)
            return false;
    return true;
}

static bool take_row(struct cur *c, struct report_row *row)
{
    if (!cur_le64(c, &row->n))
        return false;
    for (size_t f = 0; f < REPORT_FIELDS; f++)
        if (!take_text(c, &row->field[f]))
            return false;
    return true;
}

enum code report_data_read(struct ctx *cx, struct str in, struct report_data *out)
{
    struct report_data r = {0};
    struct str *const texts[TEXTS] = {&r.organization, &r.contact, &r.id, &r.domain, &r.policy};
    struct cur c = cur_of(in);
    uint8_t version, about;
    uint64_t begin, end;
    uint32_t count;
    bool good = cur_le8(&c, &version) && version == STREAM_VERSION && cur_le8(&c, &about) &&
                (about == REPORT_TLS || about == REPORT_DMARC);
    for (size_t i = 0; i < TEXTS; i++)
        good = good && take_text(&c, texts[i]);
    good = good && cur_le64(&c, &begin) && cur_le64(&c, &end) && cur_le64(&c, &r.skipped) &&
           cur_le32(&c, &count) && count <= REPORT_ROWS_MAX && begin <= INT32_MAX &&
           end <= INT32_MAX && r.domain.n;
    if (!good)
        return fail(cx, E_SYNTAX, "report: not as the cage writes it");
    r.about = (enum report_about)about;
    r.begin_s = (int64_t)begin;
    r.end_s = (int64_t)end;
    r.rows = ARENA_ARRAY(cx->arena, count ? count : 1, struct report_row);
    for (; r.count < count; r.count++)
        if (!take_row(&c, &r.rows[r.count]))
            return fail(cx, E_SYNTAX, "report: a row not as the cage writes it");
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "report: more than one");
    *out = r;
    return OK;
}
