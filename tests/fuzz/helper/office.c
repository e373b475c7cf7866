/* The readers of Office's XML in the cage: whatever they are given, the HTML is of known tags, and
   each is closed. The first byte says which of them. */
#include "helper/html/office.h"
#include "base/cur.h"
#include "helper/archive.h"
#include "service/preview/inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static size_t count(struct str html, struct str what)
{
    size_t found = 0, at;
    while ((at = str_find(html, what)) != SIZE_MAX) {
        html = str_from(html, at + what.n);
        found++;
    }
    return found;
}

static void workbook(struct page *p, struct str xml)
{
    struct archive_file files[] = {
        {STR("xl/workbook.xml"), STR("<w><sheet name='s' id='r'/></w>")},
        {STR("xl/_rels/workbook.xml.rels"), STR("<r><Relationship Id='r' Target='s.xml'/></r>")},
        {STR("xl/sharedStrings.xml"), xml},
        {STR("xl/styles.xml"), xml},
        {STR("xl/s.xml"), xml},
    };
    const struct archive_files all = {files, sizeof files / sizeof *files};
    office_workbook(p, &all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct buf out = buf_of(a, HTML_BYTES_MAX);
    struct page p = {.html = html_to(&out)};
    struct str xml = str_of(data, n);
    char which = n ? xml.p[0] : 0;
    xml = str_from(xml, 1);
    if (which == 'w')
        office_word(&p, xml, xml);
    else if (which == 'o')
        office_open_document(&p, xml);
    else if (which == 's')
        office_slide(&p, xml);
    else
        workbook(&p, xml);
    page_end(&p);
    struct str html = buf_str(&out);
    must(!out.overflow && preview_html_ok(html));
    must(count(html, STR("<td>")) == count(html, STR("</td>")));
    must(count(html, STR("<p>")) == count(html, STR("</p>")));
    must(count(html, STR("<b>")) == count(html, STR("</b>")));
    return 0;
}
