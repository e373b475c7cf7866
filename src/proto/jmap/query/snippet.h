/* What of a text fits a search, marked (RFC 8621 section 5). */
#ifndef PROTO_JMAP_QUERY_SNIPPET_H
#define PROTO_JMAP_QUERY_SNIPPET_H

#include "base/err.h"
#include "base/str.h"

enum { JMAP_SNIPPET_MAX = 255 /* bytes of a preview, marks and all */ };

/* words: as utf8_search makes them, none empty. The text (UTF-8) with <mark> around them and its
   &, < and > escaped: all of it, or from shortly before the first word on so much as fits into max
   bytes (0: all). False when none of the words is there. out: in a. */
bool jmap_snippet(struct arena *a, struct str text, const struct str *words, size_t count,
                  size_t max, struct str *out);

#endif
