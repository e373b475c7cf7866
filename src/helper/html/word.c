/* Word's documents (ECMA-376 part 1, WordprocessingML). */
#include "base/cur.h"
#include "helper/html/office.h"
#include "helper/html/xml.h"

enum { NAME_MAX = 64, HEADINGS = 6 };

struct heading_style {
    char name[NAME_MAX];
    size_t n;
    unsigned level;
};

struct word {
    struct page *page;
    struct heading_style *styles;
    size_t style_count;
    char style[NAME_MAX]; /* of styles.xml, while it is looked at */
    size_t style_n;
    int skip; /* in what is there twice, for older programs */
    bool run, text;
    bool title; /* of a slide */
};

static size_t keep(char *out, struct str s)
{
    s = str_sub(s, 0, NAME_MAX);
    if (s.n)
        memcpy(out, s.p, s.n);
    return s.n;
}

/* "heading 2": whatever the language, that is its name. */
static unsigned level_of(struct str name)
{
    struct cur c = cur_of(name);
    uint32_t level;
    if (str_ieq(name, STR("title")))
        return 1;
    if (!cur_word(&c, STR("heading ")) || !cur_u32(&c, &level) || !cur_end(&c))
        return 0;
    return level >= 1 && level <= HEADINGS ? level : 0;
}

static void look_at_style(void *self, struct xml *x)
{
    struct word *w = self;
    if (x->kind != XML_OPEN)
        return;
    if (str_eq(x->name, STR("style")))
        w->style_n = keep(w->style, xml_attribute(x, "styleId"));
    if (!str_eq(x->name, STR("name")) || w->style_count == OFFICE_STYLES_MAX)
        return;
    unsigned level = level_of(xml_attribute(x, "val"));
    struct heading_style *s = &w->styles[w->style_count];
    if (!level)
        return;
    s->level = level;
    s->n = keep(s->name, str_of(w->style, w->style_n));
    w->style_count++;
}

static unsigned heading_of(const struct word *w, struct str style)
{
    for (size_t i = 0; i < w->style_count; i++)
        if (str_eq(str_of(w->styles[i].name, w->styles[i].n), style))
            return w->styles[i].level;
    return 0;
}

static void outline(struct word *w, struct xml *x)
{
    struct str value = xml_attribute(x, "val");
    struct cur c = cur_of(value);
    uint32_t level;
    if (cur_u32(&c, &level) && level < HEADINGS)
        w->page->heading = level + 1;
}

/* What a run of letters looks like; what is said of a paragraph's end is not meant. */
static bool open_style(struct word *w, struct xml *x)
{
    static const struct {
        struct str name;
        unsigned style;
    } styles[] = {
        {STR("b"), HTML_BOLD},
        {STR("i"), HTML_ITALIC},
        {STR("u"), HTML_UNDERLINED},
        {STR("strike"), HTML_STRUCK},
    };
    for (size_t i = 0; w->run && i < sizeof styles / sizeof *styles; i++)
        if (str_eq(x->name, styles[i].name)) {
            if (xml_is_on(x))
                w->page->html.style |= styles[i].style;
            return true;
        }
    return false;
}

static enum html_tag table_tag(struct str name)
{
    return str_eq(name, STR("tbl"))  ? HTML_TABLE
           : str_eq(name, STR("tr")) ? HTML_TR
           : str_eq(name, STR("tc")) ? HTML_TD
                                     : HTML_TAGS;
}

static void open_element(struct word *w, struct xml *x)
{
    struct page *p = w->page;
    if (str_eq(x->name, STR("p")))
        page_paragraph(p);
    else if (str_eq(x->name, STR("r"))) {
        w->run = true;
        p->html.style = 0;
    } else if (str_eq(x->name, STR("t")))
        w->text = true;
    else if (str_eq(x->name, STR("pStyle")))
        p->heading = heading_of(w, xml_attribute(x, "val"));
    else if (str_eq(x->name, STR("outlineLvl")))
        outline(w, x);
    else if (str_eq(x->name, STR("numPr")))
        p->item = true;
    else if (w->run && str_eq(x->name, STR("tab")))
        page_text(p, STR(" "));
    else if (w->run && (str_eq(x->name, STR("br")) || str_eq(x->name, STR("cr"))))
        page_break(p);
    else if (!open_style(w, x) && table_tag(x->name) != HTML_TAGS)
        page_table(p, table_tag(x->name), true);
}

static void close_element(struct word *w, struct xml *x)
{
    if (str_eq(x->name, STR("p")))
        page_paragraph_end(w->page);
    else if (str_eq(x->name, STR("r")))
        w->run = false;
    else if (str_eq(x->name, STR("t")))
        w->text = false;
    else if (table_tag(x->name) != HTML_TAGS)
        page_table(w->page, table_tag(x->name), false);
}

static void look(void *self, struct xml *x)
{
    struct word *w = self;
    bool twice = x->kind != XML_TEXT && str_eq(x->name, STR("Fallback"));
    if (twice)
        w->skip += x->kind == XML_OPEN ? 1 : -1;
    x->stop = w->page->html.full;
    if (w->skip || twice)
        return;
    if (x->kind == XML_OPEN)
        open_element(w, x);
    else if (x->kind == XML_CLOSE)
        close_element(w, x);
    else if (w->text)
        page_text(w->page, x->text);
}

void office_word(struct page *p, struct str document, struct str styles)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct word w = {.page = p};
    w.styles = arena_alloc(a, OFFICE_STYLES_MAX * sizeof *w.styles);
    xml_walk(styles, look_at_style, &w);
    xml_walk(document, look, &w);
}

/* A slide's text stands in paragraphs of DrawingML, whose elements have these same names; what a
   run looks like is said by attributes of rPr. */
static void look_at_slide(void *self, struct xml *x)
{
    struct word *w = self;
    struct page *p = w->page;
    look(self, x);
    if (x->kind != XML_OPEN)
        return;
    if (str_eq(x->name, STR("ph"))) {
        struct str type = xml_attribute(x, "type");
        w->title = str_eq(type, STR("title")) || str_eq(type, STR("ctrTitle"));
    } else if (str_eq(x->name, STR("sp")))
        w->title = false;
    else if (str_eq(x->name, STR("p")))
        p->heading = w->title ? 2 : 0;
    else if (w->run && str_eq(x->name, STR("rPr"))) {
        p->html.style |= str_eq(xml_attribute(x, "b"), STR("1")) ? HTML_BOLD : 0;
        p->html.style |= str_eq(xml_attribute(x, "i"), STR("1")) ? HTML_ITALIC : 0;
    }
}

void office_slide(struct page *p, struct str slide)
{
    struct word w = {.page = p};
    xml_walk(slide, look_at_slide, &w);
    page_paragraph_end(p);
}
