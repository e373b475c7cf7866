#include "core/view/few.h"
#include "core/core.h"

enum code few_changes(struct ctx *cx, struct core *c, account_id account, uint64_t seen,
                      uint64_t now, struct few *out)
{
    out->all = false;
    out->count = 0;
    if (now < seen || now - seen > FEW_CHANGES)
        return OK;
    for (uint64_t modseq = seen + 1; modseq <= now; modseq++) {
        struct key k = change_key(modseq);
        struct str value;
        enum code code = store_get(cx, c->store, account, key_str(&k), &value);
        if (code == E_NOT_FOUND)
            return OK;
        TRY(code);
        TRY(change_row_decode(cx, value, &out->rows[out->count]));
        out->count++;
    }
    out->all = true;
    return OK;
}
