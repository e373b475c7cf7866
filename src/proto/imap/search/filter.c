#include "proto/imap/search/filter.h"
#include "base/arena.h"
#include "core/annotation/annotation.h"

enum code imap_filter_get(struct ctx *cx, const struct imap_target *t, struct str name,
                          struct str *out)
{
    struct annotation_owner account = {.class = ANNOTATION_OF_ACCOUNT};
    const struct str parts[] = {STR("/filters/values/"), name};
    struct str entry = str_lower(cx->arena, str_join(cx->arena, parts, 2));
    struct annotations all;
    TRY(annotation_list(cx, t->core, t->account, &account, t->reader, &all));
    const struct annotation *found = annotation_find(&all, t->reader, entry);
    if (!found) {
        TRY(annotation_server_list(cx, t->core, &all));
        found = annotation_find(&all, 0, entry);
    }
    if (!found)
        return fail(cx, E_NOT_FOUND, "no such filter");
    *out = found->value;
    return OK;
}
