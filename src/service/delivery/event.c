/* What scripts do when a mailbox is changed by IMAP (RFC 6785), carried out. */
#include "service/filter/event.h"
#include "base/arena.h"
#include "base/log.h"
#include "core/item.h"
#include "service/delivery/parts.h"
#include "service/filter/convert/convert.h"
#include "store/store.h"

struct acting {
    const struct filter_event *event;
    const struct filter_event_plan *plan;
    uint32_t uid;
};

static enum code flags_put(struct ctx *cx, struct account_txn *t, folder_id folder, uint32_t uid,
                           const struct item_flags *flags)
{
    bool changed;
    uint64_t modseq;
    return item_set_flags(cx, t, folder, uid, flags, &changed, &modseq);
}

static struct item_flags set_to(uint32_t flags, const struct sieve_list *keywords)
{
    return (struct item_flags){.how = FLAGS_SET,
                               .flags = flags,
                               .keywords = keywords->at,
                               .keyword_count = keywords->count,
                               .unchanged_since = UINT64_MAX};
}

/* A copy of the message itself shares its bytes. */
static enum code copy_put(struct ctx *cx, struct account_txn *t, const struct acting *a,
                          const struct filter_copy *copy)
{
    const struct item_row *row = &a->plan->row;
    struct item_placed placed;
    struct item_flags flags = set_to(copy->flags, &copy->keywords);
    struct item_new new = {.folder = copy->folder,
                           .flags = copy->flags,
                           .keywords = copy->keywords.at,
                           .keyword_count = copy->keywords.count,
                           .received_ms = copy->is_own ? cx->now_ms : row->received_ms,
                           .saved_ms = cx->now_ms,
                           .trace = copy->is_own ? (struct str){0} : row->trace,
                           .blob = copy->blob,
                           .summary = copy->summary};
    if (copy->blob)
        return item_add(cx, t, &new, &placed);
    TRY(item_copy(cx, t, a->event->folder, a->uid, copy->folder, cx->now_ms, &placed));
    return copy->flags || copy->keywords.count ? flags_put(cx, t, placed.folder, placed.uid, &flags)
                                               : OK;
}

static enum code act_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct acting *a = arg;
    const struct filter_event_plan *p = a->plan;
    const struct item_flags gone = {
        .how = FLAGS_ADD, .flags = FLAG_DELETED, .unchanged_since = UINT64_MAX};
    const struct item_flags kept = set_to(p->flags, &p->keywords);
    for (size_t i = 0; i < p->plan->copy_count; i++)
        TRY(copy_put(cx, t, a, &p->plan->copies[i]));
    for (size_t i = 0; i < p->plan->memory_count; i++) {
        const struct filter_memory *m = &p->plan->memories[i];
        TRY(script_remember(cx, t, m->kind, m->key, m->seconds));
    }
    if (!p->keeps)
        return flags_put(cx, t, a->event->folder, a->uid, &gone);
    return p->sets ? flags_put(cx, t, a->event->folder, a->uid, &kept) : OK;
}

static bool is_nothing(const struct filter_event_plan *p)
{
    return p->keeps && !p->sets && !p->plan->copy_count && !p->plan->sent_count &&
           !p->plan->memory_count;
}

static enum code sent_put(struct ctx *cx, struct delivery *d, const struct filter_event_plan *p,
                          enum code *result, struct bundle *out)
{
    struct item_new item = {.delivery_id = p->message->id, .delivery_id_is_new = true};
    const struct mailing mailing = {.m = p->message, .item = &item};
    struct blob_new *blob;
    if (!p->plan->sent_count)
        return OK;
    TRY(blob_prepare(cx, d->core->store, p->message->bytes, &blob));
    item.blob = blob;
    for (size_t i = 0; i < p->plan->sent_count; i++) {
        struct queue_adding *adding;
        struct str id = str_printf(cx->arena, "%zu", i);
        TRY(outside_send(cx, d, &mailing, &p->plan->sent[i], id, &adding));
        bundle_add(cx, out, adding, result);
    }
    return OK;
}

static enum code message_act(struct ctx *cx, struct delivery *d, const struct filter_event *e,
                             const struct blob_id *script, uint32_t uid)
{
    struct filter_event_plan plan;
    struct bundle queued = {0};
    enum code sent = OK;
    TRY(filters_event_run(cx, d->filters, e, script, uid, &plan));
    if (is_nothing(&plan))
        return OK;
    TRY(sent_put(cx, d, &plan, &sent, &queued));
    bundle_close(cx, &queued);
    struct acting a = {e, &plan, uid};
    struct account_update update = {.account = e->account, .fn = act_in, .arg = &a, .cx = cx};
    enum code code = account_update_all_with(d->core, &update, 1, queued.updates, queued.count);
    bundle_done(cx, &queued);
    return code != OK ? code : sent;
}

void delivery_event(struct ctx *cx, struct delivery *d, const struct filter_event *e)
{
    struct blob_id script;
    struct filter_event budgeted = *e;
    if (!d->filters || filters_event_script(cx, d->filters, e, &script) != OK)
        return;
    budgeted.conversions = conversions_open(cx->arena);
    for (size_t i = 0; i < e->count && i < FILTER_EVENT_MAX; i++) {
        struct arena *arena AUTO(arena_close) = arena_open();
        struct ctx own = *cx;
        own.arena = arena;
        enum code code = message_act(&own, d, &budgeted, &script, e->uids[i]);
        if (code != OK && code != E_NOT_FOUND)
            log_event(d->core->log, LOG_WARN, "sieve.event_failed",
                      "account=%llu folder=%u uid=%u code=%s what=%s",
                      (unsigned long long)e->account, e->folder, e->uids[i], code_name(code),
                      log_quote(arena, str_z(own.err.what)));
    }
}
