#include "format/header/downgrade.h"
#include "format/summary.h"
#include "format/utf8.h"
#include "proto/imap/fetch/fetch.h"

/* A run of bytes of the whole message: trace fields and blob. */
struct span {
    uint64_t start, size;
};

/* The trace fields stand before the header of the message itself, and move all the rest. */
static struct span span_of(const struct item_row *row, const struct mime_section *found)
{
    bool own_header = found->start == 0 &&
                      (found->kind == MIME_SECTION_HEADER || found->kind == MIME_SECTION_MIME);
    if (own_header)
        return (struct span){0, row->trace.n + found->size};
    return (struct span){row->trace.n + found->start, found->size};
}

static void cut(const struct imap_section *section, struct span *x)
{
    if (!section->partial)
        return;
    uint64_t skip = section->from < x->size ? section->from : x->size;
    x->start += skip;
    x->size -= skip;
    if (x->size > section->count)
        x->size = section->count;
}

/* One section of one message, on its way into the reply. */
struct want {
    struct imap_session *s;
    struct imap_call *call;
    const struct item_row *row;
    const struct imap_section *section;
    struct span span;
    uint64_t header; /* so many bytes of the span are a message's header */
    enum mime_encoding encoding;
};

static void put_size(struct imap_call *call, uint64_t n, bool literal8)
{
    imap_say(call, literal8 ? STR("~{") : STR("{"));
    buf_u64(&call->text, n);
    imap_say(call, STR("}\r\n"));
}

/* bytes: in cx->arena. */
static void put_text(const struct want *w, struct str bytes, bool literal8)
{
    struct span x = {0, bytes.n};
    cut(w->section, &x);
    struct str part = str_sub(bytes, (size_t)x.start, (size_t)x.size);
    put_size(w->call, part.n, literal8 && str_chr(part, '\0') != SIZE_MAX);
    imap_flush(w->call);
    rope_ref(&w->call->reply->out, part);
}

/* What is read stays in memory until the portion was sent. The first section may be of any size; a
   hundred of one large part must not hold it a hundred times. */
static enum code hold(struct ctx *cx, const struct want *w, uint64_t n)
{
    uint64_t most = w->s->env->limits.message_bytes * IMAP_COPIES_MAX;
    if (w->call->held && w->call->held + n > most)
        return fail(cx, E_LIMIT, "sections of more than %d times the largest message",
                    IMAP_COPIES_MAX);
    w->call->held += n;
    return OK;
}

/* The span's bytes as one slice, for what has to look into them. */
static enum code read_span(struct ctx *cx, const struct want *w, struct str *out)
{
    struct rope bytes = rope_of(cx->arena);
    *out = (struct str){0};
    if (!w->span.size)
        return OK;
    TRY(hold(cx, w, w->span.size));
    enum code code = item_bytes(cx, w->s->env->core, w->row, w->span.start, w->span.size, &bytes);
    if (code == OK)
        *out = rope_flatten(&bytes, cx->arena);
    rope_drop(&bytes);
    return code;
}

/* What follows a header that was downgraded, and as much of both as was asked for. */
static enum code put_downgraded(struct ctx *cx, const struct want *w, struct str header)
{
    struct rope bytes = rope_of(cx->arena);
    struct span all = {0, header.n + w->span.size - w->header};
    cut(w->section, &all);
    struct str part = str_sub(header, (size_t)all.start, (size_t)all.size);
    uint64_t skipped = all.start + part.n - header.n, rest = all.size - part.n;
    rope_ref(&bytes, part);
    if (rest)
        TRY(item_bytes(cx, w->s->env->core, w->row, w->span.start + w->header + skipped, rest,
                       &bytes));
    put_size(w->call, bytes.bytes, false);
    imap_flush(w->call);
    rope_join(&w->call->reply->out, &bytes);
    return OK;
}

/* A header in UTF-8, as a client can read it that did not say that it takes that (RFC 6855 section
   3); NULL-p when there is nothing to be done. */
static enum code downgraded(struct ctx *cx, const struct want *w, struct str *out)
{
    struct want only = *w;
    only.span.size = w->header;
    TRY(read_span(cx, &only, out));
    *out = downgrade_is_needed(*out) ? downgrade_header(cx->arena, *out) : (struct str){0};
    return OK;
}

/* The first n bytes, without copying them. */
static bool is_ascii(const struct rope *bytes, uint64_t n)
{
    for (const struct rope_piece *p = bytes->first; p && n; p = p->next) {
        struct str part = str_sub(p->bytes, 0, n < p->bytes.n ? (size_t)n : p->bytes.n);
        if (!utf8_is_ascii(part))
            return false;
        n -= part.n;
    }
    return true;
}

static enum code put_span(struct ctx *cx, const struct want *w)
{
    struct rope bytes = rope_of(cx->arena);
    struct span x = w->span;
    struct str header = {0};
    cut(w->section, &x);
    TRY(hold(cx, w, x.size));
    if (x.size)
        TRY(item_bytes(cx, w->s->env->core, w->row, x.start, x.size, &bytes));
    if (!w->s->utf8 && w->header && (w->section->partial || !is_ascii(&bytes, w->header))) {
        enum code code = downgraded(cx, w, &header);
        if (code != OK || header.p)
            rope_drop(&bytes);
        if (code != OK || header.p)
            return code == OK ? put_downgraded(cx, w, header) : code;
    }
    put_size(w->call, bytes.bytes, false);
    imap_flush(w->call);
    rope_join(&w->call->reply->out, &bytes);
    return OK;
}

static enum code put_fields(struct ctx *cx, const struct want *w)
{
    struct str header;
    TRY(read_span(cx, w, &header));
    header = header_pick(cx->arena, header, w->section->fields, w->section->field_count,
                         w->section->except);
    if (!w->s->utf8 && downgrade_is_needed(header))
        header = downgrade_header(cx->arena, header);
    put_text(w, header, false);
    return OK;
}

/* RFC 9051 section 6.4.5.1: decoded, so the bytes have to be looked at. */
static enum code put_binary(struct ctx *cx, const struct want *w)
{
    struct str bytes;
    if (w->encoding == MIME_UNKNOWN) {
        w->call->response = STR("UNKNOWN-CTE");
        return fail(cx, E_UNSUPPORTED, "an encoding that is not known");
    }
    TRY(read_span(cx, w, &bytes));
    bytes = mime_decode(cx->arena, w->encoding, bytes, SIZE_MAX);
    w->call->held += bytes.n;
    if (w->section->kind == IMAP_SECTION_BINARY_SIZE)
        buf_u64(&w->call->text, bytes.n);
    else
        put_text(w, bytes, true);
    return OK;
}

static enum code put_found(struct ctx *cx, struct want *w)
{
    struct mime_section found = {0};
    struct summary_part part = {0};
    bool binary = w->section->kind != IMAP_SECTION_BODY;
    struct summary_facts facts;
    w->span = (struct span){0, w->row->size};
    if (w->section->section.n) {
        TRY(summary_section(cx, w->row->summary, w->section->section, &found,
                            binary ? &part : NULL));
        w->span = span_of(w->row, &found);
        w->encoding = part.node.encoding;
        w->header = found.kind == MIME_SECTION_HEADER ? w->span.size : 0;
    } else {
        TRY(summary_facts(cx, w->row->summary, &facts));
        w->header = w->row->trace.n + facts.header_size;
    }
    if (binary)
        return put_binary(cx, w);
    return w->section->picks ? put_fields(cx, w) : put_span(cx, w);
}

enum code imap_section_put(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                           const struct item_row *row, const struct imap_section *section)
{
    struct want w = {.s = s, .call = call, .row = row, .section = section};
    buf_add(&call->text, section->label);
    buf_byte(&call->text, ' ');
    enum code code = put_found(cx, &w);
    if (code != OK)
        imap_say(call, section->kind == IMAP_SECTION_BINARY_SIZE ? STR("0") : STR("NIL"));
    return code;
}

static enum code read_bytes(struct ctx *cx, struct want *w, struct rope *out)
{
    struct mime_section found = {0};
    struct str header;
    w->span = (struct span){0, w->row->size};
    if (w->section->section.n) {
        TRY(summary_section(cx, w->row->summary, w->section->section, &found, NULL));
        w->span = span_of(w->row, &found);
    }
    if (!w->section->picks) {
        cut(w->section, &w->span);
        return w->span.size
                   ? item_bytes(cx, w->s->env->core, w->row, w->span.start, w->span.size, out)
                   : OK;
    }
    TRY(read_span(cx, w, &header));
    header = header_pick(cx->arena, header, w->section->fields, w->section->field_count,
                         w->section->except);
    struct span x = {0, header.n};
    cut(w->section, &x);
    rope_ref(out, str_sub(header, (size_t)x.start, (size_t)x.size));
    return OK;
}

enum code imap_section_read(struct ctx *cx, struct imap_session *s, const struct item_row *row,
                            const struct imap_section *section, struct rope *out)
{
    struct imap_call counted = {0};
    struct want w = {.s = s, .call = &counted, .row = row, .section = section};
    return read_bytes(cx, &w, out);
}
