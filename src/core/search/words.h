/* All words of an index, each once, in files that only grow: what a piece of a word is looked for
   in. Entries: a letter for the place, the word, NUL. */
#ifndef CORE_SEARCH_WORDS_H
#define CORE_SEARCH_WORDS_H

#include "base/buf.h"
#include "core/search/token.h"

enum { WORDS_HEAD, WORDS_BODY, WORDS_FILES };

/* Names of the files, and of the numbers in the index that say how much of each holds. */
extern const char *const words_names[WORDS_FILES];

/* For reading: the file's first bytes, mapped. */
struct words {
    struct str bytes;
    size_t mapped;
};
/* False when the file is not there or shorter than that. */
bool words_open(const char *path, uint64_t bytes, struct words *out);
void words_close(struct words *w);

/* Tells the terms (letter and word) that fit the clue, with one of these letters, in the order in
   which they came, until fn returns false. */
typedef bool words_fn(void *self, struct str term);
void words_match(const struct words *w, const struct clue *clue, struct str letters, words_fn *fn,
                 void *self);
/* The same for all terms with one of these letters. */
void words_each(const struct words *w, struct str letters, words_fn *fn, void *self);

/* For writing: which words are there, and those to be added. */
struct words_writer;
/* Takes the first bytes of the file as what is there. NULL when it is shorter. */
struct words_writer *words_writer_open(const char *path, uint64_t bytes);
void words_writer_close(struct words_writer *w);
/* Adds the term if it is new. */
void words_add(struct words_writer *w, struct str term);
/* Writes and syncs what was added; bytes: how much holds then. False when the disk fails. */
bool words_write(struct words_writer *w, uint64_t *bytes);

#endif
