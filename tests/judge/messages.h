/* All messages under a directory: each file, each message of each mbox. */
#ifndef JUDGE_MESSAGES_H
#define JUDGE_MESSAGES_H

#include "base/str.h"

/* What to do with one message. name: its path, and its number in an mbox; valid during the call. */
typedef void message_fn(void *self, const char *name, struct str message);

/* Calls fn for all, in the order of their names. Returns how many there were. */
size_t messages_each(const char *directory, message_fn *fn, void *self);
/* True when it starts like mail: a header field (or an mbox line and then one). */
bool message_looks_like_mail(struct str s);

#endif
