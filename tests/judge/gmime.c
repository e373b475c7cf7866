/* The same messages through GMime, which shares no code with us: structure, subject, senders, names
   of attachments. Each difference must be of a class that is explained here; others fail. */
#include "base/arena.h"
#include "base/buf.h"
#include "format/address.h"
#include "format/mime.h"
#include "format/utf8.h"
#include "judge/messages.h"
#include <gmime/gmime.h>

enum aspect { STRUCTURE, SUBJECT, FROM, NAMES, ASPECTS };

static const char *const aspect_names[ASPECTS] = {"structure", "subject", "from", "names"};

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
    return d->aspect != STRUCTURE && has_high_bytes(mime_header(d->m, 0));
}

static bool broken_header(const struct seen *d)
{
    struct cur c = cur_of(mime_header(d->m, 0));
    struct str line;
    while (cur_line(&c, &line))
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
            return d->aspect == STRUCTURE;
    return false;
}

static bool odd_word(const struct seen *d)
{
    struct str raw;
    return header_of(d, d->aspect == FROM ? "From" : "Subject", &raw) &&
           str_find(raw, STR("=?")) != SIZE_MAX && d->aspect != STRUCTURE;
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
            return d->aspect == STRUCTURE;
    return false;
}

static bool loose_names(const struct seen *d)
{
    return d->aspect == NAMES;
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
        if ((unsigned char)s.p[i] > ' ')
            buf_byte(&out, s.p[i]);
        else if (out.n && out.p[out.n - 1] != ' ')
            buf_byte(&out, ' ');
    return str_trim(buf_str(&out));
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
    return v;
}

static void their_part(struct arena *a, struct buf *b, struct buf *names, GMimeObject *o)
{
    GMimeContentType *type = g_mime_object_get_content_type(o);
    buf_add(b, str_lower(a, str_printf(a, "%s/%s", g_mime_content_type_get_media_type(type),
                                       g_mime_content_type_get_media_subtype(type))));
    if (GMIME_IS_MULTIPART(o)) {
        GMimeMultipart *multi = GMIME_MULTIPART(o);
        buf_byte(b, '(');
        for (int i = 0; i < g_mime_multipart_get_count(multi); i++) {
            if (i)
                buf_byte(b, ',');
            their_part(a, b, names, g_mime_multipart_get_part(multi, i));
        }
        buf_byte(b, ')');
    } else if (GMIME_IS_MESSAGE_PART(o)) {
        GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(o));
        buf_byte(b, '(');
        if (inner && g_mime_message_get_mime_part(inner))
            their_part(a, b, names, g_mime_message_get_mime_part(inner));
        buf_byte(b, ')');
    } else if (GMIME_IS_PART(o) && g_mime_part_get_filename(GMIME_PART(o))) {
        buf_printf(names, "%s\n", g_mime_part_get_filename(GMIME_PART(o)));
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
    struct buf b = buf_of(a, 1 << 24), names = buf_of(a, 1 << 24), from = buf_of(a, 1 << 24);
    if (m) {
        const char *subject = g_mime_message_get_subject(m);
        their_part(a, &b, &names, g_mime_message_get_mime_part(m));
        their_from(&from, g_mime_message_get_from(m));
        *out = (struct view){
            {buf_str(&b), str_dup(a, str_z(subject)), buf_str(&from), buf_str(&names)}};
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
