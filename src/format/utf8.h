/* UTF-8 (RFC 3629) and the few things of Unicode that mail needs. */
#ifndef FORMAT_UTF8_H
#define FORMAT_UTF8_H

#include "base/buf.h"
#include "base/cur.h"

/* No over-long forms, no surrogates, nothing above U+10FFFF. NUL is fine. */
bool utf8_valid(struct str s);
/* All bytes below 0x80. */
bool utf8_is_ascii(struct str s);
/* The longest prefix of at most max bytes that does not cut a character of valid UTF-8. */
struct str utf8_cut(struct str s, size_t max);
/* The first max characters (code points) of valid UTF-8. */
struct str utf8_cut_chars(struct str s, size_t max);
/* Takes one code point; false, with nothing taken, at the end or before a bad sequence. */
bool utf8_next(struct cur *c, uint32_t *out);
/* Appends one code point; what cannot be written becomes U+FFFD. */
void utf8_put(struct buf *b, uint32_t c);
/* s itself when it is valid; else a copy with U+FFFD for each bad run. */
struct str utf8_clean(struct arena *a, struct str s);

/* Folded for comparing and searching without case: Unicode full case folding over NFKC. Valid UTF-8
   in and out; two texts are the same to a searcher when their folded forms are. s itself when it
   stays the same. */
struct str utf8_fold(struct arena *a, struct str s);
/* The key of i;unicode-casemap (RFC 5051): each character in its title case, then decomposed.
   Compared byte by byte. Valid UTF-8 in and out; s itself when it stays the same. */
struct str utf8_casemap(struct arena *a, struct str s);
/* The form that texts and needles are searched in: equal by i;unicode-casemap means equal here, and
   so do texts that utf8_fold makes the same. Letters stand before their accents, so "e" is found in
   e with an acute accent (RFC 5051 section 2). Takes text that was folded already as well. */
struct str utf8_search(struct arena *a, struct str s);
/* NFC, the form in which names are kept (RFC 5198). s itself when it stays the same. */
struct str utf8_nfc(struct arena *a, struct str s);

/* What a character is to who cuts text into words: between words; part of one (letters, digits,
   marks); or of a script that has no spaces between words (Han, kana, Thai, Lao, Khmer, Burmese).
 */
enum utf8_kind { UTF8_GAP, UTF8_WORD, UTF8_DENSE };
enum utf8_kind utf8_kind(uint32_t c);

#endif
