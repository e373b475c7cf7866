/* Time zones as the tz database has them compiled (TZif, RFC 8536): how far local time is from UTC
   at any time. */
#ifndef FORMAT_ZONE_ZONE_H
#define FORMAT_ZONE_ZONE_H

#include "base/err.h"
#include "base/str.h"

enum {
    ZONE_FILE_MAX = 64 * 1024, /* bytes of a file; those there are have at most 4 KiB */
    ZONE_CHANGES_MAX = 4096,   /* changes of offset that it lists */
    ZONE_NAME_MAX = 64,        /* bytes of "America/Argentina/Buenos_Aires" and such */
};

struct zone;

/* out: in cx->arena. E_SYNTAX; E_LIMIT past the bounds above; E_UNSUPPORTED: one that counts leap
   seconds. */
MUST_USE enum code zone_read(struct ctx *cx, struct str file, struct zone **out);
/* Seconds east of UTC, at that second since 1970: by the list, behind its end by the rule. */
int32_t zone_offset_s(const struct zone *z, int64_t utc_s);

/* Whether it can be a name of the database: steps of letters, digits, "_", "-" and "+", with "/"
   between them. So it is no way to any other file. */
bool zone_name_ok(struct str name);

#endif
