#include "core/row/key.h"
#include "base/cur.h"

enum { KEY_U32_BYTES = 5 };

struct key row_key(enum row_family family)
{
    return key_of((char)family);
}

struct key folder_key(enum row_family family, folder_id folder)
{
    struct key k = row_key(family);
    key_u32(&k, folder);
    return k;
}

struct key uid_key(enum row_family family, folder_id folder, uint32_t uid)
{
    struct key k = folder_key(family, folder);
    key_u32(&k, uid);
    return k;
}

struct key item_key(item_id id)
{
    struct key k = row_key(ROW_ITEM);
    key_u64(&k, id);
    return k;
}

struct key change_key(uint64_t modseq)
{
    struct key k = row_key(ROW_CHANGE);
    key_u48(&k, modseq);
    return k;
}

struct key source_own_key(uint64_t counter)
{
    struct key k = row_key(ROW_SOURCE);
    key_u32(&k, 0);
    key_u64(&k, counter);
    return k;
}

struct key source_foreign_key(struct str source_key)
{
    struct key k = row_key(ROW_SOURCE);
    key_u32(&k, 1);
    key_text(&k, source_key);
    return k;
}

bool uid_of_key(struct str key, uint32_t *out)
{
    struct cur c = cur_of(str_from(key, 1 + KEY_U32_BYTES));
    return cur_key_u32(&c, out);
}

bool id_of_key(struct str key, item_id *out)
{
    struct cur c = cur_of(str_from(key, 1));
    return cur_key_u64(&c, out);
}

bool modseq_of_key(struct str key, uint64_t *out)
{
    struct cur c = cur_of(str_from(key, 1));
    return cur_key_u48(&c, out);
}
