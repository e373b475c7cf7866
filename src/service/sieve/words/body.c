#include "format/charset.h"
#include "format/mime.h"
#include "format/text.h"
#include "service/sieve/run/draft.h"
#include "service/sieve/run/match.h"
#include "service/sieve/script/words.h"

/* The test body (RFC 5173). Its wildcards set no match variables (section 6). */

/* Decoded parts, kept for the next body test of the run: by number, for one structure. */
struct sieve_words {
    const struct mime *mime;
    struct str *content, *text;
    bool *has_content, *has_text;
};

static struct sieve_words *words(struct sieve_run *r)
{
    const struct mime *m = sieve_draft_mime(r);
    if (!r->words || r->words->mime != m) {
        r->words = ARENA_NEW(r->arena, struct sieve_words);
        r->words->mime = m;
        r->words->content = ARENA_ARRAY(r->arena, m->count, struct str);
        r->words->text = ARENA_ARRAY(r->arena, m->count, struct str);
        r->words->has_content = ARENA_ARRAY(r->arena, m->count, bool);
        r->words->has_text = ARENA_ARRAY(r->arena, m->count, bool);
    }
    return r->words;
}

/* Decoded; texts as UTF-8. */
static struct str content(struct sieve_run *r, uint32_t part)
{
    struct sieve_words *w = words(r);
    if (!w->has_content[part]) {
        const struct mime_part *p = &w->mime->parts[part];
        struct str s = mime_content(r->arena, w->mime, part, SIZE_MAX / 2);
        if (str_eq(p->type.type, STR("text")))
            s = charset_to_utf8(r->arena, header_param(&p->type, STR("charset")), s);
        w->content[part] = s;
        w->has_content[part] = true;
    }
    return w->content[part];
}

static struct str text(struct sieve_run *r, uint32_t part)
{
    struct sieve_words *w = words(r);
    if (!w->has_text[part]) {
        w->text[part] = text_of_part(r->arena, w->mime, part, SIZE_MAX / 2);
        w->has_text[part] = true;
    }
    return w->text[part];
}

/* "" is all, "text" is text/anything, "text/html" itself; odd slashes are nothing. */
static bool is_type(const struct mime_part *p, struct str wanted)
{
    size_t slash = str_chr(wanted, '/');
    if (slash == SIZE_MAX)
        return wanted.n == 0 || str_ieq(p->type.type, wanted);
    return str_ieq(p->type.type, str_sub(wanted, 0, slash)) &&
           str_ieq(p->type.subtype, str_from(wanted, slash + 1));
}

static bool is_wanted(const struct mime_part *p, const struct str *types, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_type(p, types[i]))
            return true;
    return false;
}

/* A multipart is what stands before its first part and behind its last, a message its header
   (RFC 5173 section 5.2). */
static bool container(struct sieve_matcher *m, const struct mime *mime, uint32_t part)
{
    const struct mime_node *n = &mime->parts[part].node;
    if (n->kind == MIME_MESSAGE)
        return n->child != MIME_NONE && sieve_match_value(m, mime_header(mime, n->child));
    size_t from = n->start + n->header_size, to = from + n->body_size;
    if (n->child == MIME_NONE)
        return sieve_match_value(m, mime_body(mime, part));
    uint32_t last = n->child;
    while (mime->parts[last].node.next != MIME_NONE)
        last = mime->parts[last].node.next;
    const struct mime_node *end = &mime->parts[last].node;
    size_t behind = end->start + end->header_size + end->body_size;
    return sieve_match_value(m,
                             str_sub(mime->bytes, from, mime->parts[n->child].node.start - from)) ||
           sieve_match_value(m, str_sub(mime->bytes, behind, to - behind));
}

static void by_type(struct sieve_matcher *m, const struct sieve_arg *arg)
{
    struct sieve_run *r = m->run;
    const struct mime *mime = sieve_draft_mime(r);
    const struct str *types = sieve_run_texts(r, arg);
    for (uint32_t i = 0; i < mime->count; i++) {
        const struct mime_part *p = &mime->parts[i];
        if (!sieve_run_spend(r, m->node->spot, 1 + p->node.body_size / 256))
            return;
        if (!is_wanted(p, types, arg->count))
            continue;
        bool leaf = p->node.kind == MIME_LEAF;
        if (leaf ? sieve_match_value(m, content(r, i)) : container(m, mime, i))
            return;
    }
}

static void by_text(struct sieve_matcher *m)
{
    struct sieve_run *r = m->run;
    const struct mime *mime = sieve_draft_mime(r);
    for (uint32_t i = 0; i < mime->count; i++) {
        const struct mime_part *p = &mime->parts[i];
        if (p->node.kind != MIME_LEAF || !str_eq(p->type.type, STR("text")))
            continue;
        if (!sieve_run_spend(r, m->node->spot, 1 + p->node.body_size / 256) ||
            sieve_match_value(m, text(r, i)))
            return;
    }
}

bool sieve_body_test(struct sieve_run *r, const struct sieve_node *n)
{
    size_t matched = r->frame->matched_count;
    struct str before[SIEVE_MATCHED_MAX + 1];
    for (size_t i = 0; i < matched; i++)
        before[i] = r->frame->matched[i];
    struct sieve_matcher m;
    sieve_match_begin(&m, r, n, sieve_arg(n, 0));
    const struct sieve_arg *types = sieve_tag(n, TAG_CONTENT);
    if (types)
        by_type(&m, types);
    else if (sieve_tag(n, TAG_RAW))
        sieve_match_value(&m, mime_body(sieve_draft_mime(r), 0));
    else
        by_text(&m);
    bool answer = sieve_match_end(&m);
    for (size_t i = 0; i < matched; i++)
        r->frame->matched[i] = before[i];
    r->frame->matched_count = matched;
    return answer;
}
