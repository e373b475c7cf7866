/* Office documents as HTML, made in the cage. office READER: the program. */
#include "unit.h"

#include "base/buf.h"
#include "base/err.h"
#include "helper/html/html.h"
#include "helper/readers.h"
#include "service/preview/preview.h"
#include "zip.h"

#define WORD(body) "<w:document xmlns:w='w'><w:body>" body "</w:body></w:document>"
#define ODF(styles, body)                                                                          \
    "<o:document-content xmlns:o='o' xmlns:text='t' xmlns:table='b' xmlns:style='s' "              \
    "xmlns:fo='f' xmlns:draw='d'><o:automatic-styles>" styles "</o:automatic-styles><o:body>" body \
    "</o:body></o:document-content>"
#define SHEET(rows) "<worksheet><sheetData>" rows "</sheetData></worksheet>"
#define BOOK                                                                                       \
    "<workbook xmlns:r='r'><sheets><sheet name='First &amp; last' sheetId='7' r:id='r2'/>"         \
    "<sheet name='Second' sheetId='1' r:id='r1'/></sheets></workbook>"
#define RELS                                                                                       \
    "<Relationships><Relationship Id='r1' Target='/xl/worksheets/b.xml'/>"                         \
    "<Relationship Id='r2' Target='worksheets/a.xml'/></Relationships>"
#define SLIDE(body) "<p:sld xmlns:p='p' xmlns:a='a'>" body "</p:sld>"

enum { FILES_MAX = 6 };

static const struct {
    const char *files[FILES_MAX][2], *html;
} documents[] = {
    {{{"word/document.xml",
       WORD("<w:p><w:pPr><w:pStyle w:val='H'/></w:pPr><w:r><w:t>Plan</w:t></w:r></w:p>"
            "<w:p><w:pPr><w:rPr><w:b/></w:rPr></w:pPr><w:r><w:t>a </w:t></w:r>"
            "<w:r><w:rPr><w:b/><w:i/></w:rPr><w:t>&lt;b&gt; &amp;</w:t></w:r>"
            "<w:r><w:rPr><w:b w:val='0'/></w:rPr><w:t>c</w:t><w:br/><w:tab/></w:r></w:p><w:p/>")},
      {"word/styles.xml", "<w:styles xmlns:w='w'><w:style w:styleId='H'><w:name "
                          "w:val='heading 2'/></w:style></w:styles>"}},
     "<h2>Plan</h2><p>a <b><i>&lt;b&gt; &amp;</i></b>c<br> </p>"},
    {{{"word/document.xml",
       WORD("<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>1</w:t></w:r></w:p>"
            "<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>2</w:t></w:r></w:p>"
            "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc><w:tc><w:p/></w:tc></w:tr>"
            "</w:tbl><w:p><w:r><w:t>end</w:t></w:r></w:p>")}},
     "<ul><li>1</li><li>2</li></ul><table><tr><td><p>x</p></td><td></td></tr></table><p>end</p>"},
    {{{"word/document.xml",
       WORD("<w:p><w:r><w:t>a</w:t><m:AlternateContent xmlns:m='m'><m:Choice><w:t>b</w:t>"
            "</m:Choice><m:Fallback><w:t>b</w:t></m:Fallback></m:AlternateContent></w:r>"
            "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:instrText>PAGE"
            "</w:instrText></w:r></w:p>")}},
     "<p>ab</p>"},
    {{{"content.xml",
       ODF("<style:style style:name='T1'><style:text-properties fo:font-weight='bold'/>"
           "</style:style>",
           "<o:text><text:h text:outline-level='3'>Head</text:h><text:p>a<text:s/><text:span "
           "text:style-name='T1'>b</text:span>c<text:line-break/>d</text:p><text:list>"
           "<text:list-item><text:p>one</text:p></text:list-item></text:list><table:table>"
           "<table:table-row><table:table-cell><text:p>x</text:p></table:table-cell>"
           "</table:table-row></table:table></o:text>")}},
     "<h3>Head</h3><p>a <b>b</b>c<br>d</p><ul><li>one</li></ul>"
     "<table><tr><td><p>x</p></td></tr></table>"},
    {{{"content.xml",
       ODF("", "<o:spreadsheet><table:table table:name='Tab'><table:table-row "
               "table:number-rows-repeated='1000000'><table:table-cell/></table:table-row>"
               "<table:table-row><table:table-cell table:number-columns-repeated='2'/>"
               "<table:table-cell><text:p>7</text:p></table:table-cell><table:table-cell "
               "table:number-columns-repeated='16381'/></table:table-row></table:table>"
               "</o:spreadsheet>")}},
     "<h2>Tab</h2><table><tr><td></td><td></td><td><p>7</p></td></tr></table>"},
    {{{"content.xml", ODF("", "<o:presentation><draw:page><text:p>1</text:p></draw:page>"
                              "<draw:page><text:p>2</text:p></draw:page></o:presentation>")}},
     "<p>1</p><hr><p>2</p>"},
    {{{"xl/worksheets/b.xml", SHEET("<row><c r='B1' t='inlineStr'><is><t>in</t></is></c></row>")},
      {"xl/worksheets/a.xml",
       SHEET("<row r='1'><c r='A1' t='s'><v>1</v></c><c r='C1'><v>2.5</v></c></row><row r='2'>"
             "<c r='A2'/></row><row r='3'><c r='A3' s='1'><v>45292</v></c><c r='B3' s='2'>"
             "<v>45292.75</v></c><c r='C3' t='b'><v>1</v></c><c r='D3' t='s'><v>99</v></c></row>")},
      {"xl/workbook.xml", BOOK},
      {"xl/_rels/workbook.xml.rels", RELS},
      {"xl/sharedStrings.xml", "<sst><si><t>zero</t></si><si><r><t>o</t></r><r><t>ne</t></r>"
                               "<rPh><t>spoken</t></rPh></si></sst>"},
      {"xl/styles.xml", "<s><numFmts><numFmt numFmtId='170' formatCode='yyyy\"h\"'/></numFmts>"
                        "<cellXfs><xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='170'/>"
                        "</cellXfs></s>"}},
     "<h2>First &amp; last</h2><table><tr><td><p>one</p></td><td></td><td><p>2.5</p></td></tr>"
     "<tr><td><p>2024-01-01</p></td><td><p>2024-01-01 18:00</p></td><td><p>TRUE</p></td></tr>"
     "</table><h2>Second</h2><table><tr><td></td><td><p>in</p></td></tr></table>"},
    {{{"ppt/slides/slide10.xml",
       SLIDE("<p:sp><a:p><a:r><a:rPr b='1'/><a:t>ten</a:t></a:r></a:p></p:sp>")},
      {"ppt/slides/slide2.xml",
       SLIDE("<p:sp><p:nvPr><p:ph type='title'/></p:nvPr><a:p><a:r><a:t>Two</a:t></a:r></a:p>"
             "</p:sp><p:sp><p:nvPr><p:ph/></p:nvPr><a:p><a:r><a:t>text</a:t></a:r></a:p></p:sp>")}},
     "<h2>Two</h2><p>text</p><hr><p><b>ten</b></p>"},
    {{{"word/document.xml", WORD("<w:p/>")}}, ""},
    /* what is not closed, what is of no use, what would be a tag */
    {{{"word/document.xml", "<w:d xmlns:w='w'><w:tbl><w:tr><w:tc><w:p><w:r><w:t>cut"}},
     "<table><tr><td></td></tr></table>"},
    {{{"word/document.xml",
       WORD("</w:p><w:p><w:r><w:t>&lt;script src='//x'&gt;</w:t></w:r></w:p>")}},
     NULL},
};

static struct previews *open_previews(void **state)
{
    const struct previews_parts parts = {.program = ((char **)*state)[1]};
    return previews_open(&parts);
}

static enum code html_of(struct previews *p, struct arena *a, struct str document, struct str *out)
{
    const struct preview_ask ask = {.kind = PREVIEW_HTML};
    struct ctx cx = {.arena = a};
    struct preview made;
    enum code code = preview_make(&cx, p, 1, &ask, document, &made);
    if (code == OK)
        *out = made.bytes;
    return code;
}

static void documents_become_html(void **state)
{
    struct previews *p = open_previews(state);
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct buf zip = buf_of(a, 1 << 20);
        struct str html = {0};
        for (size_t k = 0; k < FILES_MAX && documents[i].files[k][0]; k++)
            zip_add(&zip, documents[i].files[k][0], str_z(documents[i].files[k][1]), 1);
        enum code code = html_of(p, a, buf_str(&zip), &html);
        if (!documents[i].html)
            assert_true(code == E_SYNTAX || str_find(html, STR("<script")) == SIZE_MAX);
        else if (code != OK || !str_eq(html, str_z(documents[i].html)))
            fail_msg("%zu: %s\n%.*s\n%s", i, code_name(code), STR_ARG(html), documents[i].html);
    }
    previews_close(p);
}

static void rtf_has_paragraphs(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct previews *p = open_previews(state);
    struct str html = {0};
    assert_int_equal(
        html_of(p, a, STR("{\\rtf1 one <b>\\par\\par two \\'e4 & \\{x\\}\\par}"), &html), OK);
    assert_str(html, STR("<p>one &lt;b&gt;</p><p>two \xc3\xa4 &amp; {x}</p>"));
    assert_int_equal(html_of(p, a, STR("%PDF-1.4"), &html), E_UNSUPPORTED);
    assert_int_equal(html_of(p, a, STR("\xd0\xcf\x11\xe0"), &html), E_UNSUPPORTED);
    previews_close(p);
}

static void times_over(struct buf *b, const char *text, int times)
{
    for (int i = 0; i < times; i++)
        buf_add(b, str_z(text));
}

/* Without end, without bottom, without measure: what is shown is bounded, and whole. */
static void hostile_documents_are_bounded(void **state)
{
    static const struct {
        const char *name, *begin, *text;
        int times;
    } hostile[] = {
        {"word/document.xml", "<w:d xmlns:w='w'>", "<w:p><w:r><w:t>word</w:t></w:r></w:p>", 100000},
        {"word/document.xml", "<w:d xmlns:w='w'>", "<w:tbl><w:tr><w:tc>", 80},
        {"word/document.xml", "<w:d xmlns:w='w'>", "<w:tbl><w:tr><w:tc>", 100000},
        {"word/document.xml", "<w:d xmlns:w='w'><w:p><w:r><w:t>", "&lt;&lt;&lt;&lt;", 900000},
        {"content.xml", "<o:d xmlns:o='o'><o:spreadsheet><o:table><o:table-row>",
         "<o:table-cell o:number-columns-repeated='4000000000'><o:p>x</o:p></o:table-cell>", 20000},
        {"content.xml", "<o:d xmlns:o='o'>", "<o:p><o:span><o:span>y", 2000},
        {"content.xml", "<o:d xmlns:o='o'>", "</o:table></o:p><o:table-cell><o:h>z</o:h>", 100},
    };
    struct previews *p = open_previews(state);
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct buf zip = buf_of(a, 1 << 24), xml = buf_of(a, 1 << 25);
        struct str html = {0};
        buf_add(&xml, str_z(hostile[i].begin));
        times_over(&xml, hostile[i].text, hostile[i].times);
        zip_add(&zip, hostile[i].name, buf_str(&xml), 1);
        enum code code = html_of(p, a, buf_str(&zip), &html);
        if ((code != OK && code != E_SYNTAX) || html.n > HTML_BYTES_MAX)
            fail_msg("%zu: %s, %zu bytes", i, code_name(code), html.n);
    }
    previews_close(p);
}

static void entities_do_not_grow(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct previews *p = open_previews(state);
    struct buf zip = buf_of(a, 1 << 16), xml = buf_of(a, 1 << 16);
    struct str html = {0};
    buf_add(&xml, STR("<!DOCTYPE d [<!ENTITY f SYSTEM \"file:///etc/passwd\"><!ENTITY a0 \"ha\">"));
    for (int i = 1; i < 12; i++) {
        buf_printf(&xml, "<!ENTITY a%d \"", i);
        for (int k = 0; k < 10; k++)
            buf_printf(&xml, "&a%d;", i - 1);
        buf_add(&xml, STR("\">"));
    }
    buf_add(&xml,
            STR("]><w:d xmlns:w='w'><w:p><w:r><w:t>harbour &a11; &f;</w:t></w:r></w:p></w:d>"));
    zip_add(&zip, "word/document.xml", buf_str(&xml), 1);
    enum code code = html_of(p, a, buf_str(&zip), &html);
    assert_true((code == OK || code == E_SYNTAX) && html.n < 100);
    assert_int_equal(str_find(html, STR("root:")), SIZE_MAX);
    previews_close(p);
}

static void archives_that_grow_are_cut(void **state)
{
    static char spaces[65536];
    struct arena *a AUTO(arena_close) = arena_open();
    struct previews *p = open_previews(state);
    struct buf zip = buf_of(a, 1 << 22);
    struct str html = {0};
    memset(spaces, ' ', sizeof spaces);
    zip_add(&zip, "word/styles.xml", str_of(spaces, sizeof spaces), 800); /* 50 MiB */
    zip_add(&zip, "word/document.xml", STR("<d><p><r><t>x</t></r></p></d>"), 1);
    assert_int_equal(html_of(p, a, buf_str(&zip), &html), E_SYNTAX);
    previews_close(p);
}

int main(int count, char **words)
{
    must(count == 2);
    void *state = words;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(documents_become_html, state),
        cmocka_unit_test_prestate(rtf_has_paragraphs, state),
        cmocka_unit_test_prestate(hostile_documents_are_bounded, state),
        cmocka_unit_test_prestate(entities_do_not_grow, state),
        cmocka_unit_test_prestate(archives_that_grow_are_cut, state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
