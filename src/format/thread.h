/* What ties messages together: base subjects (RFC 5256) and hashes of message ids. */
#ifndef FORMAT_THREAD_H
#define FORMAT_THREAD_H

#include "base/arena.h"
#include "base/str.h"

/* The base subject (RFC 5256 section 2.1) of a decoded subject: UTF-8, "Re:", "Fwd:", list names
   and
   "(fwd)" taken off. reply (may be NULL): whether something was taken off that says reply or
   forward. */
struct str thread_base_subject(struct arena *a, struct str subject, bool *reply);
/* A 64-bit key of a message id ("<…>"), never 0. It is stored, so it never changes. Whoever
   chooses ids can make two alike: compare the texts where that matters. */
uint64_t thread_key(struct str id);

#endif
