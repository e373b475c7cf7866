#include "proto/imap/command/handlers.h"
#include "proto/imap/sync/change.h"
#include "proto/imap/sync/limit.h"
#include "proto/imap/sync/sync.h"
#include "proto/imap/wire/parse.h"

/* The places whose messages are marked, of those given or (NULL) of all. */
static struct imap_set marked(struct ctx *cx, const struct imap_session *s,
                              const struct imap_set *among)
{
    struct imap_set all = {0};
    uint32_t count = view_count(s->selected->view);
    for (uint32_t at = 0; at < count; at++)
        if ((imap_row(s->selected, at).flags & FLAG_DELETED) && (!among || imap_set_has(among, at)))
            imap_set_add(cx->arena, &all, at);
    return all;
}

enum code imap_expunge(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct imap_set set = {0}, places;
    bool some = call->uid;
    if (call->uid) {
        TRY(imap_seqset_parse(cx, &c, &set));
        TRY(imap_places(cx, s, call, &set, &places));
    }
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "EXPUNGE takes nothing more");
    TRY(imap_writable(cx, s, 0));
    if (s->env->limits.messages) {
        places = marked(cx, s, some ? &places : NULL);
        imap_limit_places(cx, s, call, &places);
        some = true;
    }
    uint64_t removed = 0;
    enum code code = imap_remove_deleted(cx, s, some ? &places : NULL, &removed);
    call->highest = removed > 0;
    return code;
}
