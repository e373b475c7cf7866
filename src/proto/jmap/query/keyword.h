/* Keywords of emails: flags, or bits of their folder (RFC 8621 section 4.1.1). */
#ifndef PROTO_JMAP_QUERY_KEYWORD_H
#define PROTO_JMAP_QUERY_KEYWORD_H

#include "core/view.h"

/* One keyword as a folder knows it. */
struct jmap_keyword {
    uint32_t flag;
    uint64_t bit;
};
/* name: in any case. All zero when no message of the folder can have it. */
struct jmap_keyword jmap_keyword_of(const struct view *v, struct str name);

static inline bool jmap_keyword_has(const struct jmap_keyword *k, const struct view_row *row)
{
    return (row->flags & k->flag) || (row->keywords & k->bit);
}

#endif
