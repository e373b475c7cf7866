/* Read state of one reader of a shared folder: a bit for each uid, in blocks. Internal to core. */
#ifndef CORE_READER_H
#define CORE_READER_H

#include "core/txn.h"
#include "core/view/cache.h"

enum { READER_BLOCK = 512 };

struct reader_block {
    uint32_t first; /* uid of the first bit; a multiple of READER_BLOCK */
    uint64_t modseq;
    unsigned char seen[READER_BLOCK / 8];
};

struct reader_state {
    uint64_t modseq; /* of the last change */
    struct reader_block *blocks;
    size_t count;
};

/* uid is in the block. */
bool reader_block_get(const struct reader_block *block, uint32_t uid);
/* The number of the reader's last change there; 0 for none. */
MUST_USE enum code reader_number(struct ctx *cx, struct account_txn *t, principal_id reader,
                                 folder_id folder, uint64_t *out);
/* All blocks of name.reader for name.folder, in cx->arena. */
MUST_USE enum code reader_state_load(struct ctx *cx, struct core *c, const struct entry_name *name,
                                     struct reader_state *out);

#endif
