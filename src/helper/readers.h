/* Readers of document formats: bytes in, UTF-8 text out, in the cage. */
#ifndef HELPER_READERS_H
#define HELPER_READERS_H

#include "base/buf.h"

enum {
    READER_PICTURE_MAX = 16 * 1024 * 1024,   /* bytes of a picture of a page */
    READER_TEXT_MAX = 4 * 1024 * 1024,       /* bytes of text of a document */
    READER_UNPACKED_MAX = 128 * 1024 * 1024, /* bytes taken out of an archive in all */
    READER_RATIO_MAX = 200, /* and that many times its size: XML of offices gains 10 to 50 */
    READER_RATIO_FROM = 1024 * 1024, /* bytes that any archive may hold */
    READER_ENTRIES_MAX = 5000,       /* entries of an archive that are looked at */
};

/* Appends what the document says; what does not fit is left out. False: not readable. */
typedef bool reader_fn(struct str document, struct buf *out);

/* RTF 1.9. */
bool reader_rtf(struct str document, struct buf *out);
/* Office Open XML and OpenDocument: a zip archive of XML. */
bool reader_archive(struct str document, struct buf *out);
/* The same, and RTF, as HTML of few tags (helper/html/html.h). */
bool reader_archive_html(struct str document, struct buf *out);
bool reader_rtf_html(struct str document, struct buf *out);
/* Word, Excel, PowerPoint of 97 to 2003: runs of letters, no layout. */
bool reader_ole(struct str document, struct buf *out);
/* PDF, by Poppler. */
bool reader_pdf(struct str document, struct buf *out);
/* How many pages it has, and the size of each in points: "2\n595 842\n595 842\n". */
bool reader_pdf_pages(struct str document, struct buf *out);
/* A page (from 1) as a PNG; nothing when there is no such page. */
struct reader_page {
    uint32_t number;
    uint32_t width, height; /* pixels that it has at most; 0: as many as there may be */
};
typedef bool reader_page_fn(struct str document, const struct reader_page *page, struct buf *out);
bool reader_pdf_page(struct str document, const struct reader_page *page, struct buf *out);

#endif
