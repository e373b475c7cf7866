/* PDF by Poppler, for C. */
#ifndef HELPER_PDF_H
#define HELPER_PDF_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Poppler looks for its tables of characters when it opens its first document: let it do so before
   the cage is locked. */
void pdf_prepare(void);
/* Gives each page's text (UTF-8) to fn until that returns false. False: not readable, or locked by
   a password. */
typedef bool pdf_page_fn(void *self, const char *text, size_t n);
bool pdf_read(const char *bytes, size_t n, pdf_page_fn *fn, void *self);

#ifdef __cplusplus
}
#endif

#endif
