/* A shard: some messages, indexed together and never changed after; merged with others into a
   larger one in the end. A directory of Xapian's files, the documents' rows (docs), their texts
   (texts), the words (words.h), and the numbers of those that left (dead, which grows). */
#ifndef CORE_SEARCH_SHARD_H
#define CORE_SEARCH_SHARD_H

#include "core/search/bits.h"
#include "core/search/words.h"
#include "core/search/xdb.h"
#include <pthread.h>
#include <stdatomic.h>

struct codecs;

enum {
    SHARD_DOCS_MAX = 1 << 26,
    SHARD_CUT = 1,         /* of a document: its text is not in the index */
    SHARD_NOISY = 2,       /* there is noise in its header */
    SHARD_LANGUAGE_AT = 8, /* bits from here on: its language (language_of) */
};

struct shard_doc {
    uint32_t item;
    uint32_t flags;
    uint64_t text_at, text_n; /* where it is in texts */
};

struct shard {
    uint64_t name;
    const char *dir;
    atomic_uint refs;
    uint32_t count;       /* of documents */
    pthread_mutex_t lock; /* of db; all else does not change */
    struct xdb *db;
    struct words words[WORDS_FILES];
    uint32_t *items;        /* of the documents; 0: it had left before the shard was made */
    uint32_t languages;     /* of its documents, a bit each */
    struct bits cut, noisy; /* documents with these flags */
    struct str rows, texts; /* mapped */
};

/* Opens INDEX/name with that many documents. E_CORRUPT, E_IO. */
MUST_USE enum code shard_open(struct ctx *cx, const char *index, uint64_t name, uint32_t docs,
                              struct shard **out);
struct shard *shard_ref(struct shard *s);
void shard_unref(struct shard *s);
struct shard_doc shard_doc(const struct shard *s, uint32_t doc);
/* Those of its documents that are still there, as of now. E_CORRUPT. */
MUST_USE enum code shard_live(struct ctx *cx, const struct shard *s, struct bits *out);
/* More documents left: durable when it returns. */
MUST_USE enum code shard_bury(struct ctx *cx, const struct shard *s, const uint32_t *docs,
                              size_t count);
/* A document's text as it was put. E_CORRUPT. */
MUST_USE enum code shard_text(struct ctx *cx, const struct shard *s, struct codecs *c, uint32_t doc,
                              struct str *out);

/* Writing a new one. */
struct shard_maker;
struct shard_new {
    uint32_t item, flags;
    const struct xterm *terms;
    size_t count;
    struct str text;
};
MUST_USE enum code shard_maker_open(struct ctx *cx, const char *index, uint64_t name,
                                    struct codecs *c, struct shard_maker **out);
/* Without shard_finish, its files are left behind. */
void shard_maker_close(struct shard_maker *m);
AUTO_OF(struct shard_maker *, shard_maker_close)
MUST_USE enum code shard_put(struct ctx *cx, struct shard_maker *m, const struct shard_new *doc);
/* The item, put before, is not there after all. */
void shard_drop(struct shard_maker *m, uint32_t item);
uint32_t shard_docs(const struct shard_maker *m);
uint64_t shard_name(const struct shard_maker *m);
/* All of it is on the disk. */
MUST_USE enum code shard_finish(struct ctx *cx, struct shard_maker *m);

/* One of several, without reading a text; live: which documents of each are still there. */
struct shard_part {
    struct shard *shard;
    struct bits live;
};
MUST_USE enum code shard_merge(struct ctx *cx, const struct shard_part *const *parts, size_t count,
                               const char *index, uint64_t name);

#endif
