/* What a transaction wrote so far: sorted, with savepoints. */
#ifndef STORE_OVERLAY_H
#define STORE_OVERLAY_H

#include "base/str.h"

struct arena;
struct overlay;

enum row_state {
    ROW_NONE, /* nothing known: look below */
    ROW_PUT,
    ROW_DROPPED,
};

struct row {
    struct str key, value; /* key as in the engine: with its partition */
    enum row_state state;
};

/* Lives in the arena, with the copies of all keys and values. */
struct overlay *overlay_open(struct arena *a);

/* prefix and key together are the row's key. */
void overlay_set(struct overlay *o, struct str prefix, struct str key, enum row_state state,
                 struct str value);
/* The row of this (whole) key, or NULL. */
const struct row *overlay_get(const struct overlay *o, struct str key);
/* The first row above key (from: or at it) that is not ROW_NONE; or NULL. */
const struct row *overlay_above(const struct overlay *o, struct str key, bool or_at);
/* The last row below key that is not ROW_NONE; or NULL. */
const struct row *overlay_below(const struct overlay *o, struct str key);
bool overlay_is_empty(const struct overlay *o);

/* Bytes of keys and values of all rows that are set. */
size_t overlay_bytes(const struct overlay *o);

/* Marks where it stands, and goes back to a mark. */
size_t overlay_mark(const struct overlay *o);
void overlay_back_to(struct overlay *o, size_t mark);

#endif
