/* Keys that read messages, asked of the full-text index first. */
#include "proto/imap/search/index.h"
#include "core/search.h"

enum { NEAR_MAX = 10000 }; /* messages that the index ranks for one FUZZY key */

bool imap_search_indexed(const struct imap_target *t, const struct imap_key *key)
{
    return t->core->search && imap_search_cost(key->op) >= IMAP_COSTS_HEADER && key->text.n;
}

static uint32_t where_of(const struct imap_key *key)
{
    switch ((int)key->op) {
    case IMAP_SEARCH_BODY:
        return SEARCH_IN_BODY;
    case IMAP_SEARCH_TEXT:
        return SEARCH_IN_TEXT;
    default: /* one field: the index knows no names, but messages without the text in any */
        return SEARCH_IN_HEADER | SEARCH_NOISE_TOO;
    }
}

void imap_search_index(struct ctx *cx, const struct imap_target *t, const struct imap_key *key,
                       const struct imap_bits *among, struct imap_bits *out, struct imap_bits *read)
{
    struct search_answer *answer AUTO(search_answer_close) = NULL;
    imap_bits_copy(read, among);
    if (search_ask(cx, t->core->search, view_account(t->view), where_of(key), key->text, &answer) !=
        OK)
        return; /* no index, or one far behind: all are read */
    imap_bits_clear(read);
    uint32_t at = imap_bits_next(among, 0);
    for (; at < among->count; at = imap_bits_next(among, at + 1)) {
        enum search_verdict verdict = search_verdict(answer, view_at(t->view, at).id);
        if (verdict == SEARCH_YES && key->op != IMAP_SEARCH_FIELD)
            imap_bits_set(out, at);
        else if (verdict != SEARCH_NO)
            imap_bits_set(read, at);
    }
}

/* Where a near miss may be; 0: the key has no text to come near to. */
static uint32_t near_where(const struct imap_key *key)
{
    switch ((int)key->op) {
    case IMAP_SEARCH_SUBJECT:
        return SEARCH_SUBJECT;
    case IMAP_SEARCH_BODY:
        return SEARCH_IN_BODY;
    case IMAP_SEARCH_TEXT:
        return SEARCH_IN_TEXT;
    case IMAP_SEARCH_ADDRESS:
        return key->letter == 'f'   ? SEARCH_FROM
               : key->letter == 't' ? SEARCH_TO
               : key->letter == 'c' ? SEARCH_CC
               : key->letter == 'b' ? SEARCH_BCC
                                    : 0;
    default:
        return 0;
    }
}

static int by_id(const void *left, const void *right)
{
    const struct search_ranked *a = left, *b = right;
    return (a->id > b->id) - (a->id < b->id);
}

void imap_search_near(struct ctx *cx, const struct imap_target *t, const struct imap_key *key,
                      uint8_t *scores, const struct imap_bits *among, struct imap_bits *out)
{
    struct ctx own = *cx; /* without an index there are no near misses, and no error */
    struct search_fuzzy ask = {.account = view_account(t->view),
                               .where = near_where(key),
                               .text = key->text,
                               .max = NEAR_MAX};
    struct search_ranked *ranked;
    size_t count;
    if (!t->core->search || !ask.where || !key->text.n ||
        search_fuzzy(&own, t->core->search, &ask, &ranked, &count) != OK || !count)
        return;
    qsort(ranked, count, sizeof *ranked, by_id);
    uint32_t at = imap_bits_next(among, 0);
    for (; at < among->count; at = imap_bits_next(among, at + 1)) {
        struct search_ranked wanted = {.id = view_at(t->view, at).id};
        const struct search_ranked *hit = bsearch(&wanted, ranked, count, sizeof wanted, by_id);
        if (!hit)
            continue;
        imap_bits_set(out, at);
        scores[at] = hit->score;
    }
}
