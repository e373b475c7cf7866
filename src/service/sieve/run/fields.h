/* The values of header fields that a test asks for, of the message or of its parts. */
#ifndef SERVICE_SIEVE_RUN_FIELDS_H
#define SERVICE_SIEVE_RUN_FIELDS_H

#include "service/sieve/run/run.h"

struct sieve_check;

/* One field's raw value; false ends the walk. */
typedef bool sieve_field_fn(void *to, struct str raw);

/* Gives the fields, name by name as these are listed: those of the message, or with :mime those of
   the part that a loop is at (else of the message), with :anychild those of all parts in it as well
   (RFC 5703 section 4); with :index only one of each entity, counted over all names (RFC 5260
   section 6). */
void sieve_fields_walk(struct sieve_run *r, const struct sieve_node *n, const struct str *names,
                       size_t count, sieve_field_fn *each, void *to);
/* :index and :last, :mime and :anychild go together. */
void sieve_fields_check(struct sieve_check *k, struct sieve_node *n);

#endif
