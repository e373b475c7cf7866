#include "core/objectid/objectid.h"
#include "base/buf.h"
#include "core/item/item.h"
#include "core/objectid/thread.h"
#include "format/hex.h"
#include "format/thread.h"

enum { CONTENT_BYTES = 16, ID_MAX = 64 };

/* The content is the blob and the trace before it. 128 bits of a SHA-256 do not come twice. */
struct str objectid_email(struct arena *a, const struct item_row *row)
{
    struct buf b = buf_of(a, ID_MAX);
    if (blob_is_none(&row->blob)) {
        buf_printf(&b, "I%llx", (unsigned long long)row->id);
        return buf_str(&b);
    }
    buf_byte(&b, 'M');
    buf_add(&b, hex_encode(a, str_of(row->blob.bytes, CONTENT_BYTES)));
    if (row->trace.n)
        buf_printf(&b, "%016llx", (unsigned long long)thread_key(row->trace));
    return buf_str(&b);
}

struct str objectid_thread(struct arena *a, const struct item_row *row)
{
    uint64_t thread = row->thread ? row->thread : thread_alone(row->id);
    return str_printf(a, "T%llx", (unsigned long long)thread);
}

struct str objectid_mailbox(struct arena *a, account_id account, folder_id folder)
{
    return str_printf(a, "F%llx-%x", (unsigned long long)account, folder);
}
