/* What the files that write an index share. */
#ifndef CORE_SEARCH_WRITER_H
#define CORE_SEARCH_WRITER_H

#include "core/search/inner.h"

struct terms;

struct search_writer {
    struct search *search;
    account_id account;
    const char *dir; /* on the heap */
    int lock;        /* a descriptor */
    struct manifest manifest;
    struct reader *reader; /* of the last commit; its parts are the manifest's shards */
    struct bits known;
    /* Of the step under way: */
    struct shard_maker *maker; /* NULL: nothing new yet */
    struct bits fresh;         /* items in it */
    struct bits dead[MANIFEST_SHARDS_MAX];
    size_t postings;
};

/* A shard with the next name. */
MUST_USE enum code writer_maker(struct ctx *cx, struct search_writer *w, struct shard_maker **out);
/* Puts a message; closes its terms up. */
MUST_USE enum code writer_put(struct ctx *cx, struct shard_maker *m, uint32_t item,
                              struct terms *t);
/* The finished shard is the manifest's last. */
void writer_add_shard(struct search_writer *w, struct shard_maker *maker);
/* Makes the manifest what the index is. */
MUST_USE enum code writer_show(struct ctx *cx, struct search_writer *w);
/* Joins shards of a like size, and gives back what messages held that left, as long as there is
   such work. */
MUST_USE enum code writer_merge(struct ctx *cx, struct search_writer *w);

#endif
