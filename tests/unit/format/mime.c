#include "format/format.h"

#include "format/mime.h"

static struct mime *parsed(struct ctx *cx, struct str message, const struct mime_limits *limits)
{
    struct mime *m = NULL;
    assert_int_equal(mime_parse(cx, message, limits, &m), OK);
    return m;
}

/* The example of RFC 9051 section 6.4.5. "^" is CRLF. */
static const char tree[] =
    "Subject: outer^Content-Type: multipart/mixed; boundary=o^^preamble^"
    "--o^^one^"
    "--o^Content-Type: application/octet-stream^^two^"
    "--o^Content-Type: message/rfc822^^"
    "Subject: three^Content-Type: multipart/mixed; boundary=t^^"
    "--t^^three.one^"
    "--t^Content-Type: application/octet-stream^^three.two^--t--^"
    "--o^Content-Type: multipart/mixed; boundary=f^^"
    "--f^Content-Type: image/gif^^four.one^"
    "--f^Content-Type: message/rfc822^^"
    "Subject: four.two^Content-Type: multipart/mixed; boundary=g^^"
    "--g^^four.two.one^"
    "--g^Content-Type: multipart/alternative; boundary=h^^"
    "--h^^four.two.two.one^"
    "--h^Content-Type: text/richtext^^four.two.two.two^--h--^--g--^--f--^--o--^epilogue^";

static const struct {
    const char *section, *start, *end; /* what the bytes start and end with; NULL: not found */
} sections[] = {
    {"", "Subject: outer^", "epilogue^"},
    {"HEADER", "Subject: outer^", "boundary=o^^"},
    {"TEXT", "preamble^", "epilogue^"},
    {"1", "one", "one"},
    {"1.MIME", "^", "^"},
    {"2", "two", "two"},
    {"2.mime", "Content-Type: application", "stream^^"},
    {"3", "Subject: three^", "--t--"},
    {"3.HEADER", "Subject: three^", "boundary=t^^"},
    {"3.TEXT", "--t^", "--t--"},
    {"3.1", "three.one", "three.one"},
    {"3.2", "three.two", "three.two"},
    {"4", "--f^", "--f--"},
    {"4.1", "four.one", "four.one"},
    {"4.1.MIME", "Content-Type: image/gif", "^^"},
    {"4.2", "Subject: four.two^", "--g--"},
    {"4.2.HEADER", "Subject: four.two^", "=g^^"},
    {"4.2.text", "--g^", "--g--"},
    {"4.2.1", "four.two.one", "four.two.one"},
    {"4.2.2", "--h^", "--h--"},
    {"4.2.2.1", "four.two.two.one", "four.two.two.one"},
    {"4.2.2.2", "four.two.two.two", "four.two.two.two"},
    {"5", NULL, NULL},
    {"1.1", NULL, NULL},
    {"1.HEADER", NULL, NULL},
    {"4.TEXT", NULL, NULL},
    {"4.2.2.3", NULL, NULL},
    {"3.1.1.1", NULL, NULL},
    {"4294967295", NULL, NULL},
};

static void finds_sections(void **state)
{
    struct ctx *cx = *state;
    struct mime *m = parsed(cx, lines(cx->arena, tree), NULL);
    for (size_t i = 0; i < ROWS(sections); i++) {
        struct mime_section s;
        enum code code = mime_section(cx, m, str_z(sections[i].section), &s);
        print_message("# %s\n", sections[i].section);
        assert_int_equal(code, sections[i].start ? OK : E_NOT_FOUND);
        if (!sections[i].start)
            continue;
        struct str got = str_sub(m->bytes, (size_t)s.start, (size_t)s.size);
        assert_true(str_starts(got, lines(cx->arena, sections[i].start)));
        assert_true(str_ends(got, lines(cx->arena, sections[i].end)));
        assert_true(got.n < strlen(sections[i].end) + 3 ||
                    sections[i].start[0] != sections[i].end[0] || got.n > 20);
        if (s.kind == MIME_SECTION_BODY && sections[i].section[0])
            assert_str(mime_path(cx->arena, m, s.part), str_z(sections[i].section));
    }
    static const struct str bad[] = {
        STR("0"),     STR("1."),   STR(".1"), STR("MIME"),       STR("1.FOO"),
        STR("FOO"),   STR("1..2"), STR("01"), STR("4294967296"), STR("1.2.HEADER.FIELDS"),
        STR("TEXT.1")};
    for (size_t i = 0; i < ROWS(bad); i++) {
        struct mime_section s;
        assert_int_equal(mime_section(cx, m, bad[i], &s), E_SYNTAX);
    }
}

static void finds_sections_of_one_part(void **state)
{
    struct ctx *cx = *state;
    struct mime *m = parsed(cx, lines(cx->arena, "Subject: x^^body^"), NULL);
    struct mime_section s;
    assert_int_equal(mime_section(cx, m, STR("1"), &s), OK);
    assert_int_equal(s.start, 14);
    assert_int_equal(s.size, 6);
    assert_int_equal(mime_section(cx, m, STR("1.MIME"), &s), OK);
    assert_int_equal(s.size, 14);
    assert_int_equal(mime_section(cx, m, STR("2"), &s), E_NOT_FOUND);
    assert_int_equal(mime_section(cx, m, STR("1.1"), &s), E_NOT_FOUND);
    assert_str(mime_path(cx->arena, m, 0), STR("1"));
    m = parsed(cx, lines(cx->arena, "Content-Type: message/rfc822^^A: b^^inner^"), NULL);
    assert_int_equal(mime_section(cx, m, STR("1.1"), &s), OK);
    assert_str(str_sub(m->bytes, (size_t)s.start, (size_t)s.size), STR("inner\r\n"));
    assert_int_equal(mime_section(cx, m, STR("1.HEADER"), &s), OK);
    assert_str(str_sub(m->bytes, (size_t)s.start, (size_t)s.size), STR("A: b\r\n\r\n"));
}

/* The tree as "type(children)@body;": what odd input becomes. */
static void put_part(struct buf *b, const struct mime *m, uint32_t i)
{
    const struct mime_part *p = &m->parts[i];
    buf_printf(b, "%.*s/%.*s", STR_ARG(p->type.type), STR_ARG(p->type.subtype));
    if (p->node.kind == MIME_LEAF) {
        buf_printf(b, "[%.*s]%u", STR_ARG(mime_body(m, i)), (unsigned)p->node.lines);
        return;
    }
    buf_byte(b, '(');
    for (uint32_t k = p->node.child; k != MIME_NONE; k = m->parts[k].node.next) {
        put_part(b, m, k);
        if (m->parts[k].node.next != MIME_NONE)
            buf_byte(b, ',');
    }
    buf_byte(b, ')');
}

#define MIXED "Content-Type: multipart/mixed; boundary=b"

static const struct {
    const char *message, *tree;
} shapes[] = {
    {"", "text/plain[]0"},
    {"^", "text/plain[]0"},
    {"no header at all^", "text/plain[no header at all^]1"},
    {"A: b", "text/plain[]0"},
    {"From x Mon Jan 1^A: b^^body", "text/plain[body]0"},
    {"A: b^^a^b^", "text/plain[a^b^]2"},
    {"A: b\n\na\nb", "text/plain[a\nb]1"},
    {"A: b\r\ra\rb\r", "text/plain[a\rb\r]2"},
    {"Content-Type: nonsense^^x", "text/plain[x]0"},
    {"Content-Type: image/png^^x", "image/png[x]0"},
    {MIXED "^^--b^^one^--b^^two^--b--^", "multipart/mixed(text/plain[one]0,text/plain[two]0)"},
    {MIXED "\n\n--b\n\none\n\n--b--\n", "multipart/mixed(text/plain[one\n]1)"},
    {MIXED "^^--b^^never ends", "multipart/mixed(text/plain[never ends]0)"},
    {MIXED "^^--b  ^^blanks^--b-- ^", "multipart/mixed(text/plain[blanks]0)"},
    {MIXED "^^--b^^--bx^-- b^--b-^--b---^--b--",
     "multipart/mixed(text/plain[--bx^-- b^--b-^--b---]3)"},
    {MIXED "^^x--b^--b^^y^--b--", "multipart/mixed(text/plain[y]0)"},
    {MIXED "^--b^^header cut off^--b--", "text/plain[header cut off^--b--]1"},
    {MIXED "^^--b^A: b^--b^^x^--b--", "multipart/mixed(text/plain[]0,text/plain[x]0)"},
    {MIXED "^^--b^--b--", "multipart/mixed(text/plain[]0)"},
    {MIXED "^^--b--^--b^^again", "text/plain[--b--^--b^^again]3"},
    {MIXED "^^--b^^x^--b", "multipart/mixed(text/plain[x]0)"},
    {"Content-Type: multipart/mixed; boundary*=us-ascii''b%62^^--bb^^x^--bb--",
     "multipart/mixed(text/plain[x]0)"},
    {MIXED "^^no parts", "text/plain[no parts]0"},
    {MIXED "^^--b^no header here^--b--", "multipart/mixed(text/plain[no header here]0)"},
    {"Content-Type: multipart/mixed^^no boundary", "text/plain[no boundary]0"},
    {"Content-Type: multipart/mixed; boundary=\"\"^^--^", "text/plain[--^]1"},
    {"Content-Type: multipart/digest; boundary=b^^--b^^A: b^^in^--b--",
     "multipart/digest(message/rfc822(text/plain[in]0))"},
    {"Content-Type: multipart/digest; boundary=b^^--b^Content-Type: text/plain^^x^--b--",
     "multipart/digest(text/plain[x]0)"},
    {"Content-Type: message/rfc822^^", "message/rfc822(text/plain[]0)"},
    {"Content-Type: message/global^^A: b^^x", "message/global(text/plain[x]0)"},
    {"Content-Type: message/partial^^A: b^^x", "message/partial[A: b^^x]2"},
    /* an outer boundary ends all that is inside, closed or not */
    {MIXED "^^--b^Content-Type: multipart/mixed; boundary=c^^--c^^in^--b^^out^--b--",
     "multipart/mixed(multipart/mixed(text/plain[in]0),text/plain[out]0)"},
    {MIXED "^^--b^Content-Type: message/rfc822^--b^^x^--b--",
     "multipart/mixed(message/rfc822(text/plain[]0),text/plain[x]0)"},
    {MIXED "^^--b^Content-Type: message/rfc822^^" MIXED "^^--b^^x^--b--",
     "multipart/mixed(message/rfc822(multipart/mixed(text/plain[x]0)))"},
    /* one boundary starts with the other */
    {MIXED "^^--b^Content-Type: multipart/mixed; boundary=bb^^--bb^^in^--b^^out^--bb--^--b--",
     "multipart/mixed(multipart/mixed(text/plain[in]0),text/plain[out^--bb--]1)"},
};

static void shapes_of_trees(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(shapes); i++) {
        struct buf b = buf_of(cx->arena, 2000);
        print_message("# %s\n", shapes[i].message);
        put_part(&b, parsed(cx, lines(cx->arena, shapes[i].message), NULL), 0);
        assert_str(buf_str(&b), lines(cx->arena, shapes[i].tree));
    }
}

static void reads_fields(void **state)
{
    struct ctx *cx = *state;
    struct mime *m = parsed(
        cx,
        lines(cx->arena, "To: a@b^Subject: first^To: c@d^Subject: second^"
                         "Content-Type: text/html; charset=x^Content-Transfer-Encoding: Base64 (c)^"
                         "Content-ID: <i@d>^Content-Description: fol^ ded^Content-Language: en^"
                         "Content-MD5: m^Content-Location: l^"
                         "Content-Disposition: inline; filename=\"n\r\n ame\"^^Zm9v^"),
        NULL);
    const struct mime_part *p = &m->parts[0];
    assert_str(p->message->field[HEADER_SUBJECT], STR("first"));
    assert_str(p->message->field[HEADER_TO], STR("a@b"));
    assert_int_equal(p->message->more->id, HEADER_TO);
    assert_str(p->message->more->value, STR("c@d"));
    assert_null(p->message->more->next);
    assert_str(p->encoding, STR("base64"));
    assert_str(p->id, STR("<i@d>"));
    assert_str(p->description, STR("fol ded"));
    assert_str(p->md5, STR("m"));
    assert_str(p->location, STR("l"));
    assert_str(mime_name(p), STR("n ame"));
    assert_str(mime_content(cx->arena, m, 0, SIZE_MAX), STR("foo"));
    assert_str(mime_content(cx->arena, m, 0, 2), STR("fo"));
    struct mime *head;
    assert_int_equal(mime_parse_header(cx, m->bytes, &head), OK);
    assert_int_equal(head->count, 1);
    assert_int_equal(head->parts[0].node.body_size, p->node.body_size);
}

/* MIME a thousand deep: the limit is met, and what lies behind is data. */
static struct str deep(struct arena *a, unsigned levels)
{
    struct buf b = buf_of(a, 200 * levels + 100);
    for (unsigned i = 0; i < levels; i++)
        buf_printf(&b, "Content-Type: multipart/mixed; boundary=b%u\r\n\r\n--b%u\r\n", i, i);
    buf_add(&b, STR("\r\ninnermost\r\n"));
    for (unsigned i = levels; i-- > 0;)
        buf_printf(&b, "--b%u--\r\n", i);
    return buf_str(&b);
}

static void keeps_its_limits(void **state)
{
    struct ctx *cx = *state;
    struct mime *m = parsed(cx, deep(cx->arena, 99), NULL);
    assert_false(m->cut);
    assert_int_equal(m->count, 100);
    m = parsed(cx, deep(cx->arena, 1000), NULL);
    assert_true(m->cut);
    assert_int_equal(m->count, 100);
    assert_str(m->parts[99].type.type, STR("application"));
    assert_int_equal(m->parts[99].node.kind, MIME_LEAF);

    struct buf b = buf_of(cx->arena, 3 * 1024 * 1024);
    buf_add(&b, STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n"));
    for (int i = 0; i < 100000; i++)
        buf_add(&b, STR("--b\r\n\r\nx\r\n"));
    m = parsed(cx, buf_str(&b), NULL);
    assert_true(m->cut);
    assert_int_equal(m->count, 10000);
    assert_int_equal(m->parts[0].node.header_size + m->parts[0].node.body_size, b.n);

    struct mime_limits tight = {.depth = 3, .parts = 3, .header_bytes = 20, .fields = 1};
    m = parsed(cx, lines(cx->arena, "A: 1^Subject: x^B: 12345678^^body"), &tight);
    assert_true(m->cut);
    assert_int_equal(m->parts[0].node.header_size, 18);
    assert_null(m->parts[0].message->field[HEADER_SUBJECT].p);
    m = parsed(cx,
               lines(cx->arena, "Content-Type: message/rfc822^^Content-Type: message/rfc822^^"
                                "Content-Type: message/rfc822^^x"),
               &(struct mime_limits){.depth = 100, .parts = 3, .header_bytes = 100, .fields = 9});
    assert_int_equal(m->count, 3);
    assert_int_equal(m->parts[2].node.kind, MIME_LEAF);
}

/* A longer one is none: then it is text. */
static void boundaries_are_short(void **state)
{
    struct ctx *cx = *state;
    for (size_t over = 0; over < 2; over++) {
        struct buf b = buf_of(cx->arena, 10000);
        size_t n = MIME_BOUNDARY_MAX + over;
        buf_add(&b, STR("Content-Type: multipart/mixed; boundary="));
        buf_fill(&b, 'b', n);
        buf_add(&b, STR("\r\n\r\n--"));
        buf_fill(&b, 'b', n);
        buf_add(&b, STR("\r\n\r\nx\r\n"));
        struct mime *m = parsed(cx, buf_str(&b), NULL);
        assert_int_equal(m->count, over ? 1 : 2);
        assert_int_equal(m->parts[0].node.kind, over ? MIME_LEAF : MIME_MULTIPART);
    }
}

/* Each costs linear time; quadratic time would not end here. */
static void survives_floods(void **state)
{
    struct ctx *cx = *state;
    static const char *const pieces[] = {"--b^",
                                         "--b^^",
                                         "--b--^",
                                         "A: b^",
                                         "^",
                                         "\r",
                                         "--\r",
                                         MIXED "^^--b^",
                                         "Content-Type: message/rfc822^^",
                                         "A: b\r",
                                         "From: a\r"};
    for (size_t i = 0; i < ROWS(pieces); i++) {
        struct buf b = buf_of(cx->arena, 8 * 1024 * 1024);
        struct str piece = lines(cx->arena, pieces[i]);
        buf_add(&b, lines(cx->arena, MIXED "^^"));
        while (b.n < 2 * 1024 * 1024)
            buf_add(&b, piece);
        (void)parsed(cx, buf_str(&b), NULL);
        (void)parsed(cx, str_from(buf_str(&b), strlen(MIXED "^^") + 2), NULL);
        arena_reset(cx->arena);
    }
}

static const struct {
    const char *headers; /* of the part, in a multipart of the subtype */
    const char *subtype;
    bool attachment;
} attachments[] = {
    {"", "mixed", false},
    {"Content-Type: text/plain; name=a.txt^", "mixed", true},
    {"Content-Type: text/plain; name=a.txt^Content-Disposition: inline^", "mixed", false},
    {"Content-Type: text/html^", "alternative", false},
    {"Content-Disposition: attachment^", "mixed", true},
    {"Content-Type: application/pdf^", "mixed", true},
    {"Content-Type: image/png^", "mixed", true},
    {"Content-Type: image/png^Content-ID: <x>^", "related", false},
    {"Content-Type: image/png^", "related", true},
    {"Content-Type: application/pgp-signature; name=sig.asc^", "signed", false},
    {"Content-Type: message/delivery-status^", "report", false},
    {"Content-Type: text/calendar^", "alternative", false},
    {"Content-Type: message/rfc822^", "mixed", true},
    {"Content-Type: multipart/mixed; boundary=c^", "mixed", false},
};

static void knows_attachments(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(attachments); i++) {
        struct str s =
            str_printf(cx->arena, "Content-Type: multipart/%s; boundary=b^^--b^%s^x^--b--^",
                       attachments[i].subtype, attachments[i].headers);
        struct mime *m = parsed(cx, lines(cx->arena, s.p), NULL);
        print_message("# %s\n", attachments[i].headers);
        assert_int_equal(mime_is_attachment(m, 1), attachments[i].attachment);
        assert_false(mime_is_attachment(m, 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FORMAT_TEST(finds_sections),   FORMAT_TEST(finds_sections_of_one_part),
        FORMAT_TEST(shapes_of_trees),  FORMAT_TEST(reads_fields),
        FORMAT_TEST(keeps_its_limits), FORMAT_TEST(boundaries_are_short),
        FORMAT_TEST(survives_floods),  FORMAT_TEST(knows_attachments)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
