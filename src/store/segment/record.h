/* One record of a segment: a head, a key, a value. Layout: docs/STORE.md. */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include "base/str.h"
#include <stdbool.h>
#include <stdint.h>

enum {
    RECORD_HEAD_BYTES = 24,
    RECORD_KEY_MAX = 255,
    RECORD_VALUE_MAX = 2 * 1024 * 1024, /* bytes; the store's largest row is far below */
};

/* The head of a record of this key and value. */
void record_head(struct str key, struct str value, char out[static RECORD_HEAD_BYTES]);
/* The size of the record that starts with this head, or 0 when it is none. */
uint32_t record_bytes(struct str head);
/* A whole record's key and value. False when its bytes are not what was written. */
bool record_read(struct str record, struct str *key, struct str *value);

#endif
