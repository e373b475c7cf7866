/* Hexadecimal digits. */
#ifndef FORMAT_HEX_H
#define FORMAT_HEX_H

#include "base/err.h"
#include "base/str.h"

/* Two lower-case digits a byte. */
struct str hex_encode(struct arena *a, struct str in);
/* Digits of both cases; an odd number or anything else is E_SYNTAX. */
MUST_USE enum code hex_decode(struct ctx *cx, struct str in, struct str *out);
/* The digit's value, or -1. */
int hex_digit(char c);

#endif
