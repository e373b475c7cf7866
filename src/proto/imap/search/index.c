/* Keys that read messages, asked of the full-text index first. */
#include "core/search.h"
#include "proto/imap/search/search.h"

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
