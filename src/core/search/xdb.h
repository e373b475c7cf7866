/* A Xapian database in C: documents under numbers, terms that lead to them, a text and named values
   beside. The only door to Xapian (core/search_xapian.cc). */
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
    uint32_t count; /* in the document; 0: a mark that does not count for ranking */
};

/* E_NOT_FOUND when there is none to read; E_BUSY when somebody else writes; E_CORRUPT; E_IO. All
   calls below may answer the last two as well. With write, it is made if missing. */
MUST_USE enum code xdb_open(struct ctx *cx, const char *dir, bool write, struct xdb **out);
void xdb_close(struct xdb *x);
/* Sees the last commit from now on. */
MUST_USE enum code xdb_refresh(struct ctx *cx, struct xdb *x);

/* Named values. 0 when there is none of that name. */
MUST_USE enum code xdb_number(struct ctx *cx, struct xdb *x, const char *name, uint64_t *out);
MUST_USE enum code xdb_set_number(struct ctx *cx, struct xdb *x, const char *name, uint64_t n);

/* Writing. A document that is there is replaced; removing one that is not is nothing. */
MUST_USE enum code xdb_put(struct ctx *cx, struct xdb *x, uint32_t id, const struct xterm *terms,
                           size_t count, struct str text);
MUST_USE enum code xdb_remove(struct ctx *cx, struct xdb *x, uint32_t id);
MUST_USE enum code xdb_commit(struct ctx *cx, struct xdb *x);

/* Reading. The ids of all documents with the term (empty: of all there are) are added to out. */
MUST_USE enum code xdb_find(struct ctx *cx, struct xdb *x, struct str term, struct bits *out);
/* A document's text, in cx->arena. E_NOT_FOUND. */
MUST_USE enum code xdb_text(struct ctx *cx, struct xdb *x, uint32_t id, struct str *out);
uint64_t xdb_documents(struct xdb *x);

/* Ranking: documents that have a term of each group, by BM25. terms lie group by group. */
struct xgroup {
    const struct xterm *terms;
    size_t count;
};
struct xranked {
    uint32_t id;
    double percent;
};
struct xranks {
    struct xranked *at; /* in cx->arena */
    size_t count;
};
MUST_USE enum code xdb_rank(struct ctx *cx, struct xdb *x, const struct xgroup *groups,
                            size_t count, size_t max, struct xranks *out);
/* word's stem in English or out unchanged; at most its own length plus 1, written to out. */
size_t xdb_stem(struct str word, char *out, size_t room);

#ifdef __cplusplus
}
#endif

#endif
