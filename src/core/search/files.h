/* Files and directories of an index. */
#ifndef CORE_SEARCH_FILES_H
#define CORE_SEARCH_FILES_H

#include "base/str.h"
#include <stdint.h>

/* All of these: false when the disk fails or is full, errno says why. */

/* The file holds these bytes, durably; files_append adds them to what it holds. */
bool files_put(const char *path, struct str bytes);
bool files_append(const char *path, struct str bytes);
/* Writes all of it at the descriptor's place. */
bool files_write(int fd, struct str bytes);
/* Maps the whole file; {0} when it is empty. Given back by files_unmap. */
bool files_map(const char *path, struct str *out);
void files_unmap(struct str bytes);
/* The names in dir are on the disk; files_sync: and all bytes of its files. */
bool files_sync_dir(const char *dir);
bool files_sync(const char *dir);

/* Removes a file, or a directory with all in it. */
void files_remove(const char *path);
/* Bytes of all files in the directory and below. */
uint64_t files_bytes(const char *dir);
/* Tells the names in it, without "." and "..". */
typedef void files_fn(void *self, const char *path, const char *name);
void files_each(const char *dir, files_fn *fn, void *self);

#endif
