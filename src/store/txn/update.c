/* Updates of one partition wait in its queue. Whoever finds it without a leader leads: it runs all
   that wait on one transaction and submits that. When the commit is done, the committer hands the
   lead to the owner of the first that came meanwhile. No lock is held while anybody runs or syncs;
   a call that changes many partitions submits all of them before it waits. */
#include "base/arena.h"
#include "store/latch.h"
#include "store/txn/memo.h"
#include "store/txn/txn.h"

struct call {
    struct latch latch;
    _Atomic(struct part *) duties; /* partitions that it is to lead */
};

struct waiting {
    struct waiting *next;
    struct update *u;
    struct call *call;
    enum code code; /* of fn */
    bool alone;     /* a commit that it was part of was refused: it gets one of its own */
};

struct queue {
    struct waiting *first, **end;
};

/* One run of a leader. */
struct job {
    struct store *s;
    struct arena *arena;
    struct txn *txn;
    struct queue members; /* all that were run, in order */
    unsigned passed;
};

static void queue_add(struct queue *q, struct waiting *w)
{
    w->next = NULL;
    *q->end = w;
    q->end = &w->next;
}

static void give_duty(struct call *call, struct part *part)
{
    latch_hold(&call->latch); /* or the call may have taken its duty and be gone before the ring */
    struct part *head = atomic_load(&call->duties);
    do
        part->next_duty = head;
    while (!atomic_compare_exchange_weak(&call->duties, &head, part));
    latch_ring_release(&call->latch);
}

/* Puts these before all that wait. */
static void put_back(struct store *s, struct part *part, struct queue *q)
{
    if (!q->first)
        return;
    part_lock(s->parts, part);
    *q->end = part->queue;
    if (!part->queue)
        part->queue_end = q->end;
    part->queue = q->first;
    part_unlock(s->parts, part);
}

/* Ends a leader's turn. */
static void pass_on(struct store *s, struct part *part)
{
    part_lock(s->parts, part);
    struct call *heir = part->queue ? part->queue->call : NULL;
    if (!heir)
        part->led = false;
    part_unlock(s->parts, part);
    if (heir)
        give_duty(heir, part);
}

/* All that wait, but one that wants to be alone comes alone. */
static struct waiting *take(struct store *s, struct part *part)
{
    part_lock(s->parts, part);
    struct waiting *first = part->queue;
    struct waiting **end = &part->queue;
    if (first->alone)
        end = &first->next;
    else
        while (*end && !(*end)->alone)
            end = &(*end)->next;
    struct waiting *rest = *end;
    *end = NULL;
    if (!rest)
        part->queue_end = &part->queue;
    part->queue = rest;
    part_unlock(s->parts, part);
    return first;
}

/* The last use of w: its owner may be gone afterwards. */
static void finish(struct store *s, struct part *part, struct waiting *w, enum code code,
                   uint64_t version)
{
    w->u->result = code;
    w->u->version = version;
    struct call *call = w->call;
    part_unref(s->parts, part);
    latch_count_down(&call->latch);
}

static void job_close(struct job *j)
{
    struct arena *a = j->arena; /* j lies in it */
    txn_abort(j->txn);
    arena_close(a);
}

static void finish_all(struct job *j, const struct err *err)
{
    struct txn *t = j->txn;
    uint64_t version = t->batch.base + (j->passed && !txn_is_empty(t) && err->code == OK);
    for (struct waiting *w = j->members.first, *next; w; w = next) {
        next = w->next;
        if (w->code == OK && err->code != OK) {
            w->code = err->code;
            w->u->cx->err = *err;
        }
        finish(j->s, t->part, w, w->code, version);
    }
}

/* A commit that held the changes of several was refused for what one of them wants: each that had
   passed gets one of its own. */
static void part_company(struct job *j)
{
    struct queue again = {.end = &again.first}, over = {.end = &over.first};
    for (struct waiting *w = j->members.first, *next; w; w = next) {
        next = w->next;
        w->alone = w->code == OK;
        queue_add(w->alone ? &again : &over, w);
    }
    j->members = over;
    put_back(j->s, j->txn->part, &again);
}

static void job_end(struct job *j, const struct err *err)
{
    struct part *part = j->txn->part;
    struct err none = {0};
    if (err->code != OK && part->memo)
        memo_forget(part->memo); /* it told of a commit that was not made */
    if (err->code == E_CONFLICT) {
        put_back(j->s, part, &j->members);
        j->members.first = NULL;
    } else if ((err->code == E_LIMIT || err->code == E_NOT_FOUND) && j->passed > 1) {
        part_company(j);
        err = &none;
    }
    pass_on(j->s, part);
    finish_all(j, err);
    job_close(j);
}

static void job_committed(struct batch *b)
{
    job_end(b->owner, &b->err);
}

/* False when it passed, but does not fit beside those before it. */
static bool run_one(struct job *j, struct waiting *w)
{
    struct txn *t = j->txn;
    struct savepoint mark = txn_mark(t);
    struct ctx *cx = w->u->cx;
    w->code = w->u->fn(cx, t, w->u->arg);
    if (w->code == OK && t->err.code != OK) {
        cx->err = t->err;
        w->code = t->err.code;
    }
    bool fits = w->code != OK || txn_bytes(t) <= STORE_BATCH_MAX;
    if (!fits && !j->passed)
        w->code = fail(cx, E_LIMIT, "store: too much in one commit");
    if (!fits || w->code != OK)
        txn_back_to(t, mark);
    return fits || !j->passed;
}

/* Runs what fits into one commit; the rest goes back to the queue. */
static void run_members(struct job *j, struct waiting *list)
{
    for (struct waiting *next; list; list = next) {
        next = list->next;
        if (!run_one(j, list)) {
            struct queue rest = {.first = list, .end = &list->next};
            while (*rest.end)
                rest.end = &(*rest.end)->next;
            put_back(j->s, j->txn->part, &rest);
            return;
        }
        j->passed += list->code == OK;
        queue_add(&j->members, list);
    }
}

static struct job *job_open(struct store *s, struct part *part)
{
    struct arena *a = arena_open();
    struct job *j = ARENA_NEW(a, struct job);
    j->s = s;
    j->arena = a;
    part_ref_again(s->parts, part);
    j->txn = txn_open(s, part, a);
    j->members.end = &j->members.first;
    return j;
}

static void memo_attach(struct txn *t)
{
    if (!t->part->memo) {
        t->part->memo = calloc(1, sizeof *t->part->memo);
        must(t->part->memo);
    }
    t->memo = t->part->memo;
    memo_begin(t->memo, t->batch.base);
}

/* What is to be committed goes to the end of the chain. */
static void lead(struct store *s, struct part *part, struct chain *chain)
{
    struct job *j = job_open(s, part);
    struct txn *t = j->txn;
    struct err err = {0};
    struct ctx cx = {.arena = j->arena};
    struct waiting *list = take(s, part);
    if (part_version(&cx, s, part, &t->batch.base) != OK) {
        for (struct waiting *next; list; list = next) {
            next = list->next;
            queue_add(&j->members, list);
        }
        j->passed = 1;
        job_end(j, &cx.err);
        return;
    }
    memo_attach(t);
    run_members(j, list);
    if (!txn_is_empty(t)) {
        txn_seal(t);
        t->batch.done = job_committed;
        t->batch.owner = j;
        chain_add(chain, &t->batch);
        return;
    }
    /* Nothing to write. What they read was one version only if nobody committed meanwhile. */
    if (atomic_load(&part->version) != t->batch.base)
        err.code = E_CONFLICT;
    job_end(j, &err);
}

static void enqueue(struct store *s, struct call *call, struct waiting *w)
{
    struct part *part = part_ref(s->parts, w->u->part);
    w->call = call;
    part_lock(s->parts, part);
    *part->queue_end = w;
    part->queue_end = &w->next;
    bool leads = !part->led;
    part->led = true;
    part_unlock(s->parts, part);
    if (leads) {
        part->next_duty = atomic_load(&call->duties); /* nobody else touches them yet */
        atomic_store(&call->duties, part);
    }
}

enum code store_update_all(struct store *s, struct update *updates, size_t count)
{
    if (!count)
        return OK;
    struct call call = {0};
    must(count <= LATCH_MAX);
    latch_open(&call.latch, (unsigned)count);
    struct waiting *all = ARENA_ARRAY(updates[0].cx->arena, count, struct waiting);
    for (size_t i = 0; i < count; i++) {
        all[i].u = &updates[i];
        enqueue(s, &call, &all[i]);
    }
    for (;;) {
        unsigned seen = latch_look(&call.latch);
        struct part *part = atomic_exchange(&call.duties, NULL);
        if (part) {
            struct chain chain = {0};
            for (struct part *next; part; part = next) {
                next = part->next_duty;
                lead(s, part, &chain);
            }
            committer_submit(s->committer, &chain);
            continue;
        }
        if (latch_is_done(seen))
            break;
        ctx_waits(updates[0].cx);
        latch_wait(&call.latch, seen);
    }
    for (size_t i = 0; i < count; i++)
        if (updates[i].result != OK)
            return updates[i].result;
    return OK;
}

enum code store_update(struct ctx *cx, struct store *s, part_id part, update_fn *fn, void *arg)
{
    struct update u = {.part = part, .fn = fn, .arg = arg, .cx = cx};
    return store_update_all(s, &u, 1);
}
