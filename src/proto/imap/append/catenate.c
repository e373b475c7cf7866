/* CATENATE (RFC 4469): a message put together from text and from parts of others. */
#include "proto/imap/append/append.h"
#include "proto/imap/wire/parse.h"
#include "proto/imap/wire/reply.h"

/* A code without its brackets; what could end it is left out. */
static struct str badurl(struct ctx *cx, struct str url)
{
    struct buf clean = buf_of(cx->arena, url.n + 16), b = buf_of(cx->arena, url.n * 2 + 32);
    for (size_t i = 0; i < url.n; i++)
        if (url.p[i] > ' ' && url.p[i] < 0x7f && url.p[i] != ']')
            buf_byte(&clean, url.p[i]);
    buf_add(&b, STR("BADURL "));
    imap_put_string(&b, str_sub(buf_str(&clean), 0, 900));
    return buf_str(&b);
}

static enum code url_part(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                          struct cur *c, struct rope *out)
{
    struct str url;
    if (!imap_astring(cx->arena, c, &url))
        return fail(cx, E_SYNTAX, "URL expected");
    enum code code = imap_url_read(cx, s, url, out);
    bool nowhere = code == E_SYNTAX || code == E_NOT_FOUND || code == E_UNSUPPORTED ||
                   code == E_DENIED; /* what may not be read is not there */
    if (!nowhere)
        return code;
    call->response = badurl(cx, url);
    return fail(cx, E_NOT_FOUND, "the URL leads nowhere");
}

static enum code part(struct ctx *cx, struct imap_session *s, struct imap_call *call, struct cur *c,
                      struct rope *out)
{
    struct str text;
    if (cur_word(c, STR("URL ")))
        return url_part(cx, s, call, c, out);
    bool utf8 = cur_word(c, STR("UTF8 (")); /* RFC 6855 section 4 */
    if (!utf8 && !cur_word(c, STR("TEXT ")))
        return fail(cx, E_SYNTAX, "TEXT or URL expected");
    if (!imap_literal(c, &text) || (utf8 && !cur_char(c, ')')))
        return fail(cx, E_SYNTAX, "a literal expected");
    rope_ref(out, text);
    return OK;
}

enum code imap_catenate(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                        struct cur *c, struct rope *out)
{
    size_t count = 0;
    if (!cur_char(c, '('))
        return fail(cx, E_SYNTAX, "parts in brackets expected");
    do {
        if (count++ == IMAP_CATENATE_PARTS_MAX)
            return fail(cx, E_LIMIT, "more than %d parts", IMAP_CATENATE_PARTS_MAX);
        TRY(part(cx, s, call, c, out));
        if (out->bytes <= s->env->limits.message_bytes)
            continue;
        call->response = STR("TOOBIG");
        return fail(cx, E_LIMIT, "the parts are too big together");
    } while (imap_sp(c));
    return cur_char(c, ')') ? OK : fail(cx, E_SYNTAX, "closing bracket expected after parts");
}
