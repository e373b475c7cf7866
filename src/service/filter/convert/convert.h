/* Parts of messages turned into other types for the scripts of their mailboxes (RFC 6558, with the
   parameters of RFC 5259): texts here, documents by the helper in its cage. docs/SIEVE.md. */
#ifndef SERVICE_FILTER_CONVERT_CONVERT_H
#define SERVICE_FILTER_CONVERT_CONVERT_H

#include "base/err.h"
#include "base/str.h"

struct log;
struct metrics;
struct previews;
struct sieve_conversion;

enum {
    CONVERT_MOST = 32,                     /* conversions of one message, for all its mailboxes */
    CONVERT_PART_BYTES = 25 * 1000 * 1000, /* of a part that is converted */
    CONVERT_MADE_BYTES = 64 * 1000 * 1000, /* that are made of one message */
    CONVERT_WALL_MS = 10 * 1000,           /* that the helper has for one document */
    CONVERT_ALL_MS = 20 * 1000,            /* of one message: after that none is begun */
    CONVERT_TURNS = 4,                     /* documents in the cage at a time, of all messages */
    CONVERT_PIXELS_MAX = 10000,            /* that pix-x and pix-y may ask for */
};

/* One for the server; safe for all threads. */
struct converter;
struct converter_parts {
    struct previews *previews; /* NULL: there is no helper, texts alone are converted */
    struct log *log;           /* may be NULL, as metrics */
    struct metrics *metrics;
    uint32_t most_ms; /* 0: CONVERT_ALL_MS */
};
/* What parts points to outlives it. */
struct converter *converter_open(const struct converter_parts *parts);
/* Nobody converts any more. NULL is fine. */
void converter_close(struct converter *c);

/* What was made of one message so far: what several mailboxes ask for is made once, and what all of
   them may cost is one sum. a outlives it; used by one thread at a time. */
struct conversions;
struct conversions *conversions_open(struct arena *a);

/* Fills the answers of x, in cx->arena. May wait for the helper. False: it cannot be done, or costs
   too much, which is logged, or nothing would change. */
bool converter_run(struct ctx *cx, struct converter *c, struct conversions *of,
                   struct sieve_conversion *x);

#endif
