/* Writes JSON (RFC 8259): for the command line, for reports, for the benchmarks. */
#ifndef FORMAT_JSON_H
#define FORMAT_JSON_H

#include "base/buf.h"

/* Commas and colons come by themselves. All zero but out is a fresh one. */
struct json {
    struct buf *out;
    bool comma; /* something came before on this level */
};

/* Writes to out, whose overflow is the only failure. */
struct json json_to(struct buf *out);
/* Objects and arrays: every open has its end. */
void json_object(struct json *j);
void json_object_end(struct json *j);
void json_array(struct json *j);
void json_array_end(struct json *j);
/* In an object, before each value; a literal. */
void json_key(struct json *j, const char *key);
/* Bytes that are not UTF-8 become U+FFFD. */
void json_str(struct json *j, struct str s);
void json_i64(struct json *j, int64_t value);
void json_u64(struct json *j, uint64_t value);
/* With so many digits after the point (at most 9); not-a-number becomes null. */
void json_double(struct json *j, double value, int digits);
void json_bool(struct json *j, bool value);
void json_null(struct json *j);

/* The text between the quotes: ", \, control characters escaped; bad UTF-8 becomes U+FFFD. */
void json_escape(struct buf *out, struct str s);

#endif
