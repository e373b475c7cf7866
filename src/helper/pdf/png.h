/* PNG (ISO 15948), written. */
#ifndef HELPER_PDF_PNG_H
#define HELPER_PDF_PNG_H

#include "base/buf.h"

struct pdf_picture;

/* Appends the picture. False: it does not fit. */
bool png_put(struct buf *out, const struct pdf_picture *picture);

#endif
