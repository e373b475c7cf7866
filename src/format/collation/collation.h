/* Collations by their registered names (RFC 4790, RFC 5051): those that can search and sort. */
#ifndef FORMAT_COLLATION_COLLATION_H
#define FORMAT_COLLATION_COLLATION_H

#include "base/str.h"

/* i;ascii-numeric is not among them: it finds no text in another one (RFC 4790 section 9.1.1). */
enum collation {
    COLLATION_UNICODE_CASEMAP, /* what the columns and the index are made for */
    COLLATION_ASCII_CASEMAP,
    COLLATION_OCTET,
    COLLATION_COUNT
};

/* As it is registered: "i;octet". */
struct str collation_name(enum collation collation);
/* Whether a wanted name is its name; "*" in it stands for anything (RFC 4790 section 3.2). */
bool collation_is(enum collation collation, struct str wanted);
/* What is compared byte by byte in its place. UTF-8 in; s itself when it stays the same. */
struct str collation_key(struct arena *a, enum collation collation, struct str s);
/* Whether the text contains the needle; both UTF-8 as they were written. */
bool collation_has(struct arena *a, enum collation collation, struct str text, struct str needle);

#endif
