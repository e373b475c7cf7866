/* Office Open XML, OpenDocument and RTF as HTML. */
#include "helper/html/office.h"
#include "base/cur.h"
#include "format/utf8.h"
#include "helper/archive.h"
#include "helper/readers.h"

enum { SLIDES_MAX = 1000 };

static bool is_slide(struct str name)
{
    return str_starts(name, STR("ppt/slides/slide")) && str_ends(name, STR(".xml"));
}

/* Files that the readers look at. */
static bool is_wanted(struct str name)
{
    static const struct str names[] = {
        STR("word/document.xml"),
        STR("word/styles.xml"),
        STR("content.xml"),
        STR("xl/workbook.xml"),
        STR("xl/styles.xml"),
        STR("xl/sharedStrings.xml"),
        STR("xl/_rels/workbook.xml.rels"),
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq(name, names[i]))
            return true;
    return is_slide(name) ||
           (str_starts(name, STR("xl/worksheets/")) && str_ends(name, STR(".xml")));
}

/* Slides in the order of their numbers, a rule between two of them. False: there are none. */
static bool put_slides(struct page *p, const struct archive_files *files)
{
    bool first = true;
    for (int number = 1; number <= SLIDES_MAX && !p->html.full; number++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct str slide =
            archive_file_of(files, str_printf(a, "ppt/slides/slide%d.xml", number).p);
        if (slide.n && !first)
            page_rule(p);
        first &= !slide.n;
        office_slide(p, slide);
    }
    return !first;
}

/* False: it is none of these. One that says nothing is one all the same. */
static bool put_document(struct page *p, const struct archive_files *files)
{
    struct str word = archive_file_of(files, "word/document.xml");
    struct str content = archive_file_of(files, "content.xml");
    if (word.n)
        office_word(p, word, archive_file_of(files, "word/styles.xml"));
    else if (content.n)
        office_open_document(p, content);
    else if (archive_file_of(files, "xl/workbook.xml").n)
        office_workbook(p, files);
    else
        return put_slides(p, files);
    return true;
}

bool reader_archive_html(struct str document, struct buf *out)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct archive_files files;
    struct page p = {.html = html_to(out)};
    if (!archive_take(a, document, is_wanted, &files))
        return false;
    bool known = put_document(&p, &files);
    page_end(&p);
    return known;
}

bool reader_rtf_html(struct str document, struct buf *out)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct buf text = buf_of(a, READER_TEXT_MAX);
    struct page p = {.html = html_to(out)};
    if (!reader_rtf(document, &text))
        return false;
    struct cur c = cur_of(utf8_clean(a, buf_str(&text)));
    struct str line;
    while (cur_until(&c, '\n', &line)) {
        page_paragraph(&p);
        page_text(&p, line);
    }
    page_paragraph(&p);
    page_text(&p, c.rest);
    page_end(&p);
    return out->n > 0;
}
