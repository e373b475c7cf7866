/* The archives of the corpora: tar, packed with zstd. */
#ifndef TESTS_ARCHIVE_H
#define TESTS_ARCHIVE_H

#include "base/arena.h"
#include "base/cur.h"

/* An archive below POSTROAD_CORPORA (../shared/corpora if that is not set), unpacked into the
   arena: its tar. False, after saying SKIP, when it is not there. */
bool archive_open(struct arena *a, const char *archive, struct cur *files);
/* Takes the next file of a tar; false at its end. */
bool archive_next(struct cur *files, struct str *name, struct str *bytes);

#endif
