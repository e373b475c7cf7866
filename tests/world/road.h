/* A road that leads nowhere: takes slots, and answers as the names of recipients and destinations
   say. Time stands still unless a test moves it. */
#ifndef TESTS_ROAD_H
#define TESTS_ROAD_H

#include "world.h"

#include "base/map.h"
#include "service/transport/errand.h"

/* Destinations that start with "dead" cannot be reached, "gone" do not exist, "busy" answer 421
   while `busy` is set. Recipients: "later..." 451, "no..." 550, "dsn..." taken by a host that
   reports, "skip..." not tried while `skip` is set, all else 250. */
struct fake_road {
    struct road road; /* .self is this */
    struct slot **slots;
    size_t slot_count, slot_room, slots_most; /* open now; most at a time */
    bool busy, skip, revive;                  /* revive: the dead live */
    struct map *given;                        /* address -> how often it was delivered */
    uint64_t delivered, attempts, starts;
    char last_trace[2048]; /* of the last errand */
    struct errand last;    /* numbers and flags alone */
};

void fake_road_open(struct fake_road *r);
void fake_road_close(struct fake_road *r);
/* Does all that can be done now. Returns how many errands there were. */
size_t fake_road_run(struct world *w, struct fake_road *r);
/* Time goes on in steps of a second or more; the queue and the road work. */
void fake_road_time(struct world *w, struct fake_road *r, int64_t seconds);
uint64_t fake_road_given(const struct fake_road *r, const char *address);

#endif
