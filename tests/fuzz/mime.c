/* The MIME parser and all that is rendered of its tree. */
#include "format/mime.h"
#include "base/arena.h"
#include "format/bodystructure.h"
#include "format/envelope.h"
#include "format/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Renders, finds and reads every part. */
static void look_at_all(struct ctx *cx, const struct mime *m)
{
    struct mime_section s;
    struct str body;
    struct buf out = buf_of(cx->arena, 1 << 24);
    for (uint32_t i = 0; i < m->count && i < 50; i++) {
        const struct mime_node *p = &m->parts[i].node;
        must(p->start + p->header_size + p->body_size <= m->bytes.n);
        struct str path = mime_path(cx->arena, m, i);
        must(path.n == 0 || (mime_section(cx, m, path, &s) == OK && s.part == i));
        (void)text_of_part(cx->arena, m, i, 1 << 20);
        (void)mime_is_attachment(m, i);
        (void)mime_name(&m->parts[i]);
    }
    (void)text_preview(cx->arena, m);
    bodystructure_put(&out, m, true);
    must(out.overflow || bodystructure_to_body(cx, buf_str(&out), &body) == OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct mime_limits tight = {
        .depth = 4, .parts = 5, .header_bytes = 200, .fields = 5};
    struct ctx cx = {.arena = arena_open()};
    struct mime *m;
    must(mime_parse(&cx, str_of(data, n), NULL, &m) == OK);
    look_at_all(&cx, m);
    must(mime_parse(&cx, str_of(data, n), &tight, &m) == OK);
    must(m->count <= tight.parts);
    look_at_all(&cx, m);
    must(mime_parse_header(&cx, str_of(data, n), &m) == OK);
    arena_close(cx.arena);
    return 0;
}
