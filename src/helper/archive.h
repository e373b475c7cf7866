/* Files out of a zip archive, within what an archive may hold (readers.h). */
#ifndef HELPER_ARCHIVE_H
#define HELPER_ARCHIVE_H

#include "base/buf.h"

struct archive_file {
    struct str name, bytes;
};
struct archive_files {
    struct archive_file *at;
    size_t count;
};
/* Those that are wanted, in the archive's order; in a. What goes past a limit is left out with all
   behind it. False: no archive. */
bool archive_take(struct arena *a, struct str document, bool (*wanted)(struct str name),
                  struct archive_files *out);
/* Empty when it was not taken. */
struct str archive_file_of(const struct archive_files *files, const char *name);

#endif
