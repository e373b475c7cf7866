/* What a message is sorted by, as it was written. */
#ifndef CORE_COLUMNS_KEY_H
#define CORE_COLUMNS_KEY_H

#include "core/columns/columns.h"

/* The text behind a key column (COLUMN_BASE_SUBJECT, COLUMN_KEY_... and COLUMN_DISPLAY_...) before
   it is made ready for comparing. In a, or in the row. E_CORRUPT. */
MUST_USE enum code column_key_text(struct ctx *cx, struct arena *a, const struct item_row *row,
                                   enum column_kind kind, struct str *out);

#endif
