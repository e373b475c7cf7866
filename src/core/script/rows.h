/* The rows of scripts (docs/STORE.md). Internal to core. */
#ifndef CORE_SCRIPT_ROWS_H
#define CORE_SCRIPT_ROWS_H

#include "core/script/script.h"
#include "store/key.h"

/* What an owner's scripts are together. */
struct script_head {
    uint32_t last;                  /* number given out */
    uint32_t active[SCRIPT_PLACES]; /* numbers; 0: none */
    struct blob_id text[SCRIPT_PLACES];
    uint32_t count;
    uint64_t bytes;
    enum script_forward forward; /* domains */
};

/* The head's; also where all of an owner's rows start. */
struct key script_head_key(const struct script_owner *owner);
struct key script_key(const struct script_owner *owner, uint32_t number);
/* The start of all domains' rows. */
struct key script_systems_key(void);
/* Of the key of any row of an account's scripts; false: it is the head's. */
bool script_number_of_key(struct str key, uint32_t *number);
/* Of a domain's; number 0: the head's. */
bool script_system_of_key(struct str key, uint64_t *domain, uint32_t *number);

/* Bytes of the rows, and back. E_CORRUPT. Names point into the value. */
struct str script_head_encode(struct arena *a, const struct script_head *head);
MUST_USE enum code script_head_decode(struct ctx *cx, struct str value, struct script_head *out);
struct str script_row_encode(struct arena *a, const struct script *row);
MUST_USE enum code script_row_decode(struct ctx *cx, struct str value, struct script *out);

/* Gives back the text of an account's row that is being ended. */
MUST_USE enum code script_release_blobs(struct ctx *cx, struct txn *t, struct str key,
                                        struct str value);

#endif
