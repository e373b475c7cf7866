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
    static const struct {
        uint32_t flag;
        const char *name;
    } names[] = {{FLAG_SEEN, "\\Seen"},
                 {FLAG_ANSWERED, "\\Answered"},
                 {FLAG_FLAGGED, "\\Flagged"},
                 {FLAG_DELETED, "\\Deleted"},
                 {FLAG_DRAFT, "\\Draft"}};
    struct filter_event e = {.cause = CAUSE_FLAG,
                             .account = s->selected->account,
                             .folder = s->selected->folder,
                             .uids = uids,
                             .count = count,
                             .by = s->reader};
    struct str *list = ARENA_ARRAY(cx->arena, 5 + change->keyword_count, struct str);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (change->flags & names[i].flag)
            list[e.flags.count++] = str_z(names[i].name);
    for (size_t i = 0; i < change->keyword_count; i++)
        list[e.flags.count++] = change->keywords[i];
    e.flags.at = list;
    if (s->env->delivery)
        delivery_event(cx, s->env->delivery, &e);
}
