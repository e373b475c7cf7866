/* Plays dialogues. */
#ifndef TESTS_WIRE_PLAYER_H
#define TESTS_WIRE_PLAYER_H

#include "wire.h"

/* How the client's bytes are cut on their way. A burst is all that it says before it listens. */
enum cutting {
    CUT_LINES, /* as the dialogue's lines */
    CUT_NOT,   /* each burst in one piece */
    CUT_BYTES, /* byte by byte; long bursts in some hundred pieces */
    CUT_IN_TWO /* each burst in two, at a point drawn from the seed; and seeds after it */
};
enum { CUTTINGS = CUT_IN_TWO + 12 };

/* Plays d once. What all sessions heard goes to transcript (may be NULL). E_CONFLICT when something
   else came than the dialogue says; cx->err tells line, wanted and got. Closes w. */
MUST_USE enum code play(struct ctx *cx, const struct dialog *d, struct wire w, unsigned cutting,
                        struct buf *transcript);
/* Plays d in memory in each cutting, every time in a fresh world; all must hear the same. */
MUST_USE enum code play_all_cuttings(struct ctx *cx, const struct wire_fixture *f,
                                     const struct dialog *d);

#endif
