/* Greylisting (RFC 6647): who is not known is asked to come again, and remembered when he does. By
   network, sender and recipient; in memory, kept now and then. */
#ifndef SERVICE_ADMISSION_GREYLIST_H
#define SERVICE_ADMISSION_GREYLIST_H

#include "format/host/ip.h"
#include "service/admission/policy.h"

struct core;
struct greylist; /* one for the server; safe for all threads */
struct metrics;

enum { GREYLIST_SETS = 16384 }; /* of CELLS_WAYS: 131,072 things remembered, 4 MiB */

/* Knows nothing yet. */
struct greylist *greylist_open(struct core *c, struct metrics *metrics);
void greylist_close(struct greylist *g);
/* From the store, and to it. */
MUST_USE enum code greylist_load(struct ctx *cx, struct greylist *g);
MUST_USE enum code greylist_flush(struct ctx *cx, struct greylist *g);

struct grey_question {
    struct ip client;
    struct str sender, recipient;
    const struct policy_rules *rules; /* of the recipient's domain */
};
/* How many seconds the client has to wait; 0: it has, or need not. Any address of an IPv4 /24 or an
   IPv6 /64 is the same client. */
uint32_t greylist_ask(struct ctx *cx, struct greylist *g, const struct grey_question *q);
/* How often a network has come again. */
uint64_t greylist_times(struct ctx *cx, struct greylist *g, struct ip client);

#endif
