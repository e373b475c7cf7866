#include "base/arena.h"
#include "format/mime.h"
#include "format/summary.h"
#include "format/text.h"
#include "proto/imap/search/search.h"

enum { TEXT_MAX = 64 * 1024 * 1024 }; /* of one part */

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
static bool header_has(struct arena *a, struct str header, struct str name, struct str needle)
{
    struct cur c = cur_of(header);
    struct header_field f;
    while (header_next(&c, &f))
        if ((!name.n || str_ieq(f.name, name)) && imap_text_has(a, header_text(a, f.value), needle))
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
    bool has = header_has(a, flat(a, &bytes), key->name, key->text);
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

/* The part's text, decoded, and what its own header says (names of files, nested subjects). */
static bool part_has(struct arena *a, const struct mime *m, uint32_t i, struct str needle)
{
    const struct mime_part *part = &m->parts[i];
    if (i && header_has(a, mime_header(m, i), (struct str){0}, needle))
        return true;
    return part->node.kind == MIME_LEAF && str_eq(part->type.type, STR("text")) &&
           imap_text_has(a, text_of_part(a, m, i, TEXT_MAX), needle);
}

static bool parts_have(struct arena *a, const struct mime *m, struct str needle)
{
    bool has = false;
    for (uint32_t i = 0; i < m->count && !has; i++) {
        has = part_has(a, m, i, needle);
        arena_reset(a);
    }
    return has;
}

bool imap_search_message(struct imap_candidate *m, const struct imap_key *key)
{
    if (key->op == IMAP_SEARCH_FIELD)
        return match_field(m, key);
    if (!parse(m))
        return false;
    /* What a key decodes goes with it: many keys would hold as many copies of the message. */
    struct arena *a AUTO(arena_close) = arena_open();
    if (key->op == IMAP_SEARCH_TEXT &&
        header_has(a, mime_header(m->mime, 0), (struct str){0}, key->text))
        return true;
    return parts_have(a, m->mime, key->text);
}

void imap_candidate_done(struct imap_candidate *m)
{
    if (m->bytes.arena)
        rope_drop(&m->bytes);
    m->bytes = (struct rope){0};
    m->mime = NULL;
}
