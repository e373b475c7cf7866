/* Tables for people, from the JSON that programs get. */
#ifndef SERVER_TABLE_H
#define SERVER_TABLE_H

#include "base/buf.h"

/* An array of objects becomes a table with a heading, one object becomes lines of "key  value", in
   the keys' order. E_CORRUPT when json is not JSON. */
MUST_USE enum code table_print(struct ctx *cx, struct str json, struct buf *out);

/* The text of a value: of the object, or of the array's first. False when it is not there. */
bool table_first(struct ctx *cx, struct str json, const char *key, struct str *out);

#endif
