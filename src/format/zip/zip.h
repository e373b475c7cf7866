/* Zip archives (APPNOTE 6.3), written: entries as they are, without compression, so that their
   bytes go out from where they lie. What others packed is read in the cage (src/helper). */
#ifndef FORMAT_ZIP_ZIP_H
#define FORMAT_ZIP_ZIP_H

#include "base/err.h"
#include "base/rope.h"

enum {
    ZIP_NAME_MAX = 200,     /* bytes of an entry's name */
    ZIP_ENTRIES_MAX = 1000, /* of an archive */
};
/* Of an archive: what 32 bits can count, without a surplus that would need zip64. */
#define ZIP_BYTES_MAX ((size_t)4000 * 1000 * 1000)

struct zip_entry;
struct zip {
    struct rope *out; /* what is there so far */
    size_t bytes_max; /* ZIP_BYTES_MAX, or less */
    struct zip_entry *first, *last;
    size_t count;
    size_t bytes;  /* of all that was written here */
    uint32_t when; /* of all entries, as DOS counts days and seconds */
};

/* An empty archive that is appended to out. utc_ms: the time of its entries. */
struct zip zip_open(struct rope *out, size_t bytes_max, int64_t utc_ms);
/* Adds a file. name: UTF-8, as it was told by whoever made the file; the archive has zip_name() of
   it, with a number where another entry has the same. bytes must outlive the rope. E_LIMIT: too
   many, or too large. */
MUST_USE enum code zip_add(struct ctx *cx, struct zip *z, struct str name, struct str bytes);
/* Writes the list of what is in it; nothing is added after that. */
void zip_close(struct ctx *cx, struct zip *z);

/* A name that is one file in one folder, on every system: the last step of a path; no control, no
   mark that turns the text around, none of \ / : * ? " < > |; no dot or blank at its end or a dot
   at its start; none of the names that are devices; cut to ZIP_NAME_MAX with its ending kept.
   Empty: "file". */
struct str zip_name(struct arena *a, struct str name);

#endif
