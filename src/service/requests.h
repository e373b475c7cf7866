/* Requests under way, by who has asked for them, over all protocols: nobody keeps all workers, in
   however many sessions. */
#ifndef SERVICE_REQUESTS_H
#define SERVICE_REQUESTS_H

#include "core/directory.h"

struct metrics;
struct requests; /* one for the server; safe for all threads */

enum {
    REQUESTS_EACH = 24,     /* of one account at a time; workers are 64 */
    REQUESTS_SLOTS = 65536, /* accounts are counted by a hash: two that meet in a slot share it */
};

/* m may be NULL. */
struct requests *requests_open(struct metrics *m);
/* NULL is fine. */
void requests_close(struct requests *r);

/* Before a request: OK, and requests_end follows; or E_BUSY when REQUESTS_EACH are under way. r
   NULL, or nobody (0): always OK. */
MUST_USE enum code requests_begin(struct ctx *cx, struct requests *r, principal_id who);
/* After it, for the same who. */
void requests_end(struct requests *r, principal_id who);

#endif
