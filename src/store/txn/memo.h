/* The few small rows that every update of a partition reads (its counters), kept from one update to
   the next, so that they need not be looked for. It belongs to whoever leads the partition. */
#ifndef STORE_MEMO_H
#define STORE_MEMO_H

#include "base/str.h"
#include <stdint.h>

enum { MEMO_ROWS = 3, MEMO_KEY_MAX = 16, MEMO_VALUE_MAX = 176 };

struct memo_row {
    uint8_t key_n, value_n; /* key_n 0: none */
    char key[MEMO_KEY_MAX], value[MEMO_VALUE_MAX];
};

struct memo {
    uint64_t version; /* of the partition, as the rows are */
    unsigned next;    /* the row to be replaced */
    struct memo_row rows[MEMO_ROWS];
};

/* Forgets all rows if they are of another version. */
void memo_begin(struct memo *m, uint64_t version);
/* The slice is valid until the next change of m. */
bool memo_get(const struct memo *m, struct str key, struct str *value);
/* A row as it was read; one that is too large is not kept. */
void memo_keep(struct memo *m, struct str key, struct str value);
void memo_forget(struct memo *m);
/* Replaces what it knows of row i; value NULL: the row is gone. */
void memo_change(struct memo *m, unsigned i, const struct str *value);
/* Empty: there is none. */
struct str memo_key(const struct memo *m, unsigned i);

#endif
