/* A small engine that does everything an engine can do, to test the player with. */
#ifndef TESTS_WIRE_TOY_H
#define TESTS_WIRE_TOY_H

#include "fixture.h"

extern const struct wire_fixture toy_fixture;
/* Its engine looks for CRLF in new bytes alone, so it misses one that was cut in two; never rung.
 */
extern const struct wire_fixture faulty_fixture;

#endif
