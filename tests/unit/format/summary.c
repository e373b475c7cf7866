#include "format/format.h"

#include "format/summary.h"
#include "format/thread.h"

static const char message[] =
    "From: =?utf-8?Q?J=C3=BCrgen?= <J@One.example>^To: \"Roe, R\" <r@two.example>, G: x@y;^"
    "Cc: c@three.example^Reply-To: Other <o@four.example>^Subject: [list] Re: Plan  for today^"
    "Date: Tue, 3 Feb 2026 09:15:00 -0500^Message-ID: <m@id>^In-Reply-To: <p@id>^"
    "References: <r@id>^ <p@id>^List-Id: The List <list.one.example>^Importance: High^"
    "Precedence: bulk^Content-Type: multipart/mixed; boundary=b^^"
    "--b^Content-Type: text/plain; charset=utf-8^^Hello  there^"
    "--b^Content-Type: application/pdf; name=\"a b.pdf\"^Content-Transfer-Encoding: base64^^"
    "Zm9vYmFy^--b--^";

static struct str made(struct ctx *cx, struct str s)
{
    struct str encoded = {0};
    assert_int_equal(summary_make(cx, s, &encoded), OK);
    return encoded;
}

static const struct {
    enum summary_field field;
    struct str value;
} fields[] = {
    {SUMMARY_SUBJECT, STR("[list] Re: Plan  for today")},
    {SUMMARY_BASE_SUBJECT, STR("Plan for today")},
    {SUMMARY_FROM_NAME, STR("J\xc3\xbcrgen")},
    {SUMMARY_FROM_ADDRESS, STR("J@One.example")},
    {SUMMARY_TO_NAME, STR("Roe, R")},
    {SUMMARY_TO_ADDRESS, STR("r@two.example")},
    {SUMMARY_CC_NAME, STR("")},
    {SUMMARY_CC_ADDRESS, STR("c@three.example")},
    {SUMMARY_ADDRESSES, STR("f:j\xc3\xbcrgen <j@one.example>\nr:other <o@four.example>\n"
                            "t:roe, r <r@two.example>\nt:g <>\nt:<x@y>\nc:<c@three.example>\n")},
    {SUMMARY_MESSAGE_ID, STR("<m@id>")},
    {SUMMARY_IN_REPLY_TO, STR("<p@id>")},
    {SUMMARY_REFERENCES, STR("<r@id> <p@id>")},
    {SUMMARY_LIST_ID, STR("list.one.example")},
    {SUMMARY_PREVIEW, STR("Hello there")},
};

static void holds_everything(void **state)
{
    struct ctx *cx = *state;
    struct str bytes = lines(cx->arena, message), encoded = made(cx, bytes), s, body;
    struct summary_facts facts;
    for (size_t i = 0; i < ROWS(fields); i++) {
        assert_int_equal(summary_get(cx, encoded, fields[i].field, &s), OK);
        assert_str(s, fields[i].value);
    }
    assert_int_equal(summary_facts(cx, encoded, &facts), OK);
    assert_int_equal(facts.flags, SUMMARY_HAS_ATTACHMENT | SUMMARY_AUTO_SUBMITTED |
                                      SUMMARY_FROM_LIST | SUMMARY_HAS_DATE | SUMMARY_IS_REPLY);
    assert_int_equal(facts.importance, SUMMARY_HIGH);
    assert_int_equal(facts.sent_ms, 1770128100000);
    assert_int_equal(facts.sent_zone_minutes, -300);
    assert_int_equal(facts.size, bytes.n);
    assert_int_equal(summary_get(cx, encoded, SUMMARY_ENVELOPE, &s), OK);
    assert_true(str_starts(s, STR("(\"Tue, 3 Feb 2026 09:15:00 -0500\" \"[list] Re:")));
    assert_int_equal(summary_body(cx, encoded, &body), OK);
    assert_true(str_ends(body, STR(" 8) \"mixed\")")));
}

static void serves_sections(void **state)
{
    struct ctx *cx = *state;
    struct str bytes = lines(cx->arena, message), encoded = made(cx, bytes);
    struct mime_section s;
    struct summary_part part;
    assert_int_equal(summary_section(cx, encoded, STR("2"), &s, &part), OK);
    struct str raw = str_sub(bytes, (size_t)s.start, (size_t)s.size);
    assert_str(raw, STR("Zm9vYmFy"));
    assert_str(mime_decode(cx->arena, part.node.encoding, raw, SIZE_MAX), STR("foobar"));
    assert_str(part.type, STR("application/pdf"));
    assert_true(part.attachment);
    assert_int_equal(summary_section(cx, encoded, STR("1"), &s, &part), OK);
    assert_str(part.charset, STR("utf-8"));
    assert_int_equal(summary_section(cx, encoded, STR("HEADER"), &s, NULL), OK);
    assert_int_equal(s.start, 0);
    assert_int_equal(summary_section(cx, encoded, STR("3"), &s, NULL), E_NOT_FOUND);
    assert_int_equal(summary_section(cx, encoded, STR("x"), &s, NULL), E_SYNTAX);
}

static void lists_keys_and_attachments(void **state)
{
    struct ctx *cx = *state;
    struct str encoded = made(cx, lines(cx->arena, message)), s;
    uint64_t *keys;
    size_t count;
    struct summary_attachment x;
    assert_int_equal(summary_keys(cx, encoded, &keys, &count), OK);
    assert_int_equal(count, 3);
    assert_true(keys[0] == thread_key(STR("<m@id>")) && keys[1] == thread_key(STR("<r@id>")) &&
                keys[2] == thread_key(STR("<p@id>")));
    assert_int_equal(summary_get(cx, encoded, SUMMARY_ATTACHMENTS, &s), OK);
    struct cur c = cur_of(s);
    assert_true(summary_next_attachment(&c, &x));
    assert_int_equal(x.part, 2);
    assert_str(x.name, STR("a b.pdf"));
    assert_str(x.type, STR("application/pdf"));
    assert_int_equal(x.size, 6);
    assert_false(summary_next_attachment(&c, &x));
}

/* Long threads keep their root and their last messages. */
static void keeps_the_root_of_long_threads(void **state)
{
    struct ctx *cx = *state;
    struct buf b = buf_of(cx->arena, 10000);
    buf_add(&b, STR("References:"));
    for (int i = 0; i < 300; i++)
        buf_printf(&b, " <%d@id>\r\n", i);
    buf_add(&b, STR("\r\n"));
    uint64_t *keys;
    size_t count;
    assert_int_equal(summary_keys(cx, made(cx, buf_str(&b)), &keys, &count), OK);
    assert_int_equal(count, SUMMARY_KEYS_MAX);
    assert_true(keys[0] == 0 && keys[1] == thread_key(STR("<0@id>")));
    assert_true(keys[count - 1] == thread_key(STR("<299@id>")));
}

/* Of more than SUMMARY_ATTACHMENTS_MAX the first are told. */
static void attachments_are_so_many(void **state)
{
    struct ctx *cx = *state;
    struct buf b = buf_of(cx->arena, 1024 * 1024);
    buf_add(&b, STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n"));
    for (int i = 0; i <= SUMMARY_ATTACHMENTS_MAX; i++)
        buf_printf(&b, "--b\r\nContent-Type: image/png; name=%d.png\r\n\r\nx\r\n", i);
    struct str s;
    struct summary_attachment x;
    assert_int_equal(summary_get(cx, made(cx, buf_str(&b)), SUMMARY_ATTACHMENTS, &s), OK);
    struct cur c = cur_of(s);
    size_t count = 0;
    while (summary_next_attachment(&c, &x))
        count++;
    assert_int_equal(count, SUMMARY_ATTACHMENTS_MAX);
    assert_str(x.name, STR("999.png"));
}

/* What would not fit into a row is cut, and says so; the numbers still fit the blob. */
static void stays_small(void **state)
{
    struct ctx *cx = *state;
    struct buf b = buf_of(cx->arena, 8 * 1024 * 1024);
    buf_add(&b, STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n"));
    for (int i = 0; i < 9000; i++)
        buf_printf(&b, "--b\r\nContent-Description: a description of part %d\r\n\r\nx\r\n", i);
    struct str encoded = made(cx, buf_str(&b));
    struct summary_facts facts;
    assert_true(encoded.n < 768 * 1024);
    assert_int_equal(summary_facts(cx, encoded, &facts), OK);
    assert_true(facts.flags & SUMMARY_CUT);
    buf_reset(&b);
    buf_add(&b, STR("From: "));
    while (b.n < 1000 * 1000)
        buf_add(&b, STR("a@b, "));
    buf_add(&b, STR("\r\n\r\nbody"));
    encoded = made(cx, buf_str(&b));
    assert_true(encoded.n < 768 * 1024);
    assert_int_equal(summary_facts(cx, encoded, &facts), OK);
    assert_int_equal(facts.size, b.n);
}

/* Everything that reads a summary, on bytes that are none. */
static void read_all(struct ctx *cx, struct str bytes)
{
    struct str s;
    struct summary_facts facts;
    struct summary_part *parts;
    struct mime_section section;
    struct summary_attachment x;
    uint32_t count;
    uint64_t *keys;
    size_t n;
    for (unsigned f = 0; f <= SUMMARY_FIELD_COUNT; f++)
        if (summary_get(cx, bytes, f, &s) == OK)
            for (struct cur c = cur_of(s); summary_next_attachment(&c, &x);)
                ;
    (void)!summary_facts(cx, bytes, &facts);
    (void)!summary_parts(cx, bytes, &parts, &count);
    (void)!summary_section(cx, bytes, STR("1.1.2"), &section, NULL);
    (void)!summary_keys(cx, bytes, &keys, &n);
    (void)!summary_body(cx, bytes, &s);
}

static void notices_corruption(void **state)
{
    struct ctx *cx = *state;
    struct str good = made(cx, lines(cx->arena, message)), s;
    struct summary_part *parts;
    struct summary_facts facts;
    uint32_t count;
    assert_int_equal(summary_get(cx, STR(""), SUMMARY_SUBJECT, &s), E_CORRUPT);
    assert_int_equal(summary_get(cx, STR("\x02"), SUMMARY_SUBJECT, &s), E_CORRUPT);
    assert_int_equal(summary_get(cx, good, SUMMARY_FIELD_COUNT, &s), E_CORRUPT);
    for (size_t i = 0; i < good.n; i++)
        read_all(cx, str_sub(good, 0, i));
    assert_int_equal(summary_facts(cx, str_sub(good, 0, 27), &facts), E_CORRUPT);
    assert_int_equal(summary_parts(cx, str_sub(good, 0, 200), &parts, &count), E_CORRUPT);
    for (size_t i = 0; i < good.n; i++) {
        char *changed = arena_alloc(cx->arena, good.n);
        for (size_t k = 0; k < good.n; k++)
            changed[k] = good.p[k];
        changed[i] = (char)(changed[i] ^ 0x5a);
        read_all(cx, str_of(changed, good.n));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FORMAT_TEST(holds_everything),           FORMAT_TEST(serves_sections),
        FORMAT_TEST(lists_keys_and_attachments), FORMAT_TEST(keeps_the_root_of_long_threads),
        FORMAT_TEST(attachments_are_so_many),    FORMAT_TEST(stays_small),
        FORMAT_TEST(notices_corruption)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
