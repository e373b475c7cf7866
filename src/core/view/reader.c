/* Views of per-reader folders. */
#include "core/view/view.h"

enum code view_reader_get(struct ctx *cx, struct core *c, const struct entry_name *name,
                          struct view **out)
{
    return view_base_get(cx, c, name->account, (folder_id)name->folder, out);
}
