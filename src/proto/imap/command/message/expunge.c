#include "proto/imap/command/handlers.h"
#include "proto/imap/sync/change.h"
#include "proto/imap/wire/parse.h"

enum code imap_expunge(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct imap_set set = {0}, places;
    if (call->uid) {
        TRY(imap_seqset_parse(cx, &c, &set));
        TRY(imap_places(cx, s, call, &set, &places));
    }
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "EXPUNGE takes nothing more");
    TRY(imap_writable(cx, s, 0));
    uint64_t removed = 0;
    enum code code = imap_remove_deleted(cx, s, call->uid ? &places : NULL, &removed);
    call->highest = removed > 0;
    return code;
}
