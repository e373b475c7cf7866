/* What the scripts of a mailbox want done with a message. */
#include "base/arena.h"
#include "format/mime.h"
#include "service/delivery/parts.h"
#include "service/filter/convert/convert.h"
#include "service/filter/mail.h"

enum code filtered_open(struct ctx *cx, struct delivery *d, const struct mailing *x,
                        const struct filter_for *to, struct filtered **out)
{
    if (!x->filtered->mime) { /* for all mailboxes, so in the arena of the delivery */
        TRY(mime_parse(cx, x->m->bytes, NULL, &x->filtered->mime));
        x->filtered->conversions = conversions_open(cx->arena);
    }
    struct arena *arena = arena_open();
    struct filtered *f = ARENA_NEW(arena, struct filtered);
    struct ctx own = *cx;
    f->arena = arena;
    own.arena = arena;
    enum code code = filters_run(&own, d->filters, x->filtered, to, &f->plan);
    if (code == OK) {
        *out = f;
        return OK;
    }
    cx->err = own.err;
    arena_close(arena);
    return code;
}

void filtered_close(struct filtered *f)
{
    arena_close(f->arena);
}

/* Telling the sender is what a refusal in the session is instead of. */
static bool is_refusal(const struct filter_sent *s)
{
    return s->way == FILTER_REFUSAL || s->way == FILTER_BOUNCE;
}

bool filtered_refuses(const struct filtered *f)
{
    const struct filter_plan *plan = f->plan;
    bool alone = plan->refused && plan->refusal.n && !plan->copy_count;
    for (size_t i = 0; alone && i < plan->sent_count; i++)
        alone = is_refusal(&plan->sent[i]);
    return alone;
}

enum code filtered_mail(struct ctx *cx, struct delivery *d, const struct mailing *x,
                        account_id account, struct filtered *f)
{
    const struct filter_plan *plan = f->plan;
    struct ctx own = *cx;
    enum code code = OK;
    own.arena = f->arena;
    f->mail = ARENA_ARRAY(f->arena, plan->sent_count + 1, struct queue_adding *);
    for (size_t i = 0; code == OK && i < plan->sent_count; i++) {
        struct str id = str_printf(f->arena, "%ju.%zu", (uintmax_t)account, i);
        code = outside_send(&own, d, x, &plan->sent[i], id, &f->mail[f->mail_count]);
        f->mail_count += code == OK;
    }
    if (code != OK)
        cx->err = own.err;
    return code;
}
