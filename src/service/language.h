/* Texts for people, in the languages that are spoken: one table for all protocols (RFC 5255,
   RFC 6856). English is what the code says; the table has the others. */
#ifndef SERVICE_LANGUAGE_H
#define SERVICE_LANGUAGE_H

#include "base/str.h"

enum language {
    LANGUAGE_DEFAULT, /* "i-default" (RFC 2277): English */
    LANGUAGE_EN,
    LANGUAGE_ES,
    LANGUAGE_DE,
    LANGUAGE_FR,
    LANGUAGE_COUNT
};

/* Its tag (RFC 5646), "de"; and its name in itself, "Deutsch", in UTF-8. */
struct str language_tag(enum language language);
struct str language_name(enum language language);

/* The language that a range asks for, by lookup (RFC 4647 section 3.4): "de-AT" leads to "de".
   "*" is the default. Case-blind; false when it is not spoken. */
bool language_find(struct str range, enum language *out);

/* What the English text is in that language; itself when the table does not have it. UTF-8. */
struct str language_text(enum language language, struct str english);

/* Rows of the table, for tests: the text in each language; NULL past the last. */
const struct str *language_row(size_t index);

#endif
