/* Slices: read-only runs of bytes that own nothing. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/banned.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;

/* A read-only run of bytes. Valid as long as what it points into. May hold NUL. Empty is {0}. */
struct str {
    const char *p;
    size_t n;
};

/* A slice of a string literal, also in static tables. */
#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
/* For printf-like calls: "%.*s" takes STR_ARG(s). */
#define STR_ARG(s) ((int)(s).n), ((s).p ? (s).p : "")

/* The bytes of a C string, without its NUL. NULL is empty. */
struct str str_z(const char *z);
/* The n bytes at p. */
struct str str_of(const void *p, size_t n);

/* Byte for byte; all empty slices are equal. */
bool str_eq(struct str a, struct str b);
/* Equal when ASCII letters are compared without case. */
bool str_ieq(struct str a, struct str b);
/* Byte order, the shorter first: below 0, 0 or above 0. */
int str_cmp(struct str a, struct str b);
/* As str_cmp, ASCII letters compared without case. */
int str_icmp(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_istarts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

/* n bytes from offset off; both are cut to what is there. */
struct str str_sub(struct str s, size_t off, size_t n);
/* All from offset off on; empty past the end. */
struct str str_from(struct str s, size_t off);
/* Without spaces, tabs, CR and LF at either end. */
struct str str_trim(struct str s);

/* Offset of the first such byte or word, or SIZE_MAX. */
size_t str_chr(struct str s, char c);
size_t str_rchr(struct str s, char c);
size_t str_find(struct str s, struct str word);
/* As str_find, ASCII letters compared without case. */
size_t str_ifind(struct str s, struct str word);

/* True if all bytes are decimal digits that fit; leading zeros are taken. */
bool str_u64(struct str s, uint64_t *out);

/* Copies into the arena; what str_dup returns is followed by a NUL that n does not count. */
struct str str_dup(struct arena *a, struct str s);
/* The copy as a C string; a NUL inside ends it early, so check where that matters. */
const char *str_zdup(struct arena *a, struct str s);
/* ASCII letters in lower (upper) case, the rest as it is. */
struct str str_lower(struct arena *a, struct str s);
struct str str_upper(struct arena *a, struct str s);
/* All of them, one after the other. */
struct str str_join(struct arena *a, const struct str *parts, size_t count);
struct str str_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ASCII only, whatever the locale. */
char ascii_lower(char c);
char ascii_upper(char c);
bool ascii_is_digit(char c);
bool ascii_is_alpha(char c);
bool ascii_is_space(char c); /* space, tab, CR, LF */

#endif
