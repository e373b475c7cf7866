#include "format/base64.h"
#include "format/mime.h"
#include "proto/imap/append/append.h"

/* A copy of the message on its way: everything before at is in out. */
struct copy {
    struct arena *a;
    const struct mime *m;
    struct buf out;
    size_t at;
};

static void copy_to(struct copy *x, uint64_t end)
{
    if (end > x->at)
        buf_add(&x->out, str_sub(x->m->bytes, x->at, (size_t)end - x->at));
    x->at = (size_t)end;
}

/* The part's header with another Content-Transfer-Encoding. */
static void put_header(struct copy *x, uint32_t part, struct str encoding)
{
    struct str header = mime_header(x->m, part);
    static const struct str name[] = {STR("Content-Transfer-Encoding")};
    struct str rest = header_pick(x->a, header, name, 1, true);
    if (str_ends(rest, STR("\r\n"))) /* the blank line */
        rest.n -= 2;
    buf_add(&x->out, rest);
    buf_add(&x->out, STR("Content-Transfer-Encoding: "));
    buf_add(&x->out, encoding);
    buf_add(&x->out, STR("\r\n\r\n"));
    x->at = (size_t)(x->m->parts[part].node.start + x->m->parts[part].node.header_size);
}

static bool has_nul(struct str s)
{
    return str_chr(s, '\0') != SIZE_MAX;
}

static void copy_part(struct copy *x, uint32_t part)
{
    const struct mime_node *node = &x->m->parts[part].node;
    bool plain =
        node->encoding == MIME_7BIT || node->encoding == MIME_8BIT || node->encoding == MIME_BINARY;
    copy_to(x, node->start);
    if (node->kind != MIME_LEAF) {
        if (node->encoding == MIME_BINARY)
            put_header(x, part, STR("8bit"));
        return;
    }
    struct str body = mime_body(x->m, part);
    if (!plain || !has_nul(body))
        return;
    put_header(x, part, STR("base64"));
    struct str encoded = base64_encode_lines(x->a, body);
    if (part && str_ends(encoded, STR("\r\n"))) /* the boundary brings its own line end */
        encoded.n -= 2;
    buf_add(&x->out, encoded);
    x->at += body.n;
}

enum code imap_binary_encode(struct ctx *cx, struct str message, struct str *out)
{
    if (!has_nul(message)) {
        *out = message;
        return OK;
    }
    struct mime *m;
    TRY(mime_parse(cx, message, NULL, &m));
    struct copy x = {.a = cx->arena, .m = m, .out = buf_of(cx->arena, message.n * 2 + 4096)};
    for (uint32_t i = 0; i < m->count; i++)
        copy_part(&x, i);
    copy_to(&x, message.n);
    struct str done = buf_str(&x.out);
    if (x.out.overflow || has_nul(done))
        return fail(cx, E_UNSUPPORTED, "NUL where no part can be encoded");
    *out = done;
    return OK;
}
