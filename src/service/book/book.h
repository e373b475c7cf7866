/* The global address list: who is in the forest, found by the beginnings of words of their names
   and addresses. A list in memory, made anew when the directory has changed and it is a while old;
   what is found is looked up in the directory, so nobody who has gone is shown. */
#ifndef SERVICE_BOOK_BOOK_H
#define SERVICE_BOOK_BOOK_H

#include "core/directory.h"

struct book; /* one for the server; safe for all threads */

enum {
    BOOK_ENTRIES_MAX = 1000000,
    BOOK_WORDS_MAX = 8,    /* of a question; more are not looked at */
    BOOK_FRESH_MS = 60000, /* it may be so old */
};

/* Reads nothing yet. */
struct book *book_open(struct core *c);
void book_close(struct book *b);
AUTO_OF(struct book *, book_close)

/* Moves on with each change of who is in the directory. */
MUST_USE enum code book_version(struct ctx *cx, struct book *b, uint64_t *out);

struct book_question {
    struct str name, email, text; /* empty ones do not count; text: name or email */
    unsigned kinds;               /* bits, 1 << enum principal_kind; 0: all */
};
struct book_found {
    principal_id *at;
    size_t count, total;
};
struct book_page {
    size_t position, limit;
};
/* Those that fit, by name: the ids of a page; *total: of all. In cx->arena. */
MUST_USE enum code book_find(struct ctx *cx, struct book *b, const struct book_question *q,
                             const struct book_page *page, struct book_found *out);

#endif
