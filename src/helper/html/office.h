/* Kinds of documents, each from its XML to HTML. */
#ifndef HELPER_HTML_OFFICE_H
#define HELPER_HTML_OFFICE_H

#include "helper/html/page.h"

enum {
    OFFICE_STYLES_MAX = 1000,    /* that are known by their name */
    OFFICE_STRINGS_MAX = 500000, /* that the cells of a workbook share */
    OFFICE_GAP_MAX = 50,         /* empty cells before one that is not */
};

struct archive_files;

/* Word (WordprocessingML): styles may be empty. */
void office_word(struct page *p, struct str document, struct str styles);
/* Slides (PresentationML), each a part of its own. */
void office_slide(struct page *p, struct str slide);
/* A workbook (SpreadsheetML): xl/workbook.xml and what it names. */
void office_workbook(struct page *p, const struct archive_files *files);
/* Text, sheets and slides of OpenDocument: content.xml. */
void office_open_document(struct page *p, struct str content);

/* The cells of a sheet: rows and cells that hold nothing at the end are not written. */
struct grid {
    struct page *page;
    bool table, row;
    size_t column; /* the next one */
};
void grid_row(struct grid *g);
/* A cell that holds something: its column, from 0, not before g->column. */
void grid_cell(struct grid *g, size_t column);
void grid_cell_end(struct grid *g);
void grid_end(struct grid *g);

#endif
