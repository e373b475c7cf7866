/* A Xapian database in C: documents under numbers, and terms that lead to them. The only door to
   Xapian (core/search_xapian.cc). */
#ifndef CORE_SEARCH_XDB_H
#define CORE_SEARCH_XDB_H

#include "base/str.h"
#include "core/search/bits.h"

#ifdef __cplusplus
extern "C" {
#endif

struct xdb; /* for one thread at a time */

struct xterm {
    struct str text;
    uint32_t count; /* in the document */
    uint64_t hash;  /* hash_bytes of text, for who makes a shard of it */
};

/* All calls below may answer E_CORRUPT and E_IO. */

/* Begins one that is written once, in a directory that is made; documents get the numbers 0, 1, 2
   as they come. xdb_finish: all of it is in its files, though not synced. */
MUST_USE enum code xdb_make(struct ctx *cx, const char *dir, struct xdb **out);
MUST_USE enum code xdb_put(struct ctx *cx, struct xdb *x, const struct xterm *terms, size_t count);
MUST_USE enum code xdb_finish(struct ctx *cx, struct xdb *x);
/* Makes one of several: the documents of the second are numbered behind those of the first. */
MUST_USE enum code xdb_merge(struct ctx *cx, const char *const *dirs, size_t count,
                             const char *into);

/* Opens a finished one for reading. */
MUST_USE enum code xdb_open(struct ctx *cx, const char *dir, struct xdb **out);
/* x may be NULL. */
void xdb_close(struct xdb *x);
/* The numbers of all documents with the term are added to out. */
MUST_USE enum code xdb_find(struct ctx *cx, struct xdb *x, struct str term, struct bits *out);

/* Ranking over several databases: documents that have a term of each group, by BM25. */
struct xgroup {
    const struct xterm *terms;
    size_t count;
};
struct xranked {
    uint32_t database, document; /* which one of them, and its number there */
    double percent;
};
struct xranks {
    struct xranked *at; /* in cx->arena */
    size_t count;
};
struct xasked {
    struct xdb *const *databases;
    size_t databases_n;
    const struct xgroup *groups;
    size_t groups_n;
    size_t max; /* of documents */
};
MUST_USE enum code xdb_rank(struct ctx *cx, const struct xasked *asked, struct xranks *out);
/* Stems of a language ("en"). NULL for one that is not known. */
struct xstem;
struct xstem *xstem_open(const char *language);
/* s may be NULL. */
void xstem_close(struct xstem *s);
/* Writes word's stem to out and returns its length; 0 when there is no room. */
size_t xstem_word(struct xstem *s, struct str word, char *out, size_t room);

#ifdef __cplusplus
}
#endif

#endif
