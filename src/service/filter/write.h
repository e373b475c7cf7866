/* Messages that scripts make: answers, notices, notes. */
#ifndef SERVICE_FILTER_WRITE_H
#define SERVICE_FILTER_WRITE_H

#include "service/filter/parts.h"

enum { MADE_MAX = 1024 * 1024 }; /* bytes of a message that is made */

/* The header of a message that is made; values are UTF-8 on one line, and become ASCII. */
struct made {
    struct str from, to, subject;
    struct str auto_submitted; /* "auto-replied" */
    struct str in_reply_to;    /* a raw Message-ID, or empty */
    struct str references;     /* raw, or empty */
    struct str more;           /* further fields, whole */
    struct str content;        /* what follows: fields of MIME, a blank line, the body */
};
struct str made_write(struct filtering *x, const struct made *m);
/* "Content-Type: text/plain..." with its blank line, and the text with CRLF. */
struct str made_text(struct arena *a, struct str text);
/* "Jane Roe <jane@x.example>" or the address alone. */
struct str made_owner(const struct filtering *x);
/* A text on one line, without controls. */
struct str made_line(struct arena *a, struct str text);

#endif
