#include "service/sieve/run/draft.h"
#include "format/mime.h"

struct sieve_draft {
    const struct mime *mime; /* what part numbers go by */
    struct str header;       /* of the message, by now */
    struct str *edits;       /* by part: the bytes that took its place; NULL before the first */
    struct str body;         /* with body_set: all of the body */
    bool body_set, changed;
    struct str told; /* sieve_draft_message's last answer; .p NULL when it is stale */
};

/* Without the blank line at its end. */
static struct str fields_only(struct str header)
{
    size_t n = header.n;
    if (n && header.p[n - 1] == '\n') {
        size_t before = n > 1 && header.p[n - 2] == '\r' ? n - 2 : n - 1;
        if (before == 0 || header.p[before - 1] == '\n')
            n = before;
    }
    return str_sub(header, 0, n);
}

struct sieve_draft *sieve_draft_open(struct sieve_run *r)
{
    struct sieve_draft *d = ARENA_NEW(r->arena, struct sieve_draft);
    d->mime = r->world->mime;
    d->header = fields_only(mime_header(d->mime, 0));
    return d;
}

const struct mime *sieve_draft_mime(struct sieve_run *r)
{
    return r->draft->mime;
}

struct str sieve_draft_header(struct sieve_run *r)
{
    return r->draft->header;
}

static void touch(struct sieve_run *r)
{
    r->draft->changed = true;
    r->draft->told = (struct str){0};
}

void sieve_draft_set_header(struct sieve_run *r, struct str header)
{
    r->draft->header = header;
    touch(r);
}

/* Header and body of an entity; no blank line: all is body. */
static void halves(struct str entity, struct str *header, struct str *body)
{
    struct cur c = cur_of(entity);
    struct str line;
    *header = (struct str){0};
    *body = entity;
    while (!cur_end(&c)) {
        size_t at = entity.n - c.rest.n;
        if (!cur_line(&c, &line))
            return;
        if (line.n)
            continue;
        *header = str_sub(entity, 0, at);
        *body = c.rest;
        return;
    }
}

void sieve_draft_replace(struct sieve_run *r, uint32_t part, struct str entity)
{
    struct sieve_draft *d = r->draft;
    touch(r);
    if (part == 0) {
        halves(entity, &d->header, &d->body);
        d->body_set = true;
        d->edits = NULL;
    } else {
        if (!d->edits)
            d->edits = ARENA_ARRAY(r->arena, d->mime->count, struct str);
        d->edits[part] = entity;
    }
    if (!r->loop)
        sieve_draft_settle(r);
}

/* The body, with the parts that were replaced. */
static void put_body(const struct sieve_draft *d, struct buf *b)
{
    const struct mime *m = d->mime;
    if (d->body_set) {
        buf_add(b, d->body);
        return;
    }
    size_t at = m->parts[0].node.header_size;
    for (uint32_t i = 1; d->edits && i < m->count; i++) {
        const struct mime_node *n = &m->parts[i].node;
        if (!d->edits[i].p || n->start < at)
            continue;
        buf_add(b, str_sub(m->bytes, at, n->start - at));
        buf_add(b, d->edits[i]);
        at = n->start + n->header_size + n->body_size;
    }
    buf_add(b, str_from(m->bytes, at));
}

struct str sieve_draft_bytes(struct sieve_run *r)
{
    struct sieve_draft *d = r->draft;
    struct buf b = buf_of(r->arena, SIZE_MAX / 2);
    buf_add(&b, d->header);
    buf_add(&b, d->header.n && !str_ends(d->header, STR("\n")) ? STR("\r\n\r\n") : STR("\r\n"));
    put_body(d, &b);
    return buf_str(&b);
}

struct str sieve_draft_message(struct sieve_run *r)
{
    struct sieve_draft *d = r->draft;
    if (!d->changed || d->told.p)
        return d->told;
    struct str bytes = sieve_draft_bytes(r);
    r->told_size += bytes.n;
    if (r->told_size > r->memory_max)
        sieve_run_fail(r, (struct sieve_spot){0}, true, "too many changed copies of the message");
    else
        d->told = str_dup(r->cx->arena, bytes);
    return d->told;
}

void sieve_draft_settle(struct sieve_run *r)
{
    struct sieve_draft *d = r->draft;
    if (!d->edits && !d->body_set)
        return;
    struct ctx cx = *r->cx;
    cx.arena = r->arena;
    struct mime *m;
    if (mime_parse(&cx, sieve_draft_bytes(r), NULL, &m) != OK)
        return; /* it has grown past what a message may be: the structure before stays */
    d->mime = m;
    d->edits = NULL;
    d->body_set = false;
}

struct sieve_fields sieve_fields_of(struct sieve_run *r)
{
    return (struct sieve_fields){cur_of(r->world->trace), cur_of(r->draft->header)};
}

bool sieve_fields_next(struct sieve_fields *f, struct header_field *out)
{
    return header_next(&f->trace, out) || header_next(&f->header, out);
}
