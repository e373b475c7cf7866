/* The message as a script sees it, and as it changed it (RFC 5293, RFC 5703). */
#ifndef SERVICE_SIEVE_RUN_DRAFT_H
#define SERVICE_SIEVE_RUN_DRAFT_H

#include "service/sieve/run/run.h"

struct header_field;

/* As it came. */
struct sieve_draft *sieve_draft_open(struct sieve_run *r);
/* The structure that part numbers go by: it stays the same while a loop over parts runs. */
const struct mime *sieve_draft_mime(struct sieve_run *r);
/* The fields of the message's header by now, without trace fields and without the blank line. */
struct str sieve_draft_header(struct sieve_run *r);
void sieve_draft_set_header(struct sieve_run *r, struct str header);
/* One part becomes these bytes (header, blank line, body); part 0 is the message. */
void sieve_draft_replace(struct sieve_run *r, uint32_t part, struct str entity);
/* Header, blank line and body by now, in the run's arena. */
struct str sieve_draft_bytes(struct sieve_run *r);
/* What an action has: in cx->arena; .p is NULL when nothing was changed. */
struct str sieve_draft_message(struct sieve_run *r);
/* At the end of the outermost loop, and where there is none: parts are counted anew. */
void sieve_draft_settle(struct sieve_run *r);
enum { SIEVE_FIELD_MAX = 8192 /* bytes of a field's value that a script adds */ };
/* editheader.c: "Name: value" as a field with its line end: on one line but for folds, UTF-8 as
   RFC 2047 words. */
struct str sieve_field_line(struct arena *a, struct str name, struct str value);

/* Walks the message's fields: those of trace first. */
struct sieve_fields {
    struct cur trace, header;
};
struct sieve_fields sieve_fields_of(struct sieve_run *r);
bool sieve_fields_next(struct sieve_fields *f, struct header_field *out);

#endif
