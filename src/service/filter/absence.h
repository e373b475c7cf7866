/* Out of office (RFC 8621 section 8) as a Sieve script, which the server makes and runs after the
   person's own (script_companion_set). */
#ifndef SERVICE_FILTER_ABSENCE_H
#define SERVICE_FILTER_ABSENCE_H

#include "base/err.h"
#include "base/str.h"

enum { ABSENCE_DAYS = 7 }; /* between two answers to the same sender */

struct absence {
    int64_t from_ms, to_ms;         /* UTC; 0: without that end */
    struct str subject, text, html; /* empty ones are not said */
};

/* The script, in cx->arena; its text is in UTF-8 whatever it is made of. */
struct str absence_script(struct ctx *cx, const struct absence *a);

#endif
