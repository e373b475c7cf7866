/* New signatures, and how they are written. */
#include "base/arena.h"
#include "base/buf.h"
#include "format/base64.h"
#include "service/mailauth/signature.h"

enum { FIELD_MAX = 16384, LINE_COLUMNS = 72 };

/* "a:b:c", folded after a colon where lines grow long. */
static void names_put(struct buf *b, const struct signing *how)
{
    size_t column = 3;
    for (size_t i = 0; i < how->name_count; i++) {
        if (i)
            buf_byte(b, ':');
        if (column + how->names[i].n > LINE_COLUMNS) {
            buf_add(b, STR("\r\n "));
            column = 1;
        }
        buf_add(b, how->names[i]);
        column += how->names[i].n + 1;
    }
}

static void tag_put(struct buf *b, const char *name, struct str value)
{
    if (value.n)
        buf_printf(b, " %s=%.*s;", name, STR_ARG(value));
}

/* All of it with b as the signature, which is empty for what is hashed. */
static struct str written(struct arena *a, const struct signing *how, struct str body_hash,
                          struct str signature)
{
    struct buf b = buf_of(a, FIELD_MAX);
    buf_printf(&b, "%.*s:", STR_ARG(how->field_name));
    tag_put(&b, "v", how->version);
    tag_put(&b, "a", sign_algorithm_name(sign_key_algorithm(how->key)));
    buf_printf(&b, "\r\n b=%.*s;\r\n bh=%.*s; c=relaxed/relaxed;\r\n", STR_ARG(signature),
               STR_ARG(base64_encode(a, body_hash)));
    tag_put(&b, "d", how->domain);
    buf_add(&b, STR("\r\n h="));
    names_put(&b, how);
    buf_add(&b, STR(";\r\n"));
    tag_put(&b, "i", how->instance);
    buf_printf(&b, " s=%.*s; t=%lld", STR_ARG(how->selector), (long long)how->made_s);
    if (how->expires_s)
        buf_printf(&b, "; x=%lld", (long long)how->expires_s);
    buf_add(&b, STR("\r\n"));
    must(!b.overflow);
    return buf_str(&b);
}

struct str signature_make(struct ctx *cx, struct canon_message *m, const struct signing *how)
{
    unsigned char hash[SHA256_BYTES];
    const struct canon_body *body = canon_body_hash(m, CANON_RELAXED, NULL);
    struct str body_hash = str_of(body->hash, SHA256_BYTES);
    struct str draft = written(cx->arena, how, body_hash, (struct str){0});
    const struct header_field field = {
        .name = how->field_name,
        .value = str_trim(str_from(draft, how->field_name.n + 1)),
        .line = draft,
    };
    const struct signature s = {
        .field = &field,
        .header_canon = CANON_RELAXED,
        .names = ARENA_ARRAY(cx->arena, how->name_count, struct str),
        .name_count = how->name_count,
    };
    for (size_t i = 0; i < how->name_count; i++)
        s.names[i] = how->names[i];
    signature_hash(m, &s, hash);
    struct str bytes = sign_make(cx->arena, how->key, hash);
    return written(cx->arena, how, body_hash, base64_encode(cx->arena, bytes));
}
