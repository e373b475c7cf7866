/* Paragraphs, lists and tables, as documents have them: what Word, Writer and slides share. */
#ifndef HELPER_HTML_PAGE_H
#define HELPER_HTML_PAGE_H

#include "helper/html/html.h"

struct page {
    struct html html;
    unsigned heading; /* 1 to 6: the paragraph is one; 0: it is none */
    bool item;        /* it is one of a list */
    bool begun;       /* something of it has been written */
};

/* A paragraph begins: nothing is known of it yet, and nothing written. */
void page_paragraph(struct page *p);
/* Text of it; before the first, its element is opened. */
void page_text(struct page *p, struct str text);
void page_break(struct page *p);
void page_paragraph_end(struct page *p);
/* HTML_TABLE, HTML_TR, HTML_TD. */
void page_table(struct page *p, enum html_tag tag, bool open);
void page_rule(struct page *p);
/* Closes all. */
void page_end(struct page *p);

#endif
