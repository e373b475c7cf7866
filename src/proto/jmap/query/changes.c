/* Email/queryChanges (RFC 8620 section 5.6): emails that changed are taken out and, where they are
   found still, put in again. */
#include "proto/jmap/changes.h"
#include "core/objectid/thread.h"
#include "proto/jmap/email/email.h"
#include "proto/jmap/query/email.h"

struct moving {
    struct jmap_call *call;
    const struct jmap_email_find *find;
    struct jmap_changed changed;
    struct jmap_set threads; /* those of what changed, when one of each is shown */
    struct jmap_set emails;
    uint64_t *removed;
    size_t removed_count, room;
};

/* Neither filter nor sort can look at anything that changes. */
static bool is_fixed(const struct jmap_email_find *f)
{
    if (f->collapse || jmap_filter_has(f->filter, JMAP_IN_MAILBOX, JMAP_OTHER_THAN) ||
        jmap_filter_has(f->filter, JMAP_HAS_KEYWORD, JMAP_HAS_KEYWORD))
        return false;
    for (size_t i = 0; i < f->sorts.count; i++)
        if (f->sorts.at[i].by >= JMAP_BY_KEYWORD)
            return false;
    return true;
}

static void take_out(struct ctx *cx, struct moving *m, uint64_t id)
{
    if (m->removed_count == m->room) {
        size_t room = m->room ? m->room * 2 : 64;
        m->removed = arena_grow(cx->arena, m->removed, m->room * sizeof id, room * sizeof id);
        m->room = room;
    }
    m->removed[m->removed_count++] = id;
}

/* All of a thread: another email of it may have been the one that was shown. */
static enum code take_thread(struct ctx *cx, struct moving *m, uint64_t thread)
{
    item_id *items;
    size_t count = 0;
    enum code code = thread_items(cx, m->call->env->core, m->call->account, thread, &items, &count);
    for (size_t i = 0; code == OK && i < count; i++) {
        struct item_placed at;
        code = item_locate(cx, m->call->env->core, m->call->account, items[i], &at);
        if (code == OK && jmap_folder(m->call, at.folder, RIGHT_READ) &&
            jmap_set_find(&m->emails, items[i]) == UINT32_MAX)
            take_out(cx, m, items[i]);
        if (code == E_NOT_FOUND)
            code = OK;
    }
    return code == E_NOT_FOUND ? OK : code;
}

static enum code gather(struct ctx *cx, struct moving *m, bool fixed)
{
    m->emails = jmap_set_of(cx->arena, m->changed.count + 1);
    m->threads = jmap_set_of(cx->arena, m->changed.count + 1);
    for (size_t i = 0; i < m->changed.count; i++) {
        const struct jmap_change *c = &m->changed.at[i];
        bool new;
        if (fixed && c->how == JMAP_UPDATED)
            continue;
        (void)jmap_set_add(&m->emails, c->key, &new);
        if (c->how != JMAP_CREATED || !m->call->own)
            take_out(cx, m, c->key);
    }
    for (size_t i = 0; m->find->collapse && i < m->changed.count; i++) {
        uint64_t thread;
        bool new;
        TRY(jmap_email_thread(cx, m->call, m->changed.at[i].key, &thread));
        (void)jmap_set_add(&m->threads, thread, &new);
        if (new)
            TRY(take_thread(cx, m, thread));
    }
    return OK;
}

static size_t bound_of(const struct jmap_query_since *since, const struct jmap_results *r)
{
    uint64_t key;
    if (!since->bounded || !r->key_of(NULL, since->up_to, &key))
        return r->count;
    for (size_t i = 0; i < r->count; i++)
        if (r->at[i] == key)
            return i + 1;
    return r->count;
}

static enum code move(struct ctx *cx, struct moving *m, const struct jmap_query_since *since)
{
    struct jmap_results r;
    const uint64_t *threads;
    bool fixed = is_fixed(m->find);
    TRY(gather(cx, m, fixed));
    TRY(jmap_email_find(cx, m->call, m->find, &r, &threads));
    uint32_t *added = ARENA_ARRAY(cx->arena, r.count + 1, uint32_t);
    size_t count = 0, end = fixed ? bound_of(since, &r) : r.count;
    for (size_t i = 0; i < end; i++) {
        uint32_t known = m->find->collapse ? jmap_set_find(&m->threads, threads[i])
                                           : jmap_set_find(&m->emails, r.at[i]);
        if (known != UINT32_MAX)
            added[count++] = (uint32_t)i;
    }
    struct jmap_moved moved = {m->removed, m->removed_count, added, count};
    return jmap_moved_put(cx, m->call, since, &r, &moved);
}

enum code jmap_email_query_changes(struct ctx *cx, struct jmap_call *call)
{
    struct jmap_email_find find;
    struct jmap_query_since since;
    struct moving m = {.call = call, .find = &find};
    TRY(jmap_account_open(cx, call));
    if (call->error)
        return OK;
    const char *error = jmap_email_find_read(cx, call, &find);
    if (!error)
        error = jmap_query_since_read(call, &since);
    if (error)
        return jmap_refuse(call, error, NULL);
    find.first = SIZE_MAX;
    find.total = true;
    if (!jmap_email_find_is_exact(&find) || !jmap_since_of(call, since.state, &m.changed.since))
        return jmap_refuse(call, "cannotCalculateChanges", NULL);
    m.changed.max = since.max;
    enum code code = jmap_email_changed(cx, call, &m.changed);
    jmap_changed_sort(cx, &m.changed);
    if (code == OK && m.changed.count > since.max)
        return jmap_refuse(call, "tooManyChanges", NULL);
    if (code == OK)
        code = move(cx, &m, &since);
    return code == E_NOT_FOUND ? jmap_refuse(call, "cannotCalculateChanges", NULL) : code;
}
