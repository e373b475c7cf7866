#include "format/mime.h"
#include "base/random.h"
#include "format/header.h"
#include "format/text.h"
#include "format/utf8.h"
#include "service/sieve/run/draft.h"
#include "service/sieve/run/vars.h"
#include "service/sieve/script/check.h"
#include "service/sieve/script/words.h"

/* Loops over the parts of a message, and what is done to these (RFC 5703). */

void sieve_foreverypart_check(struct sieve_check *k, struct sieve_node *n)
{
    const struct sieve_arg *name = sieve_tag(n, TAG_NAME);
    if (name)
        sieve_check_constant(k, name, "the name of a loop");
    if (k->loop_count == SIEVE_LOOPS_MAX)
        sieve_report_at(k->report, n->spot, "loops in each other: no more than %d",
                        SIEVE_LOOPS_MAX);
}

void sieve_break_check(struct sieve_check *k, struct sieve_node *n)
{
    const struct sieve_arg *name = sieve_tag(n, TAG_NAME);
    if (name && !sieve_check_constant(k, name, "the name of a loop"))
        return;
    for (unsigned i = 0; i < k->loop_count; i++)
        if (!name || str_eq(k->loops[i], name->strings[0]))
            return;
    if (name)
        sieve_report_at(k->report, name->spot, "there is no loop \"%.*s\" around this",
                        STR_ARG(name->strings[0]));
    else
        sieve_report_at(k->report, n->spot, "there is no loop around this");
}

enum sieve_flow sieve_break_run(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_arg *name = sieve_tag(n, TAG_NAME);
    r->break_to = name ? name->strings[0] : (struct str){0};
    return SIEVE_BREAK;
}

/* Whether a "break" that was met ends this loop. */
static bool ends(const struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_arg *name = sieve_tag(n, TAG_NAME);
    return !r->break_to.n || (name && str_eq(name->strings[0], r->break_to));
}

static bool is_inside(const struct mime *m, uint32_t part, uint32_t root)
{
    while (part != root && part != MIME_NONE)
        part = m->parts[part].node.parent;
    return part == root;
}

enum sieve_flow sieve_foreverypart_run(struct sieve_run *r, const struct sieve_node *n)
{
    const struct mime *m = sieve_draft_mime(r);
    uint32_t root = r->loop ? r->loop->part : 0, first = r->loop ? root + 1 : 0;
    struct sieve_loop loop = {.up = r->loop, .node = n};
    enum sieve_flow flow = SIEVE_ON;
    for (uint32_t i = first; i < m->count && is_inside(m, i, root) && flow == SIEVE_ON; i++) {
        if (!sieve_run_spend(r, n->spot, 1))
            return SIEVE_FAILED;
        loop.part = i;
        r->loop = &loop;
        flow = sieve_run_block(r, n->block);
        r->loop = loop.up;
    }
    if (!r->loop)
        sieve_draft_settle(r);
    return flow == SIEVE_BREAK && ends(r, n) ? SIEVE_ON : flow;
}

void sieve_extracttext_check(struct sieve_check *k, struct sieve_node *n)
{
    if (!sieve_check_has(k, EXT_VARIABLES))
        sieve_check_lacks(k, n, STR("extracttext"), EXT_VARIABLES);
    else
        sieve_check_variable(k, sieve_arg(n, 0));
    if (!k->loop_count)
        sieve_report_at(k->report, n->spot, "\"extracttext\" stands in a \"foreverypart\" only");
}

enum sieve_flow sieve_extracttext_run(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_arg *first = sieve_tag(n, TAG_FIRST);
    if (!r->loop)
        return sieve_run_fail(r, n->spot, false, "there is no loop around this");
    const struct mime *m = sieve_draft_mime(r);
    struct str text = {0};
    uint32_t part = r->loop->part;
    size_t most = m->parts[part].node.body_size * 4 + 16;
    if (m->parts[part].node.kind == MIME_LEAF)
        text = text_of_part(r->arena, m, part, most);
    if (first && first->number < text.n)
        text = utf8_cut_chars(text, (size_t)first->number);
    struct str name = str_lower(r->arena, sieve_arg(n, 0)->strings[0]);
    sieve_var_set(r, name, sieve_var_modify(r, n, text));
    return r->failed ? SIEVE_FAILED : SIEVE_ON;
}

/* Fields that tell of the content, which goes. */
static bool is_content(struct str name)
{
    return str_istarts(name, STR("Content-")) || str_ieq(name, STR("MIME-Version"));
}

static const struct str text_fields =
    STR("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 8bit\r\n");

/* A text as a part: its own header, blank line, text. */
static struct str text_entity(struct sieve_run *r, const struct sieve_node *n, struct str text)
{
    if (sieve_tag(n, TAG_MIME_REASON))
        return text;
    struct str parts[] = {str_from(text_fields, 19), STR("\r\n"), text};
    return str_join(r->arena, parts, 3);
}

/* The old value under another name, the new one under its own (RFC 5703 section 5.1). */
static void instead(struct sieve_run *r, struct buf *b, struct str name,
                    const struct sieve_arg *arg)
{
    struct str header = sieve_draft_header(r);
    struct header_field field;
    if (header_find(header, name, &field)) {
        buf_add(b, STR("Original-"));
        buf_add(b, field.line);
    }
    buf_add(b, sieve_field_line(r->arena, name, sieve_run_text(r, arg, 0)));
}

/* The whole message gets another body; its header stays but for what tells of the content. */
static struct str message_with(struct sieve_run *r, const struct sieve_node *n, struct str entity)
{
    const struct sieve_arg *subject = sieve_tag(n, TAG_SUBJECT), *from = sieve_tag(n, TAG_FROM);
    struct buf b = buf_of(r->arena, SIZE_MAX / 2);
    struct cur c = cur_of(sieve_draft_header(r));
    struct header_field field;
    while (header_next(&c, &field)) {
        bool gone = is_content(field.name) || (subject && str_ieq(field.name, STR("Subject"))) ||
                    (from && str_ieq(field.name, STR("From")));
        if (!gone)
            buf_add(&b, field.line);
    }
    if (subject)
        instead(r, &b, STR("Subject"), subject);
    if (from)
        instead(r, &b, STR("From"), from);
    buf_add(&b, str_sub(text_fields, 0, 19));
    buf_add(&b, entity);
    return buf_str(&b);
}

enum sieve_flow sieve_replace_run(struct sieve_run *r, const struct sieve_node *n)
{
    struct str entity = text_entity(r, n, sieve_run_text(r, sieve_arg(n, 0), 0));
    uint32_t part = r->loop ? r->loop->part : 0;
    sieve_draft_replace(r, part, part ? entity : message_with(r, n, entity));
    sieve_run_say(r, n->spot, "replace part %u", part);
    return SIEVE_ON;
}

/* The fields of the message around: the given ones, and of the old what names it. */
static void outer_header(struct sieve_run *r, const struct sieve_node *n, struct buf *b)
{
    static const struct str kept[] = {STR("From"),    STR("To"),        STR("Cc"),
                                      STR("Subject"), STR("Sender"),    STR("Reply-To"),
                                      STR("Date"),    STR("Message-ID")};
    const struct sieve_arg *subject = sieve_tag(n, TAG_SUBJECT), *more = sieve_tag(n, TAG_HEADERS);
    struct cur c = cur_of(sieve_draft_header(r));
    struct header_field field;
    while (header_next(&c, &field))
        for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
            if (str_ieq(field.name, kept[i]) && !(subject && str_ieq(kept[i], STR("Subject"))))
                buf_add(b, field.line);
    if (subject)
        buf_add(b, sieve_field_line(r->arena, STR("Subject"), sieve_run_text(r, subject, 0)));
    for (size_t i = 0; more && i < more->count; i++) {
        struct str line = sieve_run_text(r, more, i);
        size_t colon = str_chr(line, ':');
        struct str name = str_trim(str_sub(line, 0, colon));
        if (colon != SIZE_MAX && sieve_is_field_name(name) && !is_content(name))
            buf_add(b, sieve_field_line(r->arena, name, str_from(line, colon + 1)));
    }
}

enum sieve_flow sieve_enclose_run(struct sieve_run *r, const struct sieve_node *n)
{
    struct str text = sieve_run_text(r, sieve_arg(n, 0), 0), whole = sieve_draft_bytes(r);
    unsigned long long random = random_u64(r->cx->random);
    struct str line = str_printf(r->arena, "=_sieve_%016llx", random);
    struct buf b = buf_of(r->arena, SIZE_MAX / 2);
    outer_header(r, n, &b);
    buf_printf(&b, "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"%.*s\"\r\n\r\n",
               STR_ARG(line));
    buf_printf(&b, "--%.*s\r\n", STR_ARG(line));
    buf_add(&b, text_entity(r, n, text));
    buf_printf(&b, "\r\n--%.*s\r\nContent-Type: message/rfc822\r\n\r\n", STR_ARG(line));
    buf_add(&b, whole);
    buf_printf(&b, "\r\n--%.*s--\r\n", STR_ARG(line));
    sieve_draft_replace(r, 0, buf_str(&b));
    sieve_run_say(r, n->spot, "enclose");
    return SIEVE_ON;
}
