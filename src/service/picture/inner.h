/* What the files of this room share. */
#ifndef SERVICE_PICTURE_INNER_H
#define SERVICE_PICTURE_INNER_H

#include "base/err.h"
#include "base/str.h"

/* "image/png" by what the bytes begin with; empty for what no page should show as a picture, such
   as SVG, which is a program. */
struct str picture_type(struct str bytes);

/* Whether we fetch it: http or https, a host, no user, the usual ports unless any will do. */
bool picture_url_ok(struct str url, bool any_port);
/* Where a redirect leads (RFC 3986 section 5.2, without dot segments); in a. Empty: nowhere. */
struct str picture_url_join(struct arena *a, struct str base, struct str location);
/* "host:port" or "host" of a URL that is ok, for the log. */
struct str picture_url_host(struct str url);

#endif
