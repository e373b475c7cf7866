/* What a connection sent and nobody has taken yet: in memory when small, in an unlinked file when
   large, always one slice, and nothing at all when empty. */
#ifndef IO_INPUT_H
#define IO_INPUT_H

#include "base/err.h"
#include "base/str.h"
#include <stdatomic.h>

enum { INPUT_SMALL = 4096 };

/* Shared by all connections. */
struct input_budget {
    size_t memory_max, spill_max, spill_at;
    const char *dir;
    atomic_size_t memory, spilled; /* in use now */
};

/* All zero is empty. Belongs to one thread at a time. */
struct input {
    char *p; /* malloc'ed, or the file's mapping */
    size_t start, end, cap;
    int fd; /* if spilled */
    bool spilled;
};

/* All bytes, valid until the next call but input_take(). */
struct str input_str(const struct input *in);
size_t input_bytes(const struct input *in);

/* How many bytes may be read now, at most room. Over the budget, an input of INPUT_SMALL gives its
   memory up for a file, so that it can go on and end; a smaller one stays, so the budget can be
   passed by so much a connection. 0: wait; there is no room in files either. */
size_t input_room(struct input *in, struct input_budget *b, size_t room);
/* Appends a copy. need: bytes in all that are known to come, or 0. E_IO: the file could not be
   written. */
MUST_USE enum code input_append(struct input *in, struct input_budget *b, struct str s,
                                size_t need);
/* Steps over the first n bytes; they stay where they are until input_settle(). */
void input_take(struct input *in, size_t n);
/* Gives back what is not needed any more. */
void input_settle(struct input *in, struct input_budget *b);
void input_drop(struct input *in, struct input_budget *b);

#endif
