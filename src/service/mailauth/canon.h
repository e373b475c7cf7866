/* A message as signers see it: its fields, and canonical forms (RFC 6376 section 3.4). */
#ifndef SERVICE_MAILAUTH_CANON_H
#define SERVICE_MAILAUTH_CANON_H

#include "format/header.h"
#include "service/mailauth/crypto.h"

enum { CANON_FIELDS_MAX = 2000, CANON_BODIES_MAX = 8 };

enum canon { CANON_SIMPLE, CANON_RELAXED };

/* Hashes of the body that were asked for: several signatures want the same. */
struct canon_body {
    enum canon canon;
    bool limited;
    uint64_t limit;
    uint64_t size; /* of the canonical body, no more than limit */
    unsigned char hash[SHA256_BYTES];
};

struct canon_message {
    struct str body;
    struct header_field *fields; /* in their order; slices of the message */
    size_t count;
    bool cut; /* more than CANON_FIELDS_MAX: nothing can be said of its signatures */
    struct canon_body bodies[CANON_BODIES_MAX];
    size_t body_count;
};

/* bytes: a whole message, line ends CRLF. The array is in the arena. */
void canon_open(struct arena *a, struct str bytes, struct canon_message *out);
/* The hash of the first limit bytes of the canonical body, or of all. */
const struct canon_body *canon_body_hash(struct canon_message *m, enum canon canon,
                                         const uint64_t *limit);
/* Adds a field with its line end, or without. leave_out: a slice of the field's value that is taken
   for empty (b=), or nothing. */
void canon_field_add(struct digest *d, const struct header_field *field, enum canon canon,
                     struct str leave_out, bool line_end);

#endif
