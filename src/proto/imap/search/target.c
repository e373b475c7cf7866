#include "proto/imap/search/target.h"
#include "proto/imap/sync/sync.h"

struct imap_target imap_target_of(const struct imap_session *s)
{
    const struct imap_selected *sel = s->selected;
    return (struct imap_target){.core = s->env->core,
                                .reader = s->reader,
                                .account = s->account,
                                .view = sel->view,
                                .fresh = sel->fresh,
                                .recent = &sel->recent,
                                .saved = &sel->saved,
                                .thread_steps = s->env->limits.thread_steps,
                                .utf8 = s->utf8,
                                .collation = s->collation,
                                .uidonly = s->uidonly};
}

struct view_row imap_target_row(const struct imap_target *t, uint32_t place)
{
    struct view_row row = view_at(t->view, place);
    uint32_t at = t->fresh ? view_find(t->fresh, row.uid) : 0;
    if (!t->fresh || at == view_count(t->fresh))
        return row;
    struct view_row now = view_at(t->fresh, at);
    return now.uid == row.uid ? now : row; /* removed meanwhile; not told yet */
}

const struct view *imap_target_names(const struct imap_target *t)
{
    return t->fresh ? t->fresh : t->view;
}
