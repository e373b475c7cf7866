/* One message into many mailboxes. */
#include "base/clock.h"
#include "base/metric.h"
#include "core/item.h"
#include "core/meter.h"
#include "format/summary.h"
#include "service/delivery/parts.h"
#include "service/filter/mail.h"
#include "service/transport/admin.h"
#include "service/transport/queue.h"
#include "store/store.h"

/* Mailboxes that share one sync; a larger number is done in turns, to bound memory. */
enum { TOGETHER_MAX = 512 };

struct delivery *delivery_open(struct core *c, const struct delivery_config *config)
{
    struct delivery *d = calloc(1, sizeof *d);
    must(d);
    d->core = c;
    d->arena = arena_open();
    d->config = *config;
    d->config.postmaster = str_dup(d->arena, config->postmaster);
    d->retries = retries_open();
    d->mailboxes = metric_of(c->metrics, METRIC_COUNTER, "postroad_delivery_mailboxes_total", "",
                             "Messages put into mailboxes");
    d->seconds = metric_of(c->metrics, METRIC_SECONDS, "postroad_delivery_seconds", "",
                           "Duration of a delivery to all its mailboxes");
    return d;
}

void delivery_join(struct delivery *d, struct queue *q, struct routing *r)
{
    d->queue = q;
    d->routing = r;
}

enum code delivery_etrn(struct ctx *cx, struct delivery *d, struct str domain, bool *allowed,
                        uint64_t *waiting)
{
    return queue_etrn(cx, d->queue, domain, allowed, waiting);
}

void delivery_set_meter(struct delivery *d, struct meter *m)
{
    d->meter = m;
}

void delivery_set_srs(struct delivery *d, struct srs *s)
{
    d->srs = s;
}

void delivery_set_filters(struct delivery *d, struct filters *f)
{
    d->filters = f;
}

void delivery_set_admission(struct delivery *d, struct admission *a)
{
    d->admission = a;
}

struct meter *delivery_meter(const struct delivery *d)
{
    return d->meter;
}

bool delivery_has_queue(const struct delivery *d)
{
    return d->queue != NULL;
}

void delivery_close(struct delivery *d)
{
    retries_close(d->retries);
    arena_close(d->arena);
    free(d);
}

enum over_quota_policy delivery_over_quota(const struct delivery *d)
{
    return d->config.over_quota;
}

/* One mailbox of a delivery. */
struct job {
    const struct route_target *target;
    bool junk;
    folder_id inbox, folder;
    struct item_new item;
    struct item_placed placed;
    bool had;                            /* it has it from an earlier attempt */
    const struct delivery_recipient *to; /* by whom it was first named */
    bool scripted, alone;                /* scripts run; alone: none are to be looked for */
    bool prepared;                       /* the result is known, as far as it can be before */
    struct str refusal;                  /* with E_DENIED */
    struct filtered *filtered;
    enum code result, sent; /* sent: of what scripts send */
};

static enum code job_add(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct job *job = arg;
    struct item_new item = job->item;
    if (job->filtered)
        return filter_plan_apply(cx, t, job->filtered->plan, &item, job->inbox, &job->placed);
    if (!job->alone && account_txn_facts(t)->filtered)
        return fail(cx, E_BUSY, "a script became active this very moment");
    item.folder = job->folder;
    enum code code = item_add(cx, t, &item, &job->placed);
    if (code == E_NOT_FOUND && job->folder != job->inbox) {
        item.folder = job->inbox; /* its folder went away meanwhile */
        code = item_add(cx, t, &item, &job->placed);
    }
    return code == E_EXISTS ? OK : code; /* it has it from an earlier attempt */
}

/* Folders that anybody may name by a sub-address: plain ones for mail. */
static bool is_nameable(const struct folder_facts *f)
{
    return f->kind == KIND_MAIL && f->role == ROLE_NONE && !f->hidden;
}

static folder_id folder_of_detail(const struct account_view *v, struct str detail)
{
    const struct folder_facts *exact = account_folder_by_path(v, detail);
    if (exact)
        return is_nameable(exact) ? exact->id : 0;
    for (size_t i = 0; i < account_folder_count(v); i++) {
        const struct folder_facts *f = account_folder(v, i);
        if (str_ieq(f->path, detail) && is_nameable(f))
            return f->id;
    }
    return 0;
}

static enum code folders_find(struct ctx *cx, struct delivery *d, struct job *job)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    bool named = d->config.sub_address == SUB_ADDRESS_FOLDER && job->target->detail.n;
    account_id account = job->target->account;
    /* The inbox stays the inbox; other folders come and go. */
    TRY(named ? account_view_get(cx, d->core, account, &v)
              : account_view_recent(cx, d->core, account, &v));
    const struct folder_facts *inbox = account_folder_by_role(v, ROLE_INBOX);
    if (!inbox)
        return fail(cx, E_CORRUPT, "an account without an inbox");
    job->inbox = job->folder = inbox->id;
    folder_id folder = named ? folder_of_detail(v, job->target->detail) : 0;
    const struct folder_facts *junk = account_folder_by_role(v, ROLE_JUNK);
    if (job->junk && junk)
        job->folder = junk->id;
    else if (folder)
        job->folder = folder;
    job->alone = !d->filters;
    return d->filters ? filters_want(cx, d->filters, v, job->target->domain, &job->scripted) : OK;
}

/* Each account once, in the order in which they were named; by account in *index. */
static struct job *jobs_make(struct ctx *cx, const struct delivery_recipient *to, size_t count,
                             struct map *index, size_t *job_count)
{
    size_t all = 0, n = 0;
    for (size_t i = 0; i < count; i++)
        all += to[i].route.target_count;
    struct job *jobs = ARENA_ARRAY(cx->arena, all ? all : 1, struct job);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < to[i].route.target_count; k++) {
            const struct route_target *target = &to[i].route.targets[k];
            struct str key = map_u64(&target->account);
            if (map_get(index, key))
                continue;
            jobs[n].target = target;
            jobs[n].to = &to[i];
            map_put(index, key, &jobs[n++]);
        }
    }
    *job_count = n;
    return jobs;
}

/* What goes into the queue along with the first mailboxes. */
struct outside {
    struct queue_adding *adding; /* NULL: nothing, or done */
    enum code result;
};

/* One call to the store for all of jobs, and the queue. */
static void jobs_commit(struct ctx *cx, struct delivery *d, struct job **jobs, size_t count,
                        struct outside *outside)
{
    struct bundle queued = {0};
    if (outside->adding)
        bundle_add(cx, &queued, outside->adding, &outside->result);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; jobs[i]->filtered && k < jobs[i]->filtered->mail_count; k++)
            bundle_add(cx, &queued, jobs[i]->filtered->mail[k], &jobs[i]->sent);
    bundle_close(cx, &queued);
    struct account_update *updates = ARENA_ARRAY(cx->arena, count, struct account_update);
    struct ctx *contexts = ARENA_ARRAY(cx->arena, count, struct ctx);
    for (size_t i = 0; i < count; i++) {
        contexts[i] = *cx; /* an arena of its own: another thread may run it */
        contexts[i].arena = i ? arena_open() : cx->arena;
        updates[i] = (struct account_update){
            .account = jobs[i]->target->account, .fn = job_add, .arg = jobs[i], .cx = &contexts[i]};
    }
    enum code worst =
        account_update_all_with(d->core, updates, count, queued.updates, queued.count);
    bundle_done(cx, &queued);
    outside->adding = NULL;
    for (size_t i = 0; i < count; i++) {
        jobs[i]->result = updates[i].result;
        if (updates[i].result != OK && updates[i].result == worst)
            cx->err = contexts[i].err;
        if (i)
            arena_close(contexts[i].arena);
        if (jobs[i]->result == OK)
            jobs[i]->result = jobs[i]->sent;
    }
}

/* Where it goes, and what its scripts say. */
static void job_prepare(struct ctx *cx, struct delivery *d, const struct mailing *x,
                        struct job *job)
{
    job->prepared = true;
    job->result = job->had ? OK : folders_find(cx, d, job);
    if (job->had || job->result != OK || !job->scripted)
        return;
    const struct filter_for to = {.account = job->target->account,
                                  .who = job->target->who,
                                  .domain = job->target->domain,
                                  .address = job->to->route.address,
                                  .orcpt = job->to->orcpt,
                                  .notify = job->to->notify,
                                  .inbox = job->inbox,
                                  .keep = job->folder};
    job->result = filtered_open(cx, d, x, &to, &job->filtered);
}

static void jobs_close(struct job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (jobs[i].filtered)
            filtered_close(jobs[i].filtered);
        jobs[i].filtered = NULL;
    }
}

/* The client hears from a script that refuses, if there is one to hear it: for each recipient where
   each gets a reply, else when all mailboxes refuse. True: nothing is delivered. */
static bool jobs_refuse(struct ctx *cx, const struct mailing *x, struct job *jobs, size_t count)
{
    size_t refused = 0;
    bool outside = false;
    for (size_t i = 0; i < x->count; i++)
        outside |= x->to[i].route.outside_count > 0;
    for (size_t i = 0; i < count; i++)
        refused += jobs[i].filtered && filtered_refuses(jobs[i].filtered);
    bool all = refused && refused == count && !outside;
    if (!refused || x->m->no_session || (!all && !x->m->each_is_told))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!jobs[i].filtered || !filtered_refuses(jobs[i].filtered))
            continue;
        jobs[i].refusal = str_dup(cx->arena, jobs[i].filtered->plan->refusal);
        jobs[i].result = fail(cx, E_DENIED, "a script refuses the message");
        filtered_close(jobs[i].filtered);
        jobs[i].filtered = NULL;
    }
    return all;
}

/* All scripts run before anything is written, so that they can refuse; not for a crowd. True: all
   refuse. */
static bool jobs_prepare(struct ctx *cx, struct delivery *d, const struct mailing *x,
                         struct job *jobs, size_t count)
{
    if (!d->filters || count > TOGETHER_MAX)
        return false;
    for (size_t i = 0; i < count; i++)
        job_prepare(cx, d, x, &jobs[i]);
    return jobs_refuse(cx, x, jobs, count);
}

static void jobs_run(struct ctx *cx, struct delivery *d, const struct mailing *x, struct job *jobs,
                     size_t count, struct outside *outside)
{
    struct job **batch =
        ARENA_ARRAY(cx->arena, count < TOGETHER_MAX ? count : TOGETHER_MAX, struct job *);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        struct job *job = &jobs[i];
        job->item = *x->kept;
        job->item.over_quota_ok = job->target->over_quota_ok;
        if (!job->prepared)
            job_prepare(cx, d, x, job);
        if (job->result == OK && job->filtered)
            job->result = filtered_mail(cx, d, x, job->target->account, job->filtered);
        if (job->result == OK && !job->had)
            batch[n++] = job;
        if (n == TOGETHER_MAX || (n && i + 1 == count)) {
            jobs_commit(cx, d, batch, n, outside);
            n = 0;
            jobs_close(jobs, i + 1);
        }
    }
    if (outside->adding)
        jobs_commit(cx, d, NULL, 0, outside);
}

/* A full member of a group is no reason to refuse the others: the sender is told. */
static void full_members_tell(struct ctx *cx, struct delivery *d, const struct mailing *x,
                              struct job *jobs, size_t count)
{
    const struct route_target **full = NULL;
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (jobs[i].result != E_LIMIT || !jobs[i].target->in_group)
            continue;
        if (!full)
            full = arena_array(cx->arena, count, sizeof *full);
        full[n++] = jobs[i].target;
    }
    if (!n || outside_bounce(cx, d, x, full, n) != OK)
        return;
    for (size_t i = 0; i < count; i++)
        if (jobs[i].result == E_LIMIT && jobs[i].target->in_group)
            jobs[i].result = OK;
}

/* The higher the code, the less the client can do about it: the order of "worst". */
static void results_set(struct delivery_recipient *to, size_t count, const struct map *index,
                        enum code outside)
{
    for (size_t i = 0; i < count; i++) {
        bool reaches = to[i].route.target_count || to[i].route.outside_count;
        bool queued = to[i].route.outside_count || !index; /* no index: all of it is */
        to[i].result = !reaches ? E_NOT_FOUND : queued ? outside : OK;
        for (size_t k = 0; index && k < to[i].route.target_count; k++) {
            const struct job *job = map_get(index, map_u64(&to[i].route.targets[k].account));
            if (job->result > to[i].result)
                to[i].result = job->result;
            if (job->refusal.n)
                to[i].refusal = job->refusal;
        }
    }
}

static struct str trace_of(struct ctx *cx, const struct delivery_message *m)
{
    struct str parts[] = {STR("Return-Path: <"), m->return_path, STR(">\r\n"), m->received};
    return str_join(cx->arena, parts, 4);
}

/* The jobs of a message, and what is known of earlier attempts. */
struct attempt {
    const struct blob_id *blob;
    struct str return_path;
    struct half_done before;
    struct job *jobs;
    size_t count;
    bool queued; /* there was something for the queue */
    enum code outside;
};

static void earlier_find(struct ctx *cx, struct delivery *d, struct attempt *a,
                         const struct map *index)
{
    a->before = retries_find(cx, d->retries, a->blob, a->return_path);
    for (size_t i = 0; i < a->before.count; i++) {
        struct job *job = map_get(index, map_u64(&a->before.accounts[i]));
        if (job)
            job->had = true;
    }
}

/* Those that had it, and those that have it now. */
static struct half_done half_done_of(struct ctx *cx, const struct attempt *a, struct str id)
{
    struct half_done half = {.id = id, .count = a->before.count};
    half.accounts = ARENA_ARRAY(cx->arena, a->before.count + a->count, account_id);
    for (size_t i = 0; i < half.count; i++)
        half.accounts[i] = a->before.accounts[i];
    for (size_t i = 0; i < a->count; i++)
        if (a->jobs[i].result == OK && !a->jobs[i].had)
            half.accounts[half.count++] = a->jobs[i].target->account;
    return half;
}

/* Remembers what is half done, forgets what is done; returns the first failure. */
static enum code outcome(struct ctx *cx, struct delivery *d, const struct attempt *a, struct str id,
                         bool each_is_told)
{
    enum code first = a->outside;
    size_t done = 0;
    for (size_t i = 0; i < a->count; i++) {
        if (a->jobs[i].result == OK)
            done++;
        else if (first == OK)
            first = a->jobs[i].result;
    }
    metric_add(d->mailboxes, (int64_t)done);
    done += a->queued && a->outside == OK;
    /* E_BUSY: nobody knows whether it was written, so it may have been. */
    if (first != OK && ((done && !each_is_told) || first == E_BUSY)) {
        struct half_done half = half_done_of(cx, a, id);
        retries_add(cx, d->retries, a->blob, a->return_path, &half);
    } else if (first == OK) {
        retries_remove(cx, d->retries, a->blob, a->return_path);
    }
    return first;
}

/* An account keeps the id where a repeat may ask for it: one that is used again, and any where
   nobody may know whether a write was done. Who has a new message when others have not is
   remembered here; the queue keeps each id. */
static struct item_new for_accounts(const struct delivery *d, const struct delivery_message *m,
                                    const struct item_new *item)
{
    struct item_new kept = *item;
    if (m->id_is_new && store_is_certain(d->core->store))
        kept.delivery_id = (struct str){0};
    return kept;
}

static void domain_count(struct ctx *cx, struct delivery *d, uint64_t domain, bool out,
                         uint64_t bytes)
{
    meter_add(d->meter, cx->now_ms, domain, out ? METER_MESSAGES_OUT : METER_MESSAGES_IN, 1);
    meter_add(d->meter, cx->now_ms, domain, out ? METER_BYTES_OUT : METER_BYTES_IN, bytes);
}

/* What each domain used, for chargeback: mailboxes reached, agencies' systems, and its senders. */
static void usage_count(struct ctx *cx, struct delivery *d, const struct delivery_message *m,
                        const struct delivery_recipient *to, size_t n)
{
    struct principal p;
    if (!d->meter)
        return;
    for (size_t i = 0; i < n; i++) {
        if (to[i].result != OK)
            continue;
        for (size_t k = 0; k < to[i].route.target_count; k++)
            domain_count(cx, d, to[i].route.targets[k].domain, false, m->bytes.n);
        if (to[i].route.kind == ROUTE_ROUTED)
            domain_count(cx, d, to[i].route.domain, false, m->bytes.n);
    }
    if (m->sender && directory_by_id(cx, d->core, m->sender, &p) == OK)
        domain_count(cx, d, p.domain, true, m->bytes.n);
}

/* Who sent something hears of it where that is kept as well. */
static void reports_tie(struct ctx *cx, struct delivery *d, const struct delivery_message *m,
                        const struct attempt *a)
{
    if (!returned_is(m))
        return;
    for (size_t i = 0; i < a->count; i++)
        if (a->jobs[i].result == OK && !a->jobs[i].had && a->jobs[i].placed.id)
            returned_tie(cx, d, m->bytes, a->jobs[i].target->account, a->jobs[i].placed.id);
}

enum code delivery_run(struct ctx *cx, struct delivery *d, const struct delivery_message *m,
                       struct delivery_recipient *to, size_t count)
{
    struct map *index AUTO(map_close) = map_open();
    struct attempt a = {.return_path = m->return_path};
    struct blob_new *blob;
    struct str summary = {0};
    struct outside outside = {0};
    int64_t started_us = clock_mono_us();
    for (size_t i = 0; i < count; i++)
        to[i].result = E_IO; /* until it is known better */
    /* Released by the queue, which then finds the way anew. */
    bool later = d->queue && m->release_ms > cx->now_ms;
    a.jobs = jobs_make(cx, to, later ? 0 : count, index, &a.count);
    for (size_t i = 0; i < a.count; i++)
        a.jobs[i].junk = m->junk;
    TRY(blob_prepare(cx, d->core->store, m->bytes, &blob));
    if (a.count)
        TRY(summary_make(cx, m->bytes, &summary));
    a.blob = blob_new_id(blob);
    earlier_find(cx, d, &a, index);
    struct item_new item = {
        .received_ms = m->received_ms,
        .saved_ms = m->received_ms,
        .trace = trace_of(cx, m),
        .blob = blob,
        .summary = summary,
        .delivery_id = a.before.id.n ? a.before.id : m->id,
        .delivery_id_is_new = !a.before.id.n && m->id_is_new,
    };
    const struct item_new kept = for_accounts(d, m, &item);
    struct filter_message filtered = {.m = m, .trace = item.trace};
    const struct mailing mailing = {m, &item, to, count, later, &kept, &filtered};
    if (!jobs_prepare(cx, d, &mailing, a.jobs, a.count)) {
        enum code code = outside_prepare(cx, d, &mailing, &outside.adding);
        a.queued = outside.adding != NULL;
        if (code == OK)
            jobs_run(cx, d, &mailing, a.jobs, a.count, &outside);
        jobs_close(a.jobs, a.count);
        TRY(code);
    }
    a.outside = outside.result;
    full_members_tell(cx, d, &mailing, a.jobs, a.count);
    results_set(to, count, later ? NULL : index, outside.result);
    enum code code = outcome(cx, d, &a, item.delivery_id, m->each_is_told);
    for (size_t i = 0; code == OK && i < count; i++)
        code = to[i].result;
    if (code == OK || m->each_is_told)
        usage_count(cx, d, m, to, count);
    reports_tie(cx, d, m, &a);
    metric_observe_us(d->seconds, clock_mono_us() - started_us);
    return code;
}
