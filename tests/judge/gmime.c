/* The same messages through GMime, which shares no code with us: structure, subject, senders, names
   of attachments, decoded contents and text. Each difference must be of a class that is explained
   here; others fail. */
#include "base/arena.h"
#include "base/buf.h"
#include "format/address.h"
#include "format/charset.h"
#include "format/mime.h"
#include "format/utf8.h"
#include "judge/messages.h"
#include <gmime/gmime.h>

/* CONTENT: size and hash of each leaf, decoded. TEXT: of each text part, as UTF-8. */
enum aspect { STRUCTURE, SUBJECT, FROM, NAMES, CONTENT, TEXT, ASPECTS };

static const char *const aspect_names[ASPECTS] = {"structure", "subject", "from",
                                                  "names",     "content", "text"};

/* What one of the two says about a message. */
struct view {
    struct str aspect[ASPECTS];
};

struct seen {
    const struct mime *m;
    struct str message, ours, theirs;
    enum aspect aspect;
};

static bool has_kind(const struct seen *d, struct str type)
{
    return str_find(d->ours, type) != SIZE_MAX || str_find(d->theirs, type) != SIZE_MAX;
}

static bool has_high_bytes(struct str s)
{
    return !utf8_is_ascii(s);
}

static bool header_of(const struct seen *d, const char *name, struct str *out)
{
    struct header_field f;
    bool found = header_find(mime_header(d->m, 0), str_z(name), &f);
    *out = found ? f.value : (struct str){0};
    return found;
}

static bool is_body(const struct seen *d)
{
    return d->aspect == CONTENT || d->aspect == TEXT;
}

static bool limits(const struct seen *d)
{
    return d->m->cut;
}

static bool undecodable(const struct seen *d)
{
    return str_find(d->ours, STR("\xef\xbf\xbd")) != SIZE_MAX ||
           str_find(d->theirs, STR("\xef\xbf\xbd")) != SIZE_MAX ||
           str_chr(d->theirs, '?') != SIZE_MAX;
}

static bool cr_only(const struct seen *d)
{
    return str_chr(d->message, '\n') == SIZE_MAX;
}

static bool empty_multipart(const struct seen *d)
{
    return d->aspect == STRUCTURE && str_find(d->theirs, STR("()")) != SIZE_MAX;
}

static bool encoded_message(const struct seen *d)
{
    for (uint32_t i = 0; i < d->m->count; i++)
        if (d->m->parts[i].node.kind != MIME_LEAF && (d->m->parts[i].node.encoding == MIME_BASE64 ||
                                                      d->m->parts[i].node.encoding == MIME_QP))
            return true;
    return false;
}

static bool raw_8bit(const struct seen *d)
{
    return d->aspect != STRUCTURE && !is_body(d) && has_high_bytes(mime_header(d->m, 0));
}

static bool broken_header(const struct seen *d)
{
    struct cur c = cur_of(mime_header(d->m, 0));
    struct str line;
    while (!is_body(d) && cur_line(&c, &line))
        if (line.n && !ascii_is_space(line.p[0]) &&
            (str_chr(line, ':') == SIZE_MAX || str_chr(line, ':') > str_chr(line, ' ')))
            return true;
    return false;
}

static bool repeated_fields(const struct seen *d)
{
    static const struct str names[] = {STR("Subject"), STR("From"), STR("Content-Type")};
    for (uint32_t part = 0; part < d->m->count; part++)
        for (size_t i = 0; i < 3; i++) {
            struct header_field a, b;
            struct str h = mime_header(d->m, part);
            if (header_find(h, names[i], &a) && header_find_last(h, names[i], &b) &&
                a.line.p != b.line.p)
                return true;
        }
    return false;
}

static bool empty_boundary(const struct seen *d)
{
    return d->aspect == STRUCTURE && str_ifind(d->message, STR("boundary=\"\"")) != SIZE_MAX;
}

static bool empty_part(const struct seen *d)
{
    for (uint32_t i = 0; i < d->m->count; i++)
        if (d->m->parts[i].node.kind == MIME_LEAF && d->m->parts[i].node.body_size <= 2)
            return d->aspect == STRUCTURE || is_body(d);
    return false;
}

static bool odd_word(const struct seen *d)
{
    struct str raw;
    return header_of(d, d->aspect == FROM ? "From" : "Subject", &raw) &&
           str_find(raw, STR("=?")) != SIZE_MAX && d->aspect != STRUCTURE && !is_body(d);
}

static bool loose_address(const struct seen *d)
{
    struct str raw;
    return d->aspect == FROM && header_of(d, "From", &raw) &&
           (str_chr(raw, '@') == SIZE_MAX || str_find(raw, STR("..")) != SIZE_MAX ||
            str_find(raw, STR(".@")) != SIZE_MAX || str_chr(raw, '<') != str_rchr(raw, '<') ||
            str_find(raw, STR("\"@")) != SIZE_MAX || str_chr(raw, '(') != SIZE_MAX ||
            str_chr(raw, ':') != SIZE_MAX || str_chr(raw, ';') != SIZE_MAX ||
            str_chr(raw, '@') != str_rchr(raw, '@') || str_chr(raw, '[') != SIZE_MAX);
}

/* "<Jo Doe/Office@Domain>": names of other mail systems. */
static bool blank_in_brackets(const struct seen *d)
{
    struct str raw, inside;
    struct cur c;
    if (d->aspect != FROM || !header_of(d, "From", &raw))
        return false;
    c = cur_of(str_from(raw, str_chr(raw, '<')));
    return cur_until(&c, '>', &inside) && str_chr(inside, ' ') != SIZE_MAX;
}

static bool bad_type(const struct seen *d)
{
    return d->aspect == STRUCTURE && has_kind(d, STR("text/plain")) &&
           (str_find(d->theirs, STR("application/octet-stream")) != SIZE_MAX ||
            str_find(d->theirs, STR("text/text")) != SIZE_MAX);
}

/* What follows a boundary line at once is text to us. */
static bool headless_part(const struct seen *d)
{
    for (uint32_t i = 1; i < d->m->count; i++)
        if (d->m->parts[i].node.header_size == 0)
            return d->aspect == STRUCTURE || is_body(d);
    return false;
}

static bool loose_names(const struct seen *d)
{
    return d->aspect == NAMES;
}

/* Not groups of four with "=" at the end alone. */
static bool base64_is_loose(struct str s)
{
    size_t n = 0, pads = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\r' || c == '\n')
            continue;
        if (!(ascii_is_alpha(c) || ascii_is_digit(c) || c == '+' || c == '/' || c == '='))
            return true;
        if (pads && c != '=')
            return true;
        pads += c == '=';
        n++;
    }
    return n % 4 || pads > 2;
}

static bool is_hex(char c)
{
    return ascii_is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/* "=" that is neither "=4F" nor the end of a line; blanks at the end of a line; a last "=". */
static bool qp_is_loose(struct str s)
{
    if (str_ends(s, STR("=")) || str_ends(s, STR(" ")))
        return true;
    for (size_t i = 0; i < s.n; i++) {
        struct str rest = str_from(s, i + 1);
        bool at_end = str_starts(rest, STR("\r\n")) || str_starts(rest, STR("\n"));
        if ((s.p[i] == ' ' || s.p[i] == '\t') && at_end)
            return true;
        if (s.p[i] == '=' && !at_end && (rest.n < 2 || !is_hex(rest.p[0]) || !is_hex(rest.p[1])))
            return true;
    }
    return false;
}

static bool loose_encoding(const struct seen *d)
{
    for (uint32_t i = 0; is_body(d) && i < d->m->count; i++) {
        const struct mime_node *node = &d->m->parts[i].node;
        struct str body = mime_body(d->m, i);
        if (node->kind != MIME_LEAF)
            continue;
        if ((node->encoding == MIME_BASE64 && base64_is_loose(body)) ||
            (node->encoding == MIME_QP && qp_is_loose(body)))
            return true;
    }
    return false;
}

/* Some lines end in CRLF, a last one of a part in LF alone. */
static bool mixed_ends(const struct seen *d)
{
    return is_body(d) && str_find(d->message, STR("\r\n--")) != SIZE_MAX &&
           str_find(d->message, STR("=\n--")) != SIZE_MAX;
}

static bool uuencode(const struct seen *d)
{
    for (uint32_t i = 0; is_body(d) && i < d->m->count; i++)
        if (str_find(d->m->parts[i].encoding, STR("uu")) != SIZE_MAX)
            return true;
    return false;
}

static bool has_nul(const struct seen *d)
{
    return d->aspect == TEXT && str_chr(d->ours, 0) != SIZE_MAX;
}

static bool other_charset(const struct seen *d)
{
    return d->aspect == TEXT && has_high_bytes(d->ours);
}

/* The first that fits counts. */
static const struct {
    const char *name, *why;
    bool (*fits)(const struct seen *d);
} classes[] = {
    {"limits", "we stop at 100 levels or 10,000 parts; GMime at others", limits},
    {"cr-only", "messages whose only line end is CR: GMime sees one line", cr_only},
    {"empty-multipart", "a multipart without parts is shown as text by us", empty_multipart},
    {"empty-boundary", "boundary=\"\": no boundary to us, \"--\" to GMime", empty_boundary},
    {"empty-part", "parts between two boundaries with nothing in them: GMime drops them",
     empty_part},
    {"encoded-message", "an encoded message/rfc822 is decoded by GMime; RFC 2046 forbids it",
     encoded_message},
    {"headless-part", "a part that starts without a header or a blank line", headless_part},
    {"loose-encoding",
     "base64 or quoted-printable that breaks RFC 2045: other bytes are made of it", loose_encoding},
    {"mixed-ends", "a part in clear that ends in \"=\" and a bare LF: GMime takes the \"=\" away",
     mixed_ends},
    {"uuencode", "x-uuencode, which no RFC has: GMime decodes it", uuencode},
    {"nul", "GMime's text ends at a NUL", has_nul},
    {"bad-type", "unusable Content-Type: text/plain by RFC 2045 5.2, octet-stream in GMime",
     bad_type},
    {"repeated", "a field that may come once came twice: other one taken", repeated_fields},
    {"broken-header", "lines in the header that are no fields: GMime ends the header there",
     broken_header},
    {"raw-8bit", "8-bit bytes in a header: we take windows-1252, GMime the locale's", raw_8bit},
    {"undecodable", "bytes that are not of their charset: U+FFFD against ?", undecodable},
    {"odd-word", "RFC 2047 words inside words, in quotes, or with blanks are decoded by us",
     odd_word},
    {"blank-in-address", "blanks in angle brackets: we keep the address, GMime drops it",
     blank_in_brackets},
    {"loose-address", "addresses that break RFC 5322: we keep more of them", loose_address},
    {"charset", "bytes beyond us-ascii or a charset: windows-1252 and ICU, against raw bytes",
     other_charset},
    {"loose-name", "file names without quotes or with parameters that are broken", loose_names},
};
enum { CLASSES = sizeof classes / sizeof *classes };

struct judge {
    size_t messages, same, failures, counts[CLASSES][ASPECTS];
    const char *name;
};

/* Blanks are one space. */
static struct str squeezed(struct arena *a, struct str s)
{
    struct buf out = buf_of(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] > ' ' || s.p[i] == 0)
            buf_byte(&out, s.p[i]);
        else if (out.n && out.p[out.n - 1] != ' ')
            buf_byte(&out, ' ');
    return str_trim(buf_str(&out));
}

static void put_content(struct buf *b, struct str bytes)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < bytes.n; i++)
        hash = (hash ^ (unsigned char)bytes.p[i]) * 1099511628211u;
    buf_printf(b, "%zu:%016jx\n", bytes.n, (uintmax_t)hash);
}

/* Line ends, blanks at the end and the end of the part are told apart elsewhere. */
static void put_text(struct arena *a, struct buf *b, struct str text)
{
    buf_add(b, squeezed(a, text));
    buf_add(b, STR("\n--\n"));
}

static void our_bodies(struct arena *a, const struct mime *m, struct view *out)
{
    struct buf content = buf_of(a, 1 << 24), text = buf_of(a, 1 << 26);
    for (uint32_t i = 0; i < m->count; i++) {
        const struct mime_part *p = &m->parts[i];
        if (p->node.kind != MIME_LEAF)
            continue;
        struct str body = mime_content(a, m, i, SIZE_MAX);
        put_content(&content, body);
        if (!str_eq(p->type.type, STR("text")))
            continue;
        put_text(a, &text, charset_to_utf8(a, header_param(&p->type, STR("charset")), body));
    }
    out->aspect[CONTENT] = buf_str(&content);
    out->aspect[TEXT] = buf_str(&text);
}

static void our_part(struct buf *b, struct buf *names, const struct mime *m, uint32_t i)
{
    const struct mime_part *p = &m->parts[i];
    buf_printf(b, "%.*s/%.*s", STR_ARG(p->type.type), STR_ARG(p->type.subtype));
    struct str name = mime_name(p);
    if (p->node.kind == MIME_LEAF && name.n)
        buf_printf(names, "%.*s\n", STR_ARG(name));
    if (p->node.kind == MIME_LEAF)
        return;
    buf_byte(b, '(');
    for (uint32_t k = p->node.child; k != MIME_NONE; k = m->parts[k].node.next) {
        our_part(b, names, m, k);
        if (m->parts[k].node.next != MIME_NONE)
            buf_byte(b, ',');
    }
    buf_byte(b, ')');
}

static struct view our_view(struct arena *a, const struct mime *m)
{
    struct buf b = buf_of(a, 1 << 24), names = buf_of(a, 1 << 24), from = buf_of(a, 1 << 24);
    our_part(&b, &names, m, 0);
    const struct mime_message *head = m->parts[0].message;
    struct address_list l = address_parse(a, head->field[HEADER_FROM]);
    for (size_t i = 0; i < l.count; i++)
        if (l.at[i].kind == ADDRESS_MAILBOX)
            buf_printf(&from, "%.*s@%.*s\n", STR_ARG(l.at[i].local), STR_ARG(l.at[i].domain));
    struct view v = {{buf_str(&b), header_text(a, head->field[HEADER_SUBJECT]), buf_str(&from),
                      buf_str(&names)}};
    our_bodies(a, m, &v);
    return v;
}

/* What they make of a message, piece by piece. */
struct theirs {
    struct arena *a;
    struct buf structure, names, content, text;
};

static void their_body(struct theirs *t, GMimePart *part)
{
    GMimeDataWrapper *wrapper = g_mime_part_get_content(part);
    GMimeStream *mem = g_mime_stream_mem_new();
    if (wrapper)
        g_mime_data_wrapper_write_to_stream(wrapper, mem);
    GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(mem));
    put_content(&t->content, str_of(bytes->data, bytes->len));
    if (GMIME_IS_TEXT_PART(part)) {
        char *text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
        put_text(t->a, &t->text, str_z(text));
        g_free(text);
    }
    g_object_unref(mem);
}

static void their_part(struct theirs *t, GMimeObject *o)
{
    GMimeContentType *type = g_mime_object_get_content_type(o);
    buf_add(&t->structure,
            str_lower(t->a, str_printf(t->a, "%s/%s", g_mime_content_type_get_media_type(type),
                                       g_mime_content_type_get_media_subtype(type))));
    if (GMIME_IS_MULTIPART(o)) {
        GMimeMultipart *multi = GMIME_MULTIPART(o);
        buf_byte(&t->structure, '(');
        for (int i = 0; i < g_mime_multipart_get_count(multi); i++) {
            if (i)
                buf_byte(&t->structure, ',');
            their_part(t, g_mime_multipart_get_part(multi, i));
        }
        buf_byte(&t->structure, ')');
    } else if (GMIME_IS_MESSAGE_PART(o)) {
        GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(o));
        buf_byte(&t->structure, '(');
        if (inner && g_mime_message_get_mime_part(inner))
            their_part(t, g_mime_message_get_mime_part(inner));
        buf_byte(&t->structure, ')');
    } else if (GMIME_IS_PART(o)) {
        const char *name = g_mime_part_get_filename(GMIME_PART(o));
        if (name)
            buf_printf(&t->names, "%s\n", name);
        their_body(t, GMIME_PART(o));
    }
}

static void their_from(struct buf *b, InternetAddressList *l)
{
    for (int i = 0; l && i < internet_address_list_length(l); i++) {
        InternetAddress *x = internet_address_list_get_address(l, i);
        if (INTERNET_ADDRESS_IS_MAILBOX(x)) {
            const char *addr = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(x));
            buf_printf(b, "%s\n", addr ? addr : "");
        } else {
            their_from(b, internet_address_group_get_members(INTERNET_ADDRESS_GROUP(x)));
        }
    }
}

static bool their_view(struct arena *a, struct str message, struct view *out)
{
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(message.p, message.n);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *m = g_mime_parser_construct_message(parser, NULL);
    struct theirs t = {a, buf_of(a, 1 << 24), buf_of(a, 1 << 24), buf_of(a, 1 << 24),
                       buf_of(a, 1 << 26)};
    struct buf from = buf_of(a, 1 << 24);
    if (m) {
        const char *subject = g_mime_message_get_subject(m);
        their_part(&t, g_mime_message_get_mime_part(m));
        their_from(&from, g_mime_message_get_from(m));
        *out = (struct view){{buf_str(&t.structure), str_dup(a, str_z(subject)), buf_str(&from),
                              buf_str(&t.names), buf_str(&t.content), buf_str(&t.text)}};
        g_object_unref(m);
    }
    g_object_unref(parser);
    g_object_unref(stream);
    return m != NULL;
}

static void differs(struct judge *j, const struct seen *d)
{
    for (size_t i = 0; i < CLASSES; i++)
        if (classes[i].fits(d)) {
            j->counts[i][d->aspect]++;
            if (getenv("JUDGE_SHOW") && strcmp(getenv("JUDGE_SHOW"), classes[i].name) == 0)
                printf("%s: %s\n  ours   %.*s\n  theirs %.*s\n", j->name, aspect_names[d->aspect],
                       STR_ARG(d->ours), STR_ARG(d->theirs));
            return;
        }
    if (++j->failures <= 60)
        printf("%s: %s\n  ours   %.*s\n  theirs %.*s\n", j->name, aspect_names[d->aspect],
               STR_ARG(d->ours), STR_ARG(d->theirs));
}

static void one(void *self, const char *name, struct str message)
{
    struct judge *j = self;
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct view ours, theirs;
    struct mime *m;
    bool same = true;
    j->name = name;
    if (!message_looks_like_mail(message) || !their_view(a, message, &theirs))
        return;
    must(mime_parse(&cx, message, NULL, &m) == OK);
    ours = our_view(a, m);
    j->messages++;
    for (unsigned i = 0; i < ASPECTS; i++) {
        struct seen d = {m, message, squeezed(a, ours.aspect[i]), squeezed(a, theirs.aspect[i]), i};
        if (str_eq(d.ours, d.theirs))
            continue;
        if (i >= CONTENT && !str_eq(ours.aspect[STRUCTURE], theirs.aspect[STRUCTURE]))
            continue; /* said already */
        same = false;
        differs(j, &d);
    }
    j->same += same;
}

int main(int argc, char **argv)
{
    struct judge j = {0};
    g_mime_init();
    for (int i = 1; i < argc; i++)
        messages_each(argv[i], one, &j);
    printf("%zu messages, %zu alike in all; differences by class:\n", j.messages, j.same);
    for (size_t i = 0; i < CLASSES; i++) {
        printf("  %-17s", classes[i].name);
        for (size_t k = 0; k < ASPECTS; k++)
            printf(" %s %zu", aspect_names[k], j.counts[i][k]);
        printf("  (%s)\n", classes[i].why);
    }
    printf("%zu differences without explanation\n", j.failures);
    return j.messages == 0 || j.failures != 0;
}
