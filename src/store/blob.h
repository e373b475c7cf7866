/* Blobs: runs of bytes under their SHA-256, kept once whoever refers to them. */
#ifndef STORE_BLOB_H
#define STORE_BLOB_H

#include "base/err.h"
#include "base/str.h"

struct store;
struct blob;     /* plain bytes, shared and counted */
struct blob_new; /* hashed and compressed, on its way into a commit */

struct blob_id {
    unsigned char bytes[32];
};

enum { BLOB_MAX = 256 * 1024 * 1024 };

/* Hashes and compresses in the calling thread. plain must outlive the result, which is in
   cx->arena. E_LIMIT past BLOB_MAX. Nothing is written until a transaction puts it. */
MUST_USE enum code blob_prepare(struct ctx *cx, struct store *s, struct str plain,
                                struct blob_new **out);
const struct blob_id *blob_new_id(const struct blob_new *b);
uint64_t blob_new_size(const struct blob_new *b);

/* The bytes from offset on, at most n (SIZE_MAX: all), and the blob that holds them, to be given
   back by blob_unref. E_NOT_FOUND; E_CORRUPT when they do not match their id. */
MUST_USE enum code blob_get(struct ctx *cx, struct store *s, const struct blob_id *id,
                            size_t offset, size_t n, struct str *bytes, struct blob **owner);
/* Takes void so that it fits rope_own. */
void blob_unref(void *blob);
MUST_USE enum code blob_size(struct ctx *cx, struct store *s, const struct blob_id *id,
                             uint64_t *out);

/* Whether a partition's tagged reference (txn_blob_ref) is there; for checks. */
MUST_USE enum code blob_is_referred(struct ctx *cx, struct store *s, const struct blob_id *id,
                                    uint64_t part, struct str tag, bool *out);

/* Byte for byte. */
bool blob_id_eq(const struct blob_id *a, const struct blob_id *b);
/* 64 lower-case hexadecimal digits. */
struct str blob_id_hex(struct arena *a, const struct blob_id *id);
bool blob_id_parse(struct str hex, struct blob_id *out);

#endif
