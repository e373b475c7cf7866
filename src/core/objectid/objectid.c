#include "core/objectid/objectid.h"
#include "base/buf.h"
#include "core/item/item.h"
#include "core/objectid/thread.h"

struct str objectid_email(struct arena *a, account_id home, account_id account, item_id item)
{
    if (home == account)
        return str_printf(a, "E%llx", (unsigned long long)item);
    return str_printf(a, "E%llx-%llx", (unsigned long long)account, (unsigned long long)item);
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
