#include "proto/jmap/email/event.h"
#include "service/delivery.h"
#include "service/submission/submission.h"

void jmap_email_made(struct jmap_call *call, struct jmap_set_one *x, enum filter_cause cause,
                     const struct item_placed *placed)
{
    struct jmap_touched *t = ARENA_NEW(call->arena, struct jmap_touched);
    *t = (struct jmap_touched){.cause = cause, .folder = placed->folder, .uid = placed->uid};
    x->own = t;
}

static bool are_alike(const struct jmap_touched *a, const struct jmap_touched *b)
{
    bool alike = a->cause == b->cause && a->folder == b->folder && a->flags.count == b->flags.count;
    for (size_t i = 0; alike && i < a->flags.count; i++)
        alike = str_eq(a->flags.at[i], b->flags.at[i]);
    return alike;
}

void jmap_email_events(struct ctx *cx, const struct jmap_call *call,
                       const struct jmap_touched *const *all, size_t count)
{
    const struct submission_env *sending = call->env->submission;
    struct delivery *delivery = sending ? sending->delivery : NULL;
    uint32_t *uids = ARENA_ARRAY(cx->arena, count + 1, uint32_t);
    for (size_t from = 0, to; delivery && from < count; from = to) {
        struct filter_event e = {.cause = all[from]->cause,
                                 .account = call->account,
                                 .folder = all[from]->folder,
                                 .uids = uids,
                                 .by = call->who->who.id,
                                 .flags = all[from]->flags};
        for (to = from; to < count && are_alike(all[from], all[to]); to++)
            uids[e.count++] = all[to]->uid;
        delivery_event(cx, delivery, &e);
    }
}

enum code jmap_email_finish(struct ctx *cx, struct jmap_call *call, const struct jmap_set_one *all,
                            size_t count)
{
    const struct jmap_touched **touched =
        ARENA_ARRAY(cx->arena, count + 1, const struct jmap_touched *);
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (!all[i].error && all[i].own)
            touched[n++] = all[i].own;
    jmap_email_events(cx, call, touched, n);
    return OK;
}
