#include "format/format.h"

#include "format/mime.h"
#include "format/text.h"
#include "format/utf8.h"

static const struct {
    struct str html, text;
} pages[] = {
    {STR(""), STR("")},
    {STR("plain"), STR("plain")},
    {STR("a  b\n c"), STR("a b c")},
    {STR("<p>one</p><p>two</p>"), STR("one\n\ntwo")},
    {STR("a<br>b<BR/>c"), STR("a\nb\nc")},
    {STR("<div>a</div><div>b</div>"), STR("a\nb")},
    {STR("<b>bo</b>ld"), STR("bold")},
    {STR("<td>a</td><td>b</td>"), STR("a b")},
    {STR("x &lt;&amp;&gt; &quot;y&quot; &nbsp; z"), STR("x <&> \"y\" z")},
    {STR("&eacute;&Uuml;&#233;&#xe9;&euro;"), STR("\xc3\xa9\xc3\x9c\xc3\xa9\xc3\xa9\xe2\x82\xac")},
    {STR("&unknown; &; &#; &#x; &#0; &#99999999;"), STR("&unknown; &; &#; &#x; &#0; &#99999999;")},
    {STR("AT&T &ampx"), STR("AT&T &ampx")},
    {STR("a<script>if (a<b) x();</script>b"), STR("ab")},
    {STR("<style>p { x: 1 }</style>text"), STR("text")},
    {STR("<title>T</title>body"), STR("body")},
    {STR("a<!-- <p>no</p> -->b<!DOCTYPE html>c<?xml x?>d"), STR("abcd")},
    {STR("a<!-- never ends"), STR("a")},
    {STR("1 < 2 <3"), STR("1 < 2 <3")},
    {STR("<a href=\"x>y\" title='>'>link</a>"), STR("link")},
    {STR("<p"), STR("")},
    {STR("<script>never ends"), STR("")},
    {STR("<pre>a\nb</pre>"), STR("a\nb")},
    {STR("soft\xc2\xadhyphen zero\xe2\x80\x8bwidth"), STR("softhyphen zerowidth")},
    {STR("\xff\xfe ok"), STR("ok")},
};

static void reads_html(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(pages); i++) {
        struct buf b = buf_of(cx->arena, 1000);
        print_message("# %.*s\n", STR_ARG(pages[i].html));
        text_from_html(&b, pages[i].html);
        assert_str(buf_str(&b), pages[i].text);
    }
}

static void survives_floods(void **state)
{
    struct ctx *cx = *state;
    static const struct str pieces[] = {STR("<"),  STR("<a "),      STR("<a b=\""),
                                        STR("&"),  STR("<script>"), STR("<!--"),
                                        STR("</"), STR("<div>"),    STR("&#1")};
    for (size_t i = 0; i < ROWS(pieces); i++) {
        struct buf html = buf_of(cx->arena, 4 * 1024 * 1024), out = buf_of(cx->arena, 1024 * 1024);
        while (html.n < 2 * 1024 * 1024)
            buf_add(&html, pieces[i]);
        text_from_html(&out, buf_str(&html));
        arena_reset(cx->arena);
    }
}

static struct mime *parsed(struct ctx *cx, const char *message)
{
    struct mime *m = NULL;
    assert_int_equal(mime_parse(cx, lines(cx->arena, message), NULL, &m), OK);
    return m;
}

static void reads_parts(void **state)
{
    struct ctx *cx = *state;
    static const struct {
        const char *message, *text;
    } rows[] = {
        {"A: b^^a^b^", "a\nb\n"},
        {"Content-Type: text/plain; charset=iso-8859-1^Content-Transfer-Encoding: "
         "quoted-printable^^"
         "caf=E9=^s^",
         "caf\xc3\xa9s\n"},
        {"Content-Type: text/plain; charset=utf-8^Content-Transfer-Encoding: base64^^Y2Fmw6k=^",
         "caf\xc3\xa9"},
        {"Content-Type: text/html^^<p>x</p>", "x"},
        {"Content-Type: text/plain; format=flowed^^a ^b^ >c^> q ^> r^-- ^sig^", /* RFC 3676 */
         "a b\n>c\n> q r\n-- \nsig\n"},
        {"Content-Type: text/plain; format=flowed; delsp=yes^^a ^b^", "ab\n"},
        {"Content-Type: image/png^^x", ""},
        {"Content-Type: message/delivery-status^^Status: 5.1.10^^Action: failed^",
         "Status: 5.1.10\n\nAction: failed\n"},
        {"Content-Type: message/external-body^^x", ""},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        print_message("# %s\n", rows[i].message);
        assert_str(text_of_part(cx->arena, parsed(cx, rows[i].message), 0, SIZE_MAX),
                   str_z(rows[i].text));
    }
}

#define PART "^--b^Content-Type: "
#define ALTERNATIVE "Content-Type: multipart/alternative; boundary=b^"
#define MIXED "Content-Type: multipart/mixed; boundary=b^"

static void previews(void **state)
{
    struct ctx *cx = *state;
    static const struct {
        const char *message, *preview;
    } rows[] = {
        {"A: b^^  Hello,^^ world \t!^", "Hello, world !"},
        {"A: b^^> quoted^answer^", "answer"},
        {"A: b^^> quoted^", "> quoted"},
        {"A: b^^text^-- ^signature^", "text"},
        {"A: b^^=====^text^", "text"},
        {ALTERNATIVE PART "text/plain^^plain" PART "text/html^^<p>html"
                          "^--b--",
         "plain"},
        {ALTERNATIVE PART "text/html^^<p>html"
                          "^--b--",
         "html"},
        {ALTERNATIVE PART "text/html^^<p>html" PART "text/plain^^plain^--b--", "plain"},
        {MIXED PART "text/plain^^one" PART "application/pdf^^no" PART "text/html^^two^--b--",
         "one two"},
        {MIXED PART "text/plain^Content-Disposition: attachment^^no^--b--", ""},
        {MIXED PART "message/rfc822^^A: b^^no" PART "text/plain^^yes^--b--", "yes"},
        {"Content-Type: application/pdf^^x", ""},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        print_message("# %s\n", rows[i].message);
        assert_str(text_preview(cx->arena, parsed(cx, rows[i].message)), str_z(rows[i].preview));
    }
    /* At most 200 characters, whole ones; text far behind style is found. */
    struct buf b = buf_of(cx->arena, 100000);
    buf_add(&b, STR("Content-Type: text/html; charset=utf-8\r\n\r\n<style>"));
    buf_fill(&b, ' ', 30000);
    buf_add(&b, STR("</style>"));
    for (int i = 0; i < 300; i++)
        buf_add(&b, STR("\xc3\xbc"));
    struct mime *m;
    assert_int_equal(mime_parse(cx, buf_str(&b), NULL, &m), OK);
    struct str preview = text_preview(cx->arena, m);
    assert_int_equal(preview.n, 400);
    assert_true(utf8_valid(preview));
}

int main(void)
{
    const struct CMUnitTest tests[] = {FORMAT_TEST(reads_html), FORMAT_TEST(survives_floods),
                                       FORMAT_TEST(reads_parts), FORMAT_TEST(previews)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
