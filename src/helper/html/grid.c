#include "helper/html/office.h"

void grid_row(struct grid *g)
{
    if (g->row)
        page_table(g->page, HTML_TR, false);
    g->row = false;
    g->column = 0;
}

void grid_cell(struct grid *g, size_t column)
{
    size_t gap = column > g->column ? column - g->column : 0;
    if (!g->table)
        page_table(g->page, HTML_TABLE, true);
    if (!g->row)
        page_table(g->page, HTML_TR, true);
    g->table = g->row = true;
    for (size_t i = 0; i < gap && i < OFFICE_GAP_MAX; i++) {
        page_table(g->page, HTML_TD, true);
        page_table(g->page, HTML_TD, false);
    }
    page_table(g->page, HTML_TD, true);
    g->column = column + 1;
}

void grid_cell_end(struct grid *g)
{
    page_table(g->page, HTML_TD, false);
}

void grid_end(struct grid *g)
{
    grid_row(g);
    if (g->table)
        page_table(g->page, HTML_TABLE, false);
    g->table = false;
}
