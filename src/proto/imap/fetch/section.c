#include "format/summary.h"
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

static enum code put_span(struct ctx *cx, const struct want *w)
{
    struct rope bytes = rope_of(cx->arena);
    struct span x = w->span;
    cut(w->section, &x);
    TRY(hold(cx, w, x.size));
    if (x.size)
        TRY(item_bytes(cx, w->s->env->core, w->row, x.start, x.size, &bytes));
    put_size(w->call, bytes.bytes, false);
    imap_flush(w->call);
    rope_join(&w->call->reply->out, &bytes);
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

static enum code put_fields(struct ctx *cx, const struct want *w)
{
    struct str header;
    TRY(read_span(cx, w, &header));
    header = header_pick(cx->arena, header, w->section->fields, w->section->field_count,
                         w->section->except);
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
    w->span = (struct span){0, w->row->size};
    if (w->section->section.n) {
        TRY(summary_section(cx, w->row->summary, w->section->section, &found,
                            binary ? &part : NULL));
        w->span = span_of(w->row, &found);
        w->encoding = part.node.encoding;
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
