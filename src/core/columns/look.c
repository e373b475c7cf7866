/* Looking at columns. */
#include "core/columns/column.h"
#include "core/view/view.h"

static uint32_t run_of(uint32_t uid)
{
    return uid / COLUMN_UIDS * COLUMN_UIDS;
}

struct column_span column_span(const struct view *v, uint32_t place)
{
    uint32_t uid = run_of(view_at(v, place).uid);
    bool last = uid > UINT32_MAX - COLUMN_UIDS;
    return (struct column_span){.first = view_find(v, uid),
                                .end = last ? view_count(v) : view_find(v, uid + COLUMN_UIDS),
                                .uid = uid};
}

void column_unref(struct column *k)
{
    picture_unref(&k->picture);
}

uint32_t column_count(const struct column *k)
{
    return k->count;
}

void column_rows(const struct column *k, const struct view *v, const struct column_span *span,
                 uint16_t rows[static COLUMN_UIDS])
{
    struct view_row some[CHUNK_ROWS];
    uint32_t at = 0, row = 0;
    for (uint32_t place = span->first; place < span->end; place += at) {
        at = view_rows(v, place, span->end - place < CHUNK_ROWS ? span->end - place : CHUNK_ROWS,
                       some);
        for (uint32_t i = 0; i < at; i++) {
            uint32_t low = some[i].uid - span->uid;
            while (row < k->count && k->low[row] < low)
                row++;
            bool there = row < k->count && k->low[row] == low;
            rows[place - span->first + i] = there ? (uint16_t)row : COLUMN_GONE;
        }
    }
}

const struct column_facts *column_facts(const struct column *k, uint16_t row)
{
    return &k->facts[row];
}

static struct str text_at(const struct column_texts *t, uint32_t i)
{
    return str_of(t->bytes + t->start[i], t->start[i + 1] - t->start[i]);
}

struct str column_text(const struct column *k, uint16_t row)
{
    const struct column_texts *t = &k->texts;
    if (!t->ref || t->ref[row] == COLUMN_REF_LONG)
        return (struct str){0};
    return text_at(t, t->ref[row]);
}

/* Which of the different texts an offset lies in. */
static uint32_t text_of(const struct column_texts *t, uint32_t from, size_t offset)
{
    uint32_t low = from, high = t->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (t->start[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* A hit that reaches over the end of its text is none: the search goes on one byte behind it. */
static void find_all(const struct column_texts *t, struct str needle, uint8_t *hit)
{
    struct str all = str_of(t->bytes, t->start[t->count]);
    uint32_t text = 0;
    for (size_t at = 0, found; (found = str_find(str_from(all, at), needle)) != SIZE_MAX;) {
        at += found;
        text = text_of(t, text, at);
        hit[text] = at + needle.n <= t->start[text + 1];
        at = hit[text] ? t->start[text + 1] : at + 1;
    }
}

static void spread(const struct column *k, const uint8_t *hit, uint8_t *match)
{
    const struct column_texts *t = &k->texts;
    for (uint32_t row = 0; row < k->count; row++)
        match[row] = t->ref[row] == COLUMN_REF_LONG ? COLUMN_LONG : hit[t->ref[row]];
}

void column_match(const struct column *k, struct str needle, uint8_t match[static COLUMN_UIDS])
{
    uint8_t hit[COLUMN_UIDS + 1] = {0};
    memset(match, COLUMN_NO, COLUMN_UIDS);
    if (!k->texts.ref)
        return;
    find_all(&k->texts, needle, hit);
    spread(k, hit, match);
}

void column_filled(const struct column *k, uint8_t match[static COLUMN_UIDS])
{
    memset(match, COLUMN_NO, COLUMN_UIDS);
    for (uint32_t row = 0; row < k->count && k->texts.ref; row++)
        match[row] = k->texts.ref[row] ? COLUMN_YES : COLUMN_NO;
}

struct column_links column_links(const struct column *k, uint16_t row)
{
    const struct column_thread *t = &k->thread;
    return (struct column_links){.own = t->own[row],
                                 .refs = t->refs + t->start[row],
                                 .count = t->start[row + 1] - t->start[row]};
}
