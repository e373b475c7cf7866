/* Pages of a PDF as pictures, by Poppler, for C. */
#ifndef HELPER_PDF_DRAW_H
#define HELPER_PDF_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    PDF_PAGES_MAX = 2000,             /* pages that are counted */
    PDF_WIDTH_MAX = 1600,             /* pixels across a page */
    PDF_PIXELS_MAX = 4 * 1000 * 1000, /* of a page */
    PDF_DPI_MAX = 200,                /* of small ones */
};

/* Finds fonts and draws a page of our own: what Poppler and fontconfig read for that is read before
   the cage is locked. */
void pdf_draw_prepare(void);

/* The size of each page in points, as it is seen, to fn. False: not readable, or locked by a
   password. */
typedef void pdf_size_fn(void *self, uint32_t width, uint32_t height);
bool pdf_sizes(const char *bytes, size_t n, pdf_size_fn *fn, void *self);

/* Rows of three bytes a pixel (red, green, blue), each stride bytes behind the last. */
struct pdf_picture {
    uint32_t width, height;
    size_t stride;
    const char *rows;
};
typedef bool pdf_picture_fn(void *self, const struct pdf_picture *picture);
struct pdf_wanted {
    uint32_t page;          /* from 1 */
    uint32_t width, height; /* pixels that it has at most; 0: not said */
};
/* Draws a page on white and gives it to fn, whose result is returned; nothing is given when there
   is no such page: true. False: not readable. */
bool pdf_draw(const char *bytes, size_t n, const struct pdf_wanted *wanted, pdf_picture_fn *fn,
              void *self);

#ifdef __cplusplus
}
#endif

#endif
