/* What comes out of the cage is believed no more than what went in. */
#ifndef SERVICE_PREVIEW_INNER_H
#define SERVICE_PREVIEW_INNER_H

#include "base/str.h"

/* Valid UTF-8 in which every "<" begins one of the tags that helper/html.h writes: no other
   element, and no attribute at all. */
bool preview_html_ok(struct str html);
/* "2\n595 842\n595 842\n", as the helper says it, as {"pages":2,"sizes":[[595,842],[595,842]]};
   false for anything else. */
bool preview_pages_json(struct arena *a, struct str said, struct str *out);

#endif
