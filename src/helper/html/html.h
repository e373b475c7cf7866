/* What a document says as HTML of few tags, none with an attribute. Whatever comes in, what comes
   out is whole: every element is closed, and every character escaped. */
#ifndef HELPER_HTML_HTML_H
#define HELPER_HTML_HTML_H

#include "base/buf.h"

enum {
    HTML_BYTES_MAX = 1800 * 1000, /* of a document; then it ends */
    HTML_ELEMENTS_MAX = 40000,
    HTML_DEPTH_MAX = 40, /* elements in each other; deeper ones are left out, their text is not */
};

enum html_tag {
    HTML_P,
    HTML_H1,
    HTML_H2,
    HTML_H3,
    HTML_H4,
    HTML_H5,
    HTML_H6,
    HTML_UL,
    HTML_LI,
    HTML_TABLE,
    HTML_TR,
    HTML_TD,
    HTML_B, /* from here on: within a line */
    HTML_I,
    HTML_U,
    HTML_S,
    HTML_TAGS
};
/* Of letters: 1 << (tag - HTML_B). */
enum html_style { HTML_BOLD = 1, HTML_ITALIC = 2, HTML_UNDERLINED = 4, HTML_STRUCK = 8 };

struct html {
    struct buf *out;
    enum html_tag open[HTML_DEPTH_MAX];
    size_t depth;
    size_t elements;
    unsigned style; /* of the text that comes */
    unsigned shown; /* of the text before, whose elements are open */
    bool full;      /* nothing more is taken */
};

/* out: empty, of HTML_BYTES_MAX and a bit. */
struct html html_to(struct buf *out);
void html_open(struct html *h, enum html_tag tag);
/* Closes it and what is open in it; nothing when it is not open. */
void html_close(struct html *h, enum html_tag tag);
bool html_is_open(const struct html *h, enum html_tag tag);
/* Valid UTF-8, in h->style. */
void html_text(struct html *h, struct str text);
void html_break(struct html *h);
void html_rule(struct html *h);
/* Closes all. */
void html_end(struct html *h);

#endif
