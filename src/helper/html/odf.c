/* OpenDocument (ISO 26300): content.xml of text, spreadsheets and presentations. */
#include "base/cur.h"
#include "helper/html/office.h"
#include "helper/html/xml.h"

enum { NAME_MAX = 64, SPANS_MAX = 16, HEADINGS = 6, REPEATED_MAX = 1 << 14 };

struct named_style {
    char name[NAME_MAX];
    size_t n;
    unsigned style;
};

struct odf {
    struct page *page;
    struct named_style *styles;
    size_t style_count;
    unsigned spans[SPANS_MAX]; /* styles around the text */
    size_t span_count;
    int paragraphs, items, skip;
    bool sheets, slides;
    struct grid grid;
    size_t column; /* of a spreadsheet's cell */
    uint32_t repeated;
    bool cell;
};

static void add_style(struct odf *o, struct xml *x)
{
    struct str name = xml_attribute(x, "name");
    if (o->style_count == OFFICE_STYLES_MAX)
        return;
    struct named_style *s = &o->styles[o->style_count++];
    name = str_sub(name, 0, NAME_MAX);
    *s = (struct named_style){.n = name.n};
    if (name.n)
        memcpy(s->name, name.p, name.n);
}

static void add_looks(struct odf *o, struct xml *x)
{
    if (!o->style_count)
        return;
    struct named_style *s = &o->styles[o->style_count - 1];
    if (str_eq(xml_attribute(x, "font-weight"), STR("bold")))
        s->style |= HTML_BOLD;
    if (str_eq(xml_attribute(x, "font-style"), STR("italic")))
        s->style |= HTML_ITALIC;
    struct str line = xml_attribute(x, "text-underline-style");
    if (line.n && !str_eq(line, STR("none")))
        s->style |= HTML_UNDERLINED;
}

static unsigned style_of(const struct odf *o, struct str name)
{
    for (size_t i = 0; i < o->style_count; i++)
        if (str_eq(str_of(o->styles[i].name, o->styles[i].n), name))
            return o->styles[i].style;
    return 0;
}

static void push(struct odf *o, struct xml *x)
{
    unsigned around = o->span_count ? o->spans[(o->span_count - 1) % SPANS_MAX] : 0;
    o->spans[o->span_count++ % SPANS_MAX] = around | style_of(o, xml_attribute(x, "style-name"));
}

static void pop(struct odf *o)
{
    if (o->span_count)
        o->span_count--;
}

static uint32_t number_of(struct xml *x, const char *name)
{
    struct str value = xml_attribute(x, name);
    struct cur c = cur_of(value);
    uint32_t n;
    return cur_u32(&c, &n) && n <= REPEATED_MAX ? n : 1;
}

static void open_paragraph(struct odf *o, struct xml *x)
{
    bool heading = str_eq(x->name, STR("h"));
    page_paragraph(o->page);
    if (heading) {
        uint32_t level = number_of(x, "outline-level");
        o->page->heading = level < 1 ? 1 : level > HEADINGS ? HEADINGS : level;
    }
    o->page->item = o->items > 0;
    o->paragraphs++;
    o->span_count = 0;
    push(o, x);
}

static void open_table(struct odf *o, struct xml *x)
{
    if (!o->sheets) {
        page_table(o->page, HTML_TABLE, true);
        return;
    }
    o->grid = (struct grid){.page = o->page};
    page_paragraph(o->page);
    o->page->heading = 2;
    page_text(o->page, xml_attribute(x, "name"));
    page_paragraph_end(o->page);
}

static void open_cell(struct odf *o, struct xml *x)
{
    if (!o->sheets)
        page_table(o->page, HTML_TD, true);
    o->repeated = number_of(x, "number-columns-repeated");
    o->cell = false;
}

static void close_cell(struct odf *o)
{
    if (!o->sheets)
        page_table(o->page, HTML_TD, false);
    else if (o->cell)
        grid_cell_end(&o->grid);
    o->column += o->repeated;
    o->cell = false;
}

static void say(struct odf *o, struct str text)
{
    if (!o->paragraphs)
        return;
    if (o->sheets && !o->cell && text.n) {
        o->cell = true;
        grid_cell(&o->grid, o->column);
    }
    o->page->html.style = o->span_count ? o->spans[(o->span_count - 1) % SPANS_MAX] : 0;
    page_text(o->page, text);
}

static bool is_skipped(struct str name)
{
    return str_eq(name, STR("annotation")) || str_eq(name, STR("tracked-changes")) ||
           str_eq(name, STR("notes")) || str_eq(name, STR("master-styles"));
}

static bool is_cell(struct str name)
{
    return str_eq(name, STR("table-cell")) || str_eq(name, STR("covered-table-cell"));
}

static bool is_paragraph(struct str name)
{
    return str_eq(name, STR("p")) || str_eq(name, STR("h"));
}

static void open_page(struct odf *o)
{
    if (o->slides)
        page_rule(o->page);
    o->slides = true;
}

static void open_row(struct odf *o)
{
    o->column = 0;
    if (o->sheets)
        grid_row(&o->grid);
    else
        page_table(o->page, HTML_TR, true);
}

static void open_in_text(struct odf *o, struct xml *x)
{
    if (str_eq(x->name, STR("span")))
        push(o, x);
    else if (str_eq(x->name, STR("s")) || str_eq(x->name, STR("tab")))
        say(o, STR(" "));
    else if (str_eq(x->name, STR("line-break")))
        page_break(o->page);
}

static void open_element(struct odf *o, struct xml *x)
{
    if (is_paragraph(x->name))
        open_paragraph(o, x);
    else if (str_eq(x->name, STR("spreadsheet")))
        o->sheets = true;
    else if (str_eq(x->name, STR("page")))
        open_page(o);
    else if (str_eq(x->name, STR("list-item")))
        o->items++;
    else if (str_eq(x->name, STR("table")))
        open_table(o, x);
    else if (str_eq(x->name, STR("table-row")))
        open_row(o);
    else if (is_cell(x->name))
        open_cell(o, x);
    else if (str_eq(x->name, STR("style")))
        add_style(o, x);
    else if (str_eq(x->name, STR("text-properties")))
        add_looks(o, x);
    else
        open_in_text(o, x);
}

static void close_element(struct odf *o, struct xml *x)
{
    if (is_paragraph(x->name)) {
        page_paragraph_end(o->page);
        o->paragraphs -= o->paragraphs > 0;
    } else if (str_eq(x->name, STR("span")))
        pop(o);
    else if (str_eq(x->name, STR("list-item")))
        o->items -= o->items > 0;
    else if (is_cell(x->name))
        close_cell(o);
    else if (str_eq(x->name, STR("table-row")) && !o->sheets)
        page_table(o->page, HTML_TR, false);
    else if (str_eq(x->name, STR("table"))) {
        if (o->sheets)
            grid_end(&o->grid);
        else
            page_table(o->page, HTML_TABLE, false);
    }
}

static void look(void *self, struct xml *x)
{
    struct odf *o = self;
    bool skipped = x->kind != XML_TEXT && is_skipped(x->name);
    if (skipped)
        o->skip += x->kind == XML_OPEN ? 1 : -1;
    x->stop = o->page->html.full;
    if (o->skip > 0 || skipped)
        return;
    if (x->kind == XML_OPEN)
        open_element(o, x);
    else if (x->kind == XML_CLOSE)
        close_element(o, x);
    else
        say(o, x->text);
}

void office_open_document(struct page *p, struct str content)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct odf o = {.page = p, .grid = {.page = p}};
    o.styles = arena_alloc(a, OFFICE_STYLES_MAX * sizeof *o.styles);
    xml_walk(content, look, &o);
}
