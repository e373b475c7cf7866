#include "format/base64.h"
#include "format/header.h"
#include "format/mime.h"
#include "service/sieve/run/draft.h"
#include "service/sieve/run/vars.h"
#include "service/sieve/script/check.h"
#include "service/sieve/script/words.h"

/* What others do with the message's parts: convert (RFC 6558). */

static bool is_type(const struct mime_part *p, struct str wanted)
{
    size_t slash = str_chr(wanted, '/');
    return slash != SIZE_MAX && str_ieq(p->type.type, str_sub(wanted, 0, slash)) &&
           str_ieq(p->type.subtype, str_from(wanted, slash + 1));
}

/* A part's new bytes: its own header with another type and encoding. */
static struct str entity(struct sieve_run *r, uint32_t part, struct str type, struct str content)
{
    struct str header = part ? mime_header(sieve_draft_mime(r), part) : sieve_draft_header(r);
    struct buf b = buf_of(r->arena, SIZE_MAX / 2);
    struct cur c = cur_of(header);
    struct header_field field;
    while (header_next(&c, &field))
        if (!str_ieq(field.name, STR("Content-Type")) &&
            !str_ieq(field.name, STR("Content-Transfer-Encoding")))
            buf_add(&b, field.line);
    buf_printf(&b, "Content-Type: %.*s\r\nContent-Transfer-Encoding: base64\r\n\r\n",
               STR_ARG(type));
    buf_add(&b, base64_encode_lines(r->arena, content));
    return buf_str(&b);
}

/* Whether text can stand in a Content-Type as it is. */
static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_alpha(s.p[i]) && !ascii_is_digit(s.p[i]) &&
            str_chr(STR("/.+-_"), s.p[i]) == SIZE_MAX)
            return false;
    return s.n > 0;
}

static bool convert_part(struct sieve_run *r, uint32_t part, const struct str names[3])
{
    const struct sieve_world *w = r->world;
    const struct mime *m = sieve_draft_mime(r);
    struct str out, content;
    if (m->parts[part].node.kind != MIME_LEAF || !is_type(&m->parts[part], names[0]))
        return false;
    content = mime_content(r->arena, m, part, SIZE_MAX / 2);
    if (!w->ops->convert(w->self, r->cx, content, names, &out))
        return false;
    sieve_draft_replace(r, part, entity(r, part, names[1], out));
    return true;
}

/* In a loop its part, else all parts of the type (RFC 6558 section 2). */
bool sieve_convert_test(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_world *w = r->world;
    const struct sieve_arg *arg = sieve_arg(n, 2);
    const struct str *parameters = sieve_run_texts(r, arg);
    struct buf b = buf_of(r->arena, SIEVE_VALUE_MAX);
    for (size_t i = 0; i < arg->count; i++) {
        buf_add(&b, i ? STR(" ") : STR(""));
        buf_add(&b, parameters[i]);
    }
    struct str names[] = {sieve_run_text(r, sieve_arg(n, 0), 0),
                          sieve_run_text(r, sieve_arg(n, 1), 0), buf_str(&b)};
    if (!w->ops || !w->ops->convert || !is_plain(names[1]))
        return false;
    if (r->loop)
        return convert_part(r, r->loop->part, names);
    struct sieve_loop all = {0};
    bool any = false;
    r->loop = &all; /* parts keep their numbers */
    for (uint32_t i = 0; i < sieve_draft_mime(r)->count && sieve_run_spend(r, n->spot, 1); i++)
        any |= convert_part(r, i, names);
    r->loop = NULL;
    sieve_draft_settle(r);
    return any;
}

enum sieve_flow sieve_convert_run(struct sieve_run *r, const struct sieve_node *n)
{
    sieve_convert_test(r, n);
    return r->failed ? SIEVE_FAILED : SIEVE_ON;
}
