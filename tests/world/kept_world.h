/* A world that fuzz targets use again as long as no input has changed it: making one costs more
   than most inputs. */
#ifndef TESTS_KEPT_WORLD_H
#define TESTS_KEPT_WORLD_H

#include "../unit/imap/world.h"

/* The world as make() leaves it, with the time and randomness of the input. make is called when
   there is none yet, or the last one was changed or has served for long. */
struct imap_world *kept_world(void (*make)(struct imap_world *w));
/* Another input: an hour later, so that failed log-ins are forgotten. */
void kept_world_next(void);

#endif
