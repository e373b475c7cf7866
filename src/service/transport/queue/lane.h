/* Fair order among those who send: deficit round robin over agencies, and over the senders of each.
   Internal to the queue. */
#ifndef SERVICE_TRANSPORT_QUEUE_LANE_H
#define SERVICE_TRANSPORT_QUEUE_LANE_H

#include "base/err.h"

struct lane;

/* One for each destination and class of priority; all zero is empty. */
struct lanes {
    struct lane *agency; /* whose turn it is */
};

/* Where a job goes. Numbers are small: many senders may share one. */
struct lane_place {
    uint16_t agency;
    uint8_t sender;
};
enum { LANE_AGENCIES = 1024, LANE_SENDERS = 64 };
static const uint32_t LANE_END = UINT32_MAX;

/* next: each job's follower, kept by the caller. */
struct lane_links {
    void *self;
    uint32_t *(*next)(void *self, uint32_t job);
    uint32_t (*cost)(void *self, uint32_t job); /* in KiB, at least 1 */
    struct lane_place (*place)(void *self, uint32_t job);
};

/* Behind the others of its sender. */
void lanes_push(struct lanes *l, const struct lane_links *links, uint32_t job);
/* In front of the others of its sender. */
void lanes_push_front(struct lanes *l, const struct lane_links *links, uint32_t job);
/* LANE_END when it is empty. */
uint32_t lanes_pop(struct lanes *l, const struct lane_links *links);
/* Frees the lanes, not the jobs. */
void lanes_clear(struct lanes *l);

#endif
