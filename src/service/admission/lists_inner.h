/* What the files of the DNS lists share. */
#ifndef SERVICE_ADMISSION_LISTS_INNER_H
#define SERVICE_ADMISSION_LISTS_INNER_H

#include "base/resolver.h"
#include "service/admission/lists.h"
#include <pthread.h>

struct map;
struct metric;

struct lists {
    const struct resolver *resolver;
    struct log *log;
    struct metrics *metrics;
    struct metric *off_count, *late;
    pthread_mutex_t lock;
    struct map *off; /* zone to why: constants */
};

/* Why the list is not asked, or NULL. */
const char *list_is_off(struct lists *x, struct str zone);
/* Off (why: a constant), or on again (NULL); told when it changes. */
void list_switch(struct lists *x, struct str zone, const char *why);
/* What shows that a list is none, or that it refuses to serve us: a constant, or NULL. */
const char *list_fault(const struct dns_answer *answer);

#endif
