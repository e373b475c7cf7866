#include "helper/html/page.h"

static enum html_tag tag_of(const struct page *p)
{
    if (p->heading)
        return (enum html_tag)(HTML_H1 + p->heading - 1);
    return p->item ? HTML_LI : HTML_P;
}

void page_paragraph(struct page *p)
{
    page_paragraph_end(p);
    p->heading = 0;
    p->item = false;
}

/* The items that follow each other are one list, within a cell or outside of all. */
static bool in_list(const struct page *p)
{
    return p->html.depth && p->html.open[p->html.depth - 1] == HTML_UL;
}

static void begin(struct page *p)
{
    if (p->begun)
        return;
    p->begun = true;
    bool item = p->item && !p->heading;
    if (in_list(p) && !item)
        html_close(&p->html, HTML_UL);
    if (item && !in_list(p))
        html_open(&p->html, HTML_UL);
    html_open(&p->html, tag_of(p));
}

void page_text(struct page *p, struct str text)
{
    if (!text.n)
        return;
    begin(p);
    html_text(&p->html, text);
}

void page_break(struct page *p)
{
    if (p->begun)
        html_break(&p->html);
}

void page_paragraph_end(struct page *p)
{
    if (p->begun)
        html_close(&p->html, tag_of(p));
    p->begun = false;
}

void page_table(struct page *p, enum html_tag tag, bool open)
{
    page_paragraph_end(p);
    if (in_list(p))
        html_close(&p->html, HTML_UL);
    if (open)
        html_open(&p->html, tag);
    else
        html_close(&p->html, tag);
}

void page_rule(struct page *p)
{
    page_paragraph_end(p);
    html_end(&p->html);
    html_rule(&p->html);
}

void page_end(struct page *p)
{
    page_paragraph_end(p);
    html_end(&p->html);
}
