/* Every message of a directory through the parser and the summary: what must hold for any input. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "format/bodystructure.h"
#include "format/envelope.h"
#include "format/summary.h"
#include "format/text.h"
#include "format/utf8.h"
#include "judge/messages.h"

struct judge {
    size_t messages, failures, bytes, summary_bytes, largest;
    int64_t us;
    const char *name;
};

#define CHECK(j, x) ((x) ? (void)0 : failed((j), #x, __LINE__))

static void failed(struct judge *j, const char *what, int line)
{
    if (++j->failures <= 50)
        printf("%s: line %d: %s\n", j->name, line, what);
}

/* A reader of IMAP lists that knows nothing of how they are written. */
static bool list_item(struct cur *c, int depth);

static bool list_string(struct cur *c)
{
    char byte;
    while (cur_byte(c, &byte) && byte != '"') {
        if (byte == '\\' && (!cur_byte(c, &byte) || (byte != '"' && byte != '\\')))
            return false;
        if ((unsigned char)byte < ' ' || (unsigned char)byte > '~')
            return false;
    }
    return byte == '"';
}

static bool list_literal(struct cur *c)
{
    uint32_t n;
    struct str bytes;
    return cur_u32(c, &n) && cur_text(c, STR("}\r\n")) && cur_bytes(c, n, &bytes) &&
           str_chr(bytes, 0) == SIZE_MAX;
}

static bool list_list(struct cur *c, int depth)
{
    if (cur_char(c, ')'))
        return true;
    do {
        if (!list_item(c, depth + 1))
            return false;
    } while (cur_char(c, ' ') || cur_peek(c) == '('); /* parts of a multipart stand close */
    return cur_char(c, ')');
}

static bool is_atom(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c);
}

static bool list_item(struct cur *c, int depth)
{
    if (depth > 2000)
        return false;
    if (cur_char(c, '('))
        return list_list(c, depth);
    if (cur_char(c, '"'))
        return list_string(c);
    if (cur_char(c, '{'))
        return list_literal(c);
    return cur_while(c, is_atom).n != 0;
}

static bool is_list(struct str s)
{
    struct cur c = cur_of(s);
    return cur_peek(&c) == '(' && list_item(&c, 0) && cur_end(&c);
}

static void check_node(struct judge *j, const struct mime *m, uint32_t i)
{
    const struct mime_node *n = &m->parts[i].node;
    uint64_t end = n->start + n->header_size + n->body_size;
    CHECK(j, end <= m->bytes.n);
    CHECK(j, n->lines <= n->body_size);
    CHECK(j, n->next == MIME_NONE || (n->next > i && m->parts[n->next].node.start >= end));
    CHECK(j, n->child == MIME_NONE || n->child == i + 1);
    CHECK(j, (n->kind == MIME_LEAF) == (n->child == MIME_NONE));
    CHECK(j, (i == 0) == (n->parent == MIME_NONE));
    CHECK(j, m->parts[i].type.type.n && m->parts[i].type.subtype.n);
    if (n->parent == MIME_NONE)
        return;
    const struct mime_node *p = &m->parts[n->parent].node;
    CHECK(j, n->start >= p->start + p->header_size);
    /* A header that a boundary cut off ends with the line end that belongs to the boundary. */
    CHECK(j, end <= p->start + p->header_size + p->body_size + 2);
    CHECK(j, p->kind != MIME_MESSAGE || m->parts[i].message);
}

/* The part's number leads back to it. */
static void check_path(struct judge *j, struct ctx *cx, const struct mime *m, uint32_t i)
{
    struct str path = mime_path(cx->arena, m, i);
    struct mime_section s;
    if (path.n == 0)
        return;
    CHECK(j, mime_section(cx, m, path, &s) == OK);
    CHECK(j, s.part == i && s.size == m->parts[i].node.body_size);
}

static void check_parts(struct judge *j, struct ctx *cx, const struct mime *m, struct str summary)
{
    struct summary_part *parts;
    uint32_t count;
    struct summary_facts facts;
    CHECK(j, summary_parts(cx, summary, &parts, &count) == OK);
    CHECK(j, summary_facts(cx, summary, &facts) == OK);
    if (count != m->count) { /* it was too large for a row */
        CHECK(j, facts.flags & SUMMARY_CUT);
        return;
    }
    for (uint32_t i = 0; i < m->count; i++) {
        check_node(j, m, i);
        if (m->count < 200)
            check_path(j, cx, m, i);
        const struct mime_node *a = &m->parts[i].node, *b = &parts[i].node;
        CHECK(j, a->parent == b->parent && a->child == b->child && a->next == b->next);
        CHECK(j, a->kind == b->kind && a->encoding == b->encoding && a->start == b->start);
        CHECK(j, a->header_size == b->header_size && a->body_size == b->body_size);
        CHECK(j, a->lines == b->lines && parts[i].attachment == mime_is_attachment(m, i));
    }
}

static void check_fields(struct judge *j, struct ctx *cx, struct str summary)
{
    static const enum summary_field text[] = {
        SUMMARY_SUBJECT, SUMMARY_BASE_SUBJECT, SUMMARY_FROM_NAME, SUMMARY_FROM_ADDRESS,
        SUMMARY_TO_NAME, SUMMARY_TO_ADDRESS,   SUMMARY_CC_NAME,   SUMMARY_CC_ADDRESS,
        SUMMARY_LIST_ID, SUMMARY_PREVIEW,      SUMMARY_ADDRESSES};
    struct str s;
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        CHECK(j, summary_get(cx, summary, text[i], &s) == OK);
        CHECK(j, utf8_valid(s));
        if (text[i] == SUMMARY_PREVIEW)
            CHECK(j, utf8_cut_chars(s, TEXT_PREVIEW_CHARS).n == s.n);
        if (text[i] != SUMMARY_ADDRESSES)
            CHECK(j, str_chr(s, '\n') == SIZE_MAX && str_chr(s, '\r') == SIZE_MAX);
    }
    CHECK(j, summary_get(cx, summary, SUMMARY_ENVELOPE, &s) == OK && is_list(s));
    CHECK(j, summary_get(cx, summary, SUMMARY_BODYSTRUCTURE, &s) == OK && is_list(s));
}

static void check_attachments(struct judge *j, struct ctx *cx, const struct mime *m,
                              struct str summary)
{
    struct summary_attachment x;
    struct str s = {0};
    CHECK(j, summary_get(cx, summary, SUMMARY_ATTACHMENTS, &s) == OK);
    struct cur c = cur_of(s);
    while (summary_next_attachment(&c, &x)) {
        CHECK(j, utf8_valid(x.name));
        if (x.part >= m->count || m->parts[x.part].node.encoding != MIME_BASE64)
            continue;
        struct str bytes = mime_content(cx->arena, m, x.part, SIZE_MAX);
        uint64_t d = x.size > bytes.n ? x.size - bytes.n : bytes.n - x.size;
        /* Malformed base64 is an estimate. */
        CHECK(j, d <= 4 || d <= bytes.n / 20 || m->parts[x.part].node.body_size < 500);
    }
    CHECK(j, cur_end(&c));
}

static void one(void *self, const char *name, struct str message)
{
    struct judge *j = self;
    struct arena *a = arena_open();
    struct ctx cx = {.arena = a};
    struct mime *m;
    struct str summary, body;
    j->name = name;
    int64_t start = clock_mono_us();
    CHECK(j, summary_make(&cx, message, &summary) == OK);
    j->us += clock_mono_us() - start;
    j->messages++;
    j->bytes += message.n;
    j->summary_bytes += summary.n;
    if (summary.n > j->largest)
        j->largest = summary.n;
    CHECK(j, mime_parse(&cx, message, NULL, &m) == OK);
    check_parts(j, &cx, m, summary);
    check_fields(j, &cx, summary);
    check_attachments(j, &cx, m, summary);
    struct buf plain = buf_of(a, SIZE_MAX / 2);
    bodystructure_put(&plain, m, false);
    CHECK(j, summary_body(&cx, summary, &body) == OK);
    CHECK(j, is_list(body) && (m->count > 1000 || str_eq(body, buf_str(&plain))));
    arena_close(a);
}

int main(int argc, char **argv)
{
    struct judge j = {0};
    for (int i = 1; i < argc; i++)
        messages_each(argv[i], one, &j);
    printf("%zu messages, %zu bytes, %zu failures; summaries: mean %zu, largest %zu bytes; "
           "%.1f us a message, %.0f MB/s\n",
           j.messages, j.bytes, j.failures, j.messages ? j.summary_bytes / j.messages : 0,
           j.largest, (double)j.us / (double)(j.messages + !j.messages),
           j.us ? (double)j.bytes / (double)j.us : 0);
    return j.messages == 0 || j.failures != 0;
}
