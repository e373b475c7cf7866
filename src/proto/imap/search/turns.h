/* Turns of searches that read messages: such a search may keep a worker busy for long, and whoever
   starts many must not keep all workers. */
#ifndef PROTO_IMAP_SEARCH_TURNS_H
#define PROTO_IMAP_SEARCH_TURNS_H

#include "core/core.h"

enum {
    IMAP_TURNS_EACH = 4, /* of one person */
    IMAP_TURNS_MAX = 32, /* in all; half of the workers that are usual */
};

struct imap_turns;

/* For all sessions and threads of a server. */
struct imap_turns *imap_turns_open(void);
void imap_turns_close(struct imap_turns *t);
/* E_LIMIT when who has enough of them, E_BUSY when all are taken; else who gives it back. */
MUST_USE enum code imap_turn_take(struct ctx *cx, struct imap_turns *t, principal_id who);
void imap_turn_give(struct imap_turns *t, principal_id who);

#endif
