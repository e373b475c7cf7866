/* A message's terms: its words with a letter for their place, each once with its count, and the
   text they came from, which the index keeps. */
#ifndef CORE_SEARCH_TERMS_H
#define CORE_SEARCH_TERMS_H

#include "base/buf.h"
#include "core/search/xdb.h"

struct terms {
    struct arena *arena;
    struct xterm *slots;
    size_t room, count;
    struct buf text; /* runs: a letter, a length, bytes */
    char letter;
    bool cut, noisy;
    uint32_t language; /* of its body, once closed up: language_of */
};

/* Empty. Its memory is in a. */
struct terms terms_of(struct arena *a);
/* A search_run_fn; self: struct terms. */
bool terms_run(void *self, uint32_t where, struct str run);
/* The same from a text that was kept. False when it is none. */
bool terms_again(struct terms *t, struct str text);
/* A message too long, or one that cannot be read: it is known, no more. */
void terms_only_mark(struct terms *t);
/* slots hold count terms from here on, in their order, and no more are added. */
void terms_close_up(struct terms *t);

#endif
