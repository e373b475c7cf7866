#include "proto/jmap/query/counts.h"
#include "base/buf.h"
#include "core/columns/kept.h"
#include "core/objectid/thread.h"
#include "proto/jmap/changes.h"
#include "proto/jmap/query/filter.h"

enum { ROWS = 256 };

struct jmap_counts {
    struct jmap_count *at;
    size_t count;
};

/* While they are worked out. Trash is apart: what lies there is as if it were of another thread. */
struct counting {
    struct ctx *cx;
    struct jmap_call *call;
    struct view **views; /* of counts->at */
    struct jmap_counts *counts;
    struct jmap_set threads;
    bool *unread, *unread_in_trash; /* by thread */
    uint32_t *last;                 /* by thread: the mailbox that counted it last, and one */
    uint32_t **thread;              /* by mailbox and place: which */
};

static bool is_trash(const struct counting *c, size_t box)
{
    const struct folder_facts *f =
        account_folder_by_id(c->call->folders, c->counts->at[box].folder);
    return f && f->role == ROLE_TRASH;
}

static enum code walk(struct counting *c, size_t box)
{
    struct jmap_count *count = &c->counts->at[box];
    struct view *v = c->views[box];
    struct view_row rows[ROWS];
    struct jmap_place p;
    uint32_t n;
    bool *unread = is_trash(c, box) ? c->unread_in_trash : c->unread;
    TRY(jmap_place_open(c->cx, c->call->env->core, v, &p));
    c->thread[box] = ARENA_ARRAY(c->cx->arena, p.count + (size_t)1, uint32_t);
    for (uint32_t place = 0; place < p.count; place += n) {
        n = view_rows(v, place, p.count - place < ROWS ? p.count - place : ROWS, rows);
        for (uint32_t i = 0; i < n; i++) {
            const struct column_facts *facts = p.facts[place + i];
            bool new, fresh = !(rows[i].flags & (FLAG_SEEN | FLAG_DRAFT));
            uint64_t number = facts ? facts->thread : thread_alone(rows[i].id);
            uint32_t at = jmap_set_add(&c->threads, number, &new);
            c->thread[box][place + i] = at;
            count->emails++;
            count->unread += fresh;
            unread[at] |= fresh;
        }
    }
    jmap_place_close(&p);
    return OK;
}

static void count_threads(struct counting *c, size_t box)
{
    struct jmap_count *count = &c->counts->at[box];
    const bool *unread = is_trash(c, box) ? c->unread_in_trash : c->unread;
    for (uint32_t i = 0; i < count->emails; i++) {
        uint32_t at = c->thread[box][i];
        if (c->last[at] == box + 1)
            continue;
        c->last[at] = (uint32_t)box + 1;
        count->threads++;
        count->unread_threads += unread[at];
    }
}

static enum code open_all(struct counting *c, size_t *emails)
{
    size_t folders = account_folder_count(c->call->folders);
    c->views = ARENA_ARRAY(c->cx->arena, folders + 1, struct view *);
    c->counts->at = ARENA_ARRAY(c->cx->arena, folders + 1, struct jmap_count);
    for (size_t i = 0; i < folders; i++) {
        folder_id id = account_folder(c->call->folders, i)->id;
        if (!jmap_folder(c->call, id, RIGHT_READ))
            continue;
        TRY(jmap_view(c->cx, c->call, id, &c->views[c->counts->count]));
        *emails += view_count(c->views[c->counts->count]);
        c->counts->at[c->counts->count++].folder = id;
    }
    return OK;
}

static enum code work_out(struct ctx *cx, struct jmap_call *call, struct jmap_counts *out)
{
    struct counting c = {.cx = cx, .call = call, .counts = out};
    size_t emails = 0;
    TRY(open_all(&c, &emails));
    c.threads = jmap_set_of(cx->arena, emails + 1);
    c.unread = ARENA_ARRAY(cx->arena, emails + 1, bool);
    c.unread_in_trash = ARENA_ARRAY(cx->arena, emails + 1, bool);
    c.last = ARENA_ARRAY(cx->arena, emails + 1, uint32_t);
    c.thread = ARENA_ARRAY(cx->arena, out->count + 1, uint32_t *);
    for (size_t i = 0; i < out->count; i++)
        TRY(walk(&c, i));
    for (size_t i = 0; i < out->count; i++)
        count_threads(&c, i);
    return OK;
}

static struct str packed(struct arena *a, const struct jmap_counts *counts)
{
    struct buf b = buf_of(a, counts->count * 20);
    for (size_t i = 0; i < counts->count; i++) {
        const struct jmap_count *n = &counts->at[i];
        buf_le32(&b, n->folder);
        buf_le32(&b, n->emails);
        buf_le32(&b, n->unread);
        buf_le32(&b, n->threads);
        buf_le32(&b, n->unread_threads);
    }
    return buf_str(&b);
}

static void unpack(struct arena *a, struct str bytes, struct jmap_counts *out)
{
    struct cur c = cur_of(bytes);
    struct jmap_count n;
    out->at = ARENA_ARRAY(a, bytes.n / 20 + 1, struct jmap_count);
    while (cur_le32(&c, &n.folder) && cur_le32(&c, &n.emails) && cur_le32(&c, &n.unread) &&
           cur_le32(&c, &n.threads) && cur_le32(&c, &n.unread_threads))
        out->at[out->count++] = n;
}

/* They live as long as the call. */
static enum code counts_of(struct ctx *cx, struct jmap_call *call, struct jmap_counts **out)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct jmap_counts *counts = ARENA_NEW(call->arena, struct jmap_counts);
    struct jmap_counts made = {0};
    struct kept_name name = {.account = call->account,
                             .reader = call->who->who.id,
                             .number = account_facts(call->folders)->modseq,
                             .variant = jmap_rights_hash(call)};
    struct ctx own = *cx;
    struct str bytes;
    own.arena = scratch;
    if (!kept_get(&own, call->env->core, &name, &bytes)) {
        enum code code = work_out(&own, call, &made);
        cx->err = own.err;
        TRY(code);
        bytes = packed(scratch, &made);
        kept_put(call->env->core, &name, bytes);
    }
    unpack(call->arena, bytes, counts);
    *out = counts;
    return OK;
}

enum code jmap_count_of(struct ctx *cx, struct jmap_call *call, folder_id folder,
                        struct jmap_count *out)
{
    if (!call->counts)
        TRY(counts_of(cx, call, &call->counts));
    *out = (struct jmap_count){.folder = folder};
    for (size_t i = 0; i < call->counts->count; i++)
        if (call->counts->at[i].folder == folder)
            *out = call->counts->at[i];
    return OK;
}
