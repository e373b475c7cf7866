#include "proto/imap/search/answer.h"
#include "base/arena.h"

struct imap_found imap_found_of(struct ctx *cx, const struct imap_target *t,
                                const struct imap_search *search, const struct imap_bits *places)
{
    uint32_t count = imap_bits_size(places);
    struct imap_found f = {.at = ARENA_ARRAY(cx->arena, count, uint32_t), .count = count};
    uint32_t at = imap_bits_next(places, 0);
    for (uint32_t i = 0; i < count; i++, at = imap_bits_next(places, at + 1)) {
        f.at[i] = at;
        uint64_t modseq = search->has_modseq ? imap_target_row(t, at).modseq : 0;
        if (modseq > f.modseq)
            f.modseq = modseq;
    }
    if (count && search->has_modseq) {
        f.first_modseq = imap_target_row(t, f.at[0]).modseq;
        f.last_modseq = imap_target_row(t, f.at[count - 1]).modseq;
    }
    return f;
}

static uint32_t number(const struct imap_answer *a, uint32_t place)
{
    return a->uid ? view_at(a->target->view, place).uid : place + 1;
}

void imap_answer_plain(const struct imap_answer *a, struct buf *out)
{
    buf_add(out, STR("* "));
    buf_add(out, a->name);
    for (uint32_t i = 0; i < a->found->count; i++) {
        buf_byte(out, ' ');
        buf_u64(out, number(a, a->found->at[i]));
    }
    if (a->search->has_modseq && a->found->count) {
        buf_add(out, STR(" (MODSEQ "));
        buf_u64(out, a->found->modseq);
        buf_byte(out, ')');
    }
    buf_add(out, STR("\r\n"));
}

/* RFC 7162 section 3.1.5: of the messages that are told. */
static uint64_t told_modseq(const struct imap_answer *a)
{
    const struct imap_found *f = a->found;
    uint32_t returns = a->search->returns & (uint32_t)~IMAP_RETURN_SAVE;
    if (returns == IMAP_RETURN_MIN)
        return f->first_modseq;
    if (returns == IMAP_RETURN_MAX)
        return f->last_modseq;
    if (returns == (IMAP_RETURN_MIN | IMAP_RETURN_MAX))
        return f->first_modseq > f->last_modseq ? f->first_modseq : f->last_modseq;
    return f->modseq;
}

static void put(struct buf *out, struct str name, uint64_t n)
{
    buf_add(out, name);
    buf_u64(out, n);
}

/* In the order of the answer; only what follows upon each other is joined. */
static void put_all(struct arena *arena, const struct imap_answer *a, struct buf *out)
{
    struct imap_set numbers = {0};
    for (uint32_t i = 0; i < a->found->count; i++)
        imap_set_add(arena, &numbers, number(a, a->found->at[i]));
    imap_set_put(out, &numbers, 0);
}

uint8_t imap_score_of(const struct imap_search *search, uint32_t place)
{
    uint8_t score = search->scores ? search->scores[place] : 0;
    return score ? score : IMAP_SCORE_EXACT;
}

/* RFC 6203 section 4: in the order of the messages that were told. */
static void put_relevancy(const struct imap_answer *a, struct buf *out)
{
    buf_add(out, STR(" RELEVANCY ("));
    for (uint32_t i = 0; i < a->found->count; i++) {
        if (i)
            buf_byte(out, ' ');
        buf_u64(out, imap_score_of(a->search, a->found->at[i]));
    }
    buf_byte(out, ')');
}

/* RFC 9394 section 3.1: "PARTIAL (1:10 5,7)", or NIL for a page without any. */
static void put_page(struct arena *arena, const struct imap_answer *a, struct buf *out)
{
    const struct imap_partial *page = &a->search->page;
    uint32_t count = a->found->count, last = page->last < count ? page->last : count;
    struct imap_set numbers = {0};
    for (uint32_t i = page->first; i <= last; i++) { /* from the end: the page is told rising */
        uint32_t at = page->from_end ? count - (last + page->first - i) : i - 1;
        imap_set_add(arena, &numbers, number(a, a->found->at[at]));
    }
    buf_add(out, STR(" PARTIAL ("));
    imap_partial_put(out, page);
    buf_byte(out, ' ');
    if (numbers.count)
        imap_set_put(out, &numbers, 0);
    else
        buf_add(out, STR("NIL"));
    buf_byte(out, ')');
}

void imap_answer_extended(struct ctx *cx, const struct imap_answer *a, struct buf *out)
{
    const struct imap_found *f = a->found;
    uint32_t returns = a->search->returns;
    buf_add(out, STR("* ESEARCH (TAG \""));
    buf_add(out, a->tag);
    buf_add(out, a->uid ? STR("\") UID") : STR("\")"));
    if ((returns & IMAP_RETURN_MIN) && f->count)
        put(out, STR(" MIN "), number(a, f->at[0]));
    if ((returns & IMAP_RETURN_MAX) && f->count)
        put(out, STR(" MAX "), number(a, f->at[f->count - 1]));
    if ((returns & IMAP_RETURN_ALL) && f->count) {
        buf_add(out, STR(" ALL "));
        put_all(cx->arena, a, out);
    }
    if ((returns & IMAP_RETURN_RELEVANCY) && f->count)
        put_relevancy(a, out);
    if (returns & IMAP_RETURN_PARTIAL)
        put_page(cx->arena, a, out);
    if (returns & IMAP_RETURN_COUNT)
        put(out, STR(" COUNT "), f->count);
    if (a->search->has_modseq && f->count)
        put(out, STR(" MODSEQ "), told_modseq(a));
    buf_add(out, STR("\r\n"));
}

static int by_number(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

/* With MIN or MAX alone these are all that is saved. */
struct imap_set imap_answer_saved(const struct imap_answer *a)
{
    const struct imap_found *f = a->found;
    uint32_t returns = a->search->returns & (uint32_t)~IMAP_RETURN_SAVE;
    bool all = !returns || (returns & (IMAP_RETURN_ALL | IMAP_RETURN_COUNT | IMAP_RETURN_PARTIAL));
    struct arena *arena AUTO(arena_close) = arena_open();
    uint32_t *places = ARENA_ARRAY(arena, f->count + 1, uint32_t);
    uint32_t count = 0;
    for (uint32_t i = 0; i < f->count; i++)
        if (all || (!i && (returns & IMAP_RETURN_MIN)) ||
            (i + 1 == f->count && (returns & IMAP_RETURN_MAX)))
            places[count++] = f->at[i];
    qsort(places, count, sizeof *places, by_number); /* SORT's are in no order */
    struct imap_set saved = {0};
    for (uint32_t i = 0; i < count; i++)
        imap_set_add(NULL, &saved, view_at(a->target->view, places[i]).uid);
    return saved;
}
