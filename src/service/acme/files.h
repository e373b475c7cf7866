/* Small files that a restart must find whole: 0600, replaced at once. */
#ifndef SERVICE_ACME_FILES_H
#define SERVICE_ACME_FILES_H

#include "base/err.h"
#include "base/str.h"

enum { ACME_FILE_MAX = 256 * 1024 };

/* DIR/NAME.SUFFIX, ended by a NUL. */
struct str acme_path(struct arena *a, struct str dir, struct str name, const char *suffix);
/* E_NOT_FOUND, E_LIMIT, E_IO. */
MUST_USE enum code acme_file_read(struct ctx *cx, struct str path, struct str *out);
/* Durable when it returns OK. E_IO. */
MUST_USE enum code acme_file_write(struct ctx *cx, struct str path, struct str text);
/* It need not be there. */
void acme_file_remove(struct str path);
bool acme_file_is(struct str path);
/* The directory, 0700. E_IO. */
MUST_USE enum code acme_dir_make(struct ctx *cx, struct str dir);

#endif
