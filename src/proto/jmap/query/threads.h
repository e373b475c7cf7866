/* What threads look like as a whole: how many of their emails have a keyword (RFC 8621 sections
   4.4.1 and 4.4.2). Of what the person may read. */
#ifndef PROTO_JMAP_QUERY_THREADS_H
#define PROTO_JMAP_QUERY_THREADS_H

#include "proto/jmap/call.h"

struct jmap_threads;

/* Walks over all folders; made once a query for each keyword. */
MUST_USE enum code jmap_threads_make(struct ctx *cx, struct jmap_call *call, struct str keyword,
                                     struct jmap_threads **out);
bool jmap_threads_all(const struct jmap_threads *t, uint64_t thread);
bool jmap_threads_some(const struct jmap_threads *t, uint64_t thread);

/* Numbers, each once. The struct is here since callers keep it by value. */
struct jmap_set {
    uint64_t *slots; /* 0: empty */
    uint32_t *at;    /* by slot: the how-manieth it is */
    uint32_t count;
    unsigned bits; /* of the number of slots */
    uint64_t odd;
};
/* room: how many it will hold. */
struct jmap_set jmap_set_of(struct arena *a, size_t room);
/* Its place in the order of adding; *new: it was not there. number: not 0. */
uint32_t jmap_set_add(struct jmap_set *s, uint64_t number, bool *new);
/* UINT32_MAX: not there. */
uint32_t jmap_set_find(const struct jmap_set *s, uint64_t number);

#endif
