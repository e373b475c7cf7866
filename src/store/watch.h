/* The thread that tells watchers, so that nobody's commit waits for them. */
#ifndef STORE_WATCH_H
#define STORE_WATCH_H

#include "store/store.h"

struct notifier;
struct part;

/* Starts the thread. */
struct notifier *notifier_open(struct store *s);
/* Tells what is still to be told first. */
void notifier_close(struct notifier *n);
/* The partition has this version now. Never waits for a watcher. */
void notifier_tell(struct notifier *n, struct part *part, uint64_t version);

#endif
