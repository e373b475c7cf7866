#include "proto/imap/sort/collate.h"
#include "base/arena.h"
#include "core/columns/key.h"
#include "format/utf8.h"

static const enum column_kind kinds[ORDERS] = {
    [ORDER_SUBJECT] = COLUMN_BASE_SUBJECT,
    [ORDER_FROM] = COLUMN_KEY_FROM,
    [ORDER_TO] = COLUMN_KEY_TO,
    [ORDER_CC] = COLUMN_KEY_CC,
    [ORDER_DISPLAY_FROM] = COLUMN_DISPLAY_FROM,
    [ORDER_DISPLAY_TO] = COLUMN_DISPLAY_TO,
};

struct text {
    struct str key;
    uint32_t place;
    bool gone;
};

static int by_key(const void *left, const void *right)
{
    const struct text *a = left, *b = right;
    return a->gone != b->gone ? a->gone - b->gone : str_cmp(a->key, b->key);
}

/* The keys live in cx->arena, all else of a message in the scratch. */
static enum code read(struct ctx *cx, struct arena *scratch, const struct imap_target *t,
                      enum column_kind kind, struct imap_rows *rows, struct text *text)
{
    struct ctx own = *cx;
    struct item_row row;
    struct str key;
    own.arena = scratch;
    enum code code = imap_rows_get(&own, rows, text->place, &row);
    text->gone = code == E_NOT_FOUND;
    if (text->gone)
        return OK;
    if (code == OK)
        code = column_key_text(&own, scratch, &row, kind, &key);
    cx->err = own.err;
    TRY(code);
    key = utf8_cut(collation_key(scratch, t->collation, key), IMAP_COLLATE_BYTES_MAX);
    text->key = str_dup(cx->arena, key);
    arena_reset(scratch);
    return OK;
}

static enum code read_all(struct ctx *cx, const struct imap_target *t, enum column_kind kind,
                          struct text *texts, uint32_t count)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct imap_rows rows = imap_rows_in(cx, t->core, t->view);
    enum code code = OK;
    for (uint32_t i = 0; i < count && code == OK; i++)
        code = read(cx, scratch, t, kind, &rows, &texts[i]);
    imap_rows_close(&rows);
    return code;
}

enum code imap_ranks(struct ctx *cx, const struct imap_target *t, enum column_order order,
                     const struct imap_found *found, uint32_t **ranks, uint32_t *limit)
{
    if (t->collation == COLLATION_UNICODE_CASEMAP || order < ORDER_SUBJECT)
        return column_ranks(cx, t->core, t->view, order, ranks, limit);
    uint32_t count = found->count, rank = 0;
    struct text *texts = ARENA_ARRAY(cx->arena, count, struct text);
    for (uint32_t i = 0; i < count; i++)
        texts[i].place = found->at[i];
    TRY(read_all(cx, t, kinds[order], texts, count));
    if (count)
        qsort(texts, count, sizeof *texts, by_key);
    *ranks = ARENA_ARRAY(cx->arena, view_count(t->view), uint32_t);
    for (uint32_t i = 0; i < count; i++) {
        rank += i && by_key(&texts[i - 1], &texts[i]);
        (*ranks)[texts[i].place] = rank;
    }
    *limit = rank + 1;
    return OK;
}
