/* All words of a shard, each once: what a piece of a word is looked for in. Entries: a letter for
   the place, the word, NUL. */
#ifndef CORE_SEARCH_WORDS_H
#define CORE_SEARCH_WORDS_H

#include "base/buf.h"
#include "core/search/token.h"

enum { WORDS_HEAD, WORDS_BODY, WORDS_FILES };

/* Names of the files. */
extern const char *const words_names[WORDS_FILES];
/* Which file a term (letter and word) is in. */
int words_file(struct str term);

/* For reading: the file, mapped. */
struct words {
    struct str bytes;
};
/* False when there is no such file. */
bool words_open(const char *path, struct words *out);
void words_close(struct words *w);

/* Tells the terms (letter and word) that fit the clue, with one of these letters, in the order in
   which they came, until fn returns false. */
typedef bool words_fn(void *self, struct str term);
void words_match(const struct words *w, const struct clue *clue, struct str letters, words_fn *fn,
                 void *self);
/* The same for all terms with one of these letters. */
void words_each(const struct words *w, struct str letters, words_fn *fn, void *self);

/* For writing: collects them in memory. */
struct words_writer;
struct words_writer *words_writer_open(void);
void words_writer_close(struct words_writer *w);
/* Adds the term if it is new; hash: its hash_bytes. */
void words_add(struct words_writer *w, struct str term, uint64_t hash);
/* What the file is to hold. */
struct str words_written(const struct words_writer *w);

#endif
