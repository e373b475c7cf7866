/* Cursors: read forward through a slice. */
#ifndef BASE_CUR_H
#define BASE_CUR_H

#include "base/str.h"

/* Each call takes what it names and returns true, or returns false and changes nothing. */
struct cur {
    struct str rest;
};

/* A cursor at the start of s, and whether it has come to the end. */
struct cur cur_of(struct str s);
bool cur_end(const struct cur *c);
/* The next byte without taking it, or -1 at the end. */
int cur_peek(const struct cur *c);

/* One byte of any kind; this very byte; n bytes, which may be none. */
bool cur_byte(struct cur *c, char *out);
bool cur_char(struct cur *c, char wanted);
bool cur_bytes(struct cur *c, size_t n, struct str *out);
/* Takes the bytes of exactly this text. */
bool cur_text(struct cur *c, struct str text);
/* As cur_text, ASCII letters compared without case. */
bool cur_word(struct cur *c, struct str word);
/* Takes up to and with stop; out is without it. */
bool cur_until(struct cur *c, char stop, struct str *out);
/* Takes a line; its end is CRLF or LF, out is without it. False when no line end comes. */
bool cur_line(struct cur *c, struct str *out);
/* Decimal digits; overflow is false. */
bool cur_u32(struct cur *c, uint32_t *out);
bool cur_u64(struct cur *c, uint64_t *out);

/* Takes bytes as long as is(byte) holds; may be none, so it cannot fail. */
struct str cur_while(struct cur *c, bool (*is)(char));
/* Takes spaces and tabs, if any. */
void cur_blanks(struct cur *c);

/* Little-endian numbers of stored values. */
bool cur_le8(struct cur *c, uint8_t *out);
bool cur_le16(struct cur *c, uint16_t *out);
bool cur_le32(struct cur *c, uint32_t *out);
bool cur_le64(struct cur *c, uint64_t *out);
/* A number in groups of seven bits, the lowest first (what buf_varint writes). */
bool cur_varint(struct cur *c, uint64_t *out);
/* A 32-bit little-endian length and so many bytes (what buf_le_str writes). */
bool cur_le_str(struct cur *c, struct str *out);

#endif
