#include "base/arena.h"
#include "core/search.h"
#include "format/mime.h"
#include "format/summary.h"
#include "proto/imap/search/search.h"

static bool note(struct imap_candidate *m, enum code code)
{
    if (code != OK && m->failure == OK)
        m->failure = code;
    return code == OK;
}

/* The rope's bytes as one slice; a copy only where there are several pieces. */
static struct str flat(struct arena *a, const struct rope *r)
{
    if (!r->first)
        return (struct str){0};
    return r->first->next ? rope_flatten(r, a) : r->first->bytes;
}

/* Decoded fields of a header; name empty: of any name. */
static bool header_has(struct arena *a, struct str header, const struct imap_key *key)
{
    struct cur c = cur_of(header);
    struct header_field f;
    while (header_next(&c, &f))
        if ((!key->name.n || str_ieq(f.name, key->name)) &&
            imap_key_has(a, key, header_text(a, f.value)))
            return true;
    return false;
}

static bool match_field(struct imap_candidate *m, const struct imap_key *key)
{
    struct summary_facts facts;
    struct arena *a AUTO(arena_close) = arena_open();
    struct rope bytes = rope_of(a);
    if (!note(m, summary_facts(m->cx, m->item.summary, &facts)))
        return false;
    uint64_t n = m->item.trace.n + facts.header_size;
    if (!n || !note(m, item_bytes(m->cx, m->target->core, &m->item, 0, n, &bytes)))
        return false;
    bool has = header_has(a, flat(a, &bytes), key);
    rope_drop(&bytes);
    return has;
}

static bool parse(struct imap_candidate *m)
{
    if (m->mime)
        return true;
    m->bytes = rope_of(m->cx->arena);
    return note(m, item_bytes(m->cx, m->target->core, &m->item, 0, m->item.size, &m->bytes)) &&
           note(m, mime_parse(m->cx, flat(m->cx->arena, &m->bytes), NULL, &m->mime));
}

bool imap_search_message(struct imap_candidate *m, const struct imap_key *key)
{
    uint32_t where = key->op == IMAP_SEARCH_TEXT ? SEARCH_IN_TEXT : SEARCH_IN_BODY;
    const struct search *search = m->target->core->search;
    struct search_exact exact = {.collation = key->collation, .needle = key->exact};
    bool has = false;
    if (key->op == IMAP_SEARCH_FIELD || key->op == IMAP_SEARCH_ADDRESS)
        return match_field(m, key);
    if (!key->text.n && !key->exact.n) /* which is in everything */
        return true;
    if (!parse(m))
        return false;
    if (key->exact.n)
        note(m, search_scan_as(m->cx, search, m->mime, where, &exact, &has));
    else
        note(m, search_scan(m->cx, search, m->mime, where, key->text, &has));
    return has;
}

void imap_candidate_done(struct imap_candidate *m)
{
    if (m->bytes.arena)
        rope_drop(&m->bytes);
    m->bytes = (struct rope){0};
    m->mime = NULL;
}
