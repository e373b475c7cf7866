/* CBOR (RFC 8949) as authenticators write it: definite lengths, no tags, no floating point. */
#ifndef SERVICE_SIGNIN_WEBAUTHN_CBOR_H
#define SERVICE_SIGNIN_WEBAUTHN_CBOR_H

#include "base/cur.h"

enum { CBOR_DEPTH_MAX = 8, CBOR_ITEMS_MAX = 100 };

/* Each takes one item and returns true, or returns false and changes nothing. */
bool cbor_int(struct cur *c, int64_t *out);
bool cbor_bytes(struct cur *c, struct str *out);
bool cbor_text(struct cur *c, struct str *out);
/* The head of a map of so many pairs, CBOR_ITEMS_MAX at most. */
bool cbor_map(struct cur *c, size_t *pairs);
/* Any item with all in it; out: its bytes. */
bool cbor_any(struct cur *c, struct str *out);

#endif
