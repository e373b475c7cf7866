#include "proto/imap/sync/event.h"
#include "service/delivery.h"

void imap_event_added(struct ctx *cx, const struct imap_session *s, struct filter_event *e)
{
    e->by = s->reader;
    if (s->env->delivery)
        delivery_event(cx, s->env->delivery, e);
}

void imap_event_flags(struct ctx *cx, const struct imap_session *s, const struct item_flags *change,
                      const uint32_t *uids, size_t count)
{
    struct filter_event e = {.cause = CAUSE_FLAG,
                             .account = s->selected->account,
                             .folder = s->selected->folder,
                             .uids = uids,
                             .count = count,
                             .by = s->reader,
                             .flags = filter_event_flags(cx->arena, change->flags, change->keywords,
                                                         change->keyword_count)};
    if (s->env->delivery)
        delivery_event(cx, s->env->delivery, &e);
}
