/* The language of a text, told by its commonest words. */
#ifndef CORE_SEARCH_LANGUAGE_H
#define CORE_SEARCH_LANGUAGE_H

#include "base/str.h"
#include <stdint.h>

enum { LANGUAGES = 15 };
/* Their codes (ISO 639-1): those that Xapian stems. A set of them is bits in this order. */
extern const char *const language_codes[LANGUAGES];

/* How often words of each language were seen. */
struct language_counts {
    uint32_t of[LANGUAGES];
};
/* Counts a word (as utf8_search makes it), seen so many times. */
void language_count(struct language_counts *c, struct str word, uint32_t times);
/* 1 and the language's place, or 0 when there is none clear. */
uint32_t language_of(const struct language_counts *c);

#endif
