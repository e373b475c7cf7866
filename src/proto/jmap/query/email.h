/* Email/query and Email/queryChanges: finding, sorting, one of each thread. */
#ifndef PROTO_JMAP_QUERY_EMAIL_H
#define PROTO_JMAP_QUERY_EMAIL_H

#include "proto/jmap/query/page.h"
#include "proto/jmap/query/sort.h"

struct jmap_email_find {
    struct jmap_filter *filter;
    struct jmap_sorts sorts;
    bool collapse; /* the first of each thread alone */
    size_t first;  /* so many are wanted; SIZE_MAX: all */
    bool total;    /* how many there are is wanted */
};
/* Reads "filter", "sort" and "collapseThreads". Returns NULL, or the error to refuse with. */
const char *jmap_email_find_read(struct ctx *cx, const struct jmap_call *call,
                                 struct jmap_email_find *out);
/* Whether its results change only with the emails that change themselves, or their threads. */
bool jmap_email_find_is_exact(const struct jmap_email_find *f);
/* What is found, in order; f->first of them at least, if there are as many. threads: of each; or
   NULL. */
MUST_USE enum code jmap_email_find(struct ctx *cx, struct jmap_call *call,
                                   const struct jmap_email_find *f, struct jmap_results *out,
                                   const uint64_t **threads);

#endif
