#include "proto/imap/search/context.h"
#include "base/arena.h"
#include "proto/imap/sort/sort.h"
#include "proto/imap/wire/parse.h"

struct imap_context {
    struct imap_context *next;
    struct str tag, text; /* on the heap */
    bool uid, sorted;
    enum collation collation;
    uint32_t *uids, count; /* what was found, in its order */
    uint32_t *added;       /* between before and after: places in uids, rising */
    uint32_t added_count;
};

static struct str kept(struct str s)
{
    char *copy = malloc(s.n + 1);
    must(copy);
    memcpy(copy, s.p, s.n);
    return str_of(copy, s.n);
}

static void context_free(struct imap_context *x)
{
    free((void *)(uintptr_t)x->tag.p);
    free((void *)(uintptr_t)x->text.p);
    free(x->uids);
    free(x->added);
    free(x);
}

void imap_contexts_drop(struct imap_selected *sel)
{
    for (struct imap_context *x = sel->contexts, *next; x; x = next) {
        next = x->next;
        context_free(x);
    }
    sel->contexts = NULL;
}

static struct imap_context **find(struct imap_selected *sel, struct str tag)
{
    struct imap_context **at = &sel->contexts;
    while (*at && !str_eq((*at)->tag, tag))
        at = &(*at)->next;
    return at;
}

bool imap_context_cancel(struct imap_selected *sel, struct str tag)
{
    struct imap_context **at = find(sel, tag), *x = *at;
    if (!x)
        return false;
    *at = x->next;
    context_free(x);
    return true;
}

static void tell_no_update(struct imap_call *call, struct str tag, const char *why)
{
    buf_printf(&call->text, "* NO [NOUPDATE \"%.*s\"] %s\r\n", STR_ARG(tag), why);
}

static unsigned contexts_of(const struct imap_selected *sel)
{
    unsigned n = 0;
    for (const struct imap_context *x = sel->contexts; x; x = x->next)
        n++;
    return n;
}

static uint32_t *uids_of(const struct view *v, const struct imap_found *found)
{
    uint32_t *uids = calloc(found->count + (size_t)1, sizeof *uids);
    must(uids);
    for (uint32_t i = 0; i < found->count; i++)
        uids[i] = view_at(v, found->at[i]).uid;
    return uids;
}

void imap_context_keep(struct imap_session *s, struct imap_call *call,
                       const struct imap_answer *answer, struct str text)
{
    struct imap_selected *sel = s->selected;
    (void)imap_context_cancel(sel, call->tag);
    if (contexts_of(sel) == IMAP_CONTEXTS_MAX) {
        tell_no_update(call, call->tag, "Too many contexts");
    } else if (answer->search->has_places) {
        tell_no_update(call, call->tag, "Message numbers mean other messages later");
    } else if (answer->found->count > s->env->limits.context_messages ||
               text.n > IMAP_CONTEXT_TEXT_MAX) {
        tell_no_update(call, call->tag, "Too large");
    } else {
        struct imap_context *x = calloc(1, sizeof *x);
        must(x);
        *x = (struct imap_context){.next = sel->contexts,
                                   .tag = kept(call->tag),
                                   .text = kept(text),
                                   .uid = call->uid,
                                   .collation = answer->target->collation,
                                   .sorted = str_eq(answer->name, STR("SORT")),
                                   .uids = uids_of(answer->target->view, answer->found),
                                   .count = answer->found->count};
        sel->contexts = x;
    }
}

/* The command's text against the new view. */
static enum code parse(struct ctx *cx, const struct imap_context *x, const struct imap_target *t,
                       struct imap_sort *sort, struct imap_search *search)
{
    struct cur c = cur_of(x->text);
    struct str charset;
    if (!x->sorted)
        return imap_search_criteria(cx, t, &c, search);
    TRY(imap_sort_parse(cx, &c, sort));
    if (!imap_sp(&c) || !imap_astring(cx->arena, &c, &charset) || !imap_sp(&c))
        return fail(cx, E_SYNTAX, "charset expected");
    sort->search = search;
    return imap_search_keys(cx, t, &c, charset, search);
}

/* Those that came or changed; only they can match otherwise than before. */
static struct imap_bits touched(struct ctx *cx, const struct view *old, const struct view *now)
{
    struct view_difference d;
    struct imap_bits b = imap_bits_none(cx->arena, view_count(now));
    view_diff(cx, old, now, &d);
    for (uint32_t i = 0; i < d.changed_count; i++)
        imap_bits_set(&b, d.changed[i]);
    for (uint32_t at = d.added; at < b.count; at++)
        imap_bits_set(&b, at);
    return b;
}

static enum code find_now(struct ctx *cx, const struct imap_context *x, const struct view *old,
                          const struct imap_target *t, struct imap_found *found)
{
    struct imap_search search = {0};
    struct imap_sort sort = {0};
    struct imap_bits among = touched(cx, old, t->view), now;
    TRY(parse(cx, x, t, &sort, &search));
    if (search.key->cost >= IMAP_COSTS_HEADER && imap_bits_size(&among) > IMAP_CONTEXT_READS_MAX)
        return fail(cx, E_LIMIT, "too many messages changed");
    TRY(imap_search_among(cx, t, search.key, &among, &now));
    for (uint32_t i = 0; i < x->count; i++) {
        uint32_t at = view_find(t->view, x->uids[i]);
        if (at < now.count && !imap_bits_has(&among, at) && view_at(t->view, at).uid == x->uids[i])
            imap_bits_set(&now, at);
    }
    *found = imap_found_of(cx, t, &search, &now);
    if (found->count > IMAP_CONTEXT_FOUND_MAX)
        return fail(cx, E_LIMIT, "too many messages");
    return x->sorted ? imap_sort_run(cx, t, &sort, found) : OK;
}

static void start(const struct imap_context *x, struct buf *out, struct str word)
{
    buf_add(out, STR("* ESEARCH (TAG \""));
    buf_add(out, x->tag);
    buf_add(out, x->uid ? STR("\") UID ") : STR("\") "));
    buf_add(out, word);
    buf_add(out, STR(" ("));
}

static void put_pair(struct buf *out, bool more, uint32_t position, uint32_t number)
{
    if (more)
        buf_byte(out, ' ');
    buf_u64(out, position);
    buf_byte(out, ' ');
    buf_u64(out, number);
}

static uint32_t number_of(const struct imap_context *x, const struct view *v, uint32_t uid)
{
    return x->uid ? uid : view_find(v, uid) + 1;
}

/* Unsorted results have no positions: one set. Sorted ones are told one by one; taken away from the
   end, put in from the start, so that each position is right when it is read. at: places in uids.
 */
static void put_places(const struct imap_context *x, const struct view *v, const uint32_t *at,
                       uint32_t count, bool backwards, struct buf *out)
{
    struct imap_set set = {0};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t here = at[backwards && x->sorted ? count - 1 - i : i];
        uint32_t number = number_of(x, v, x->uids[here]);
        if (x->sorted)
            put_pair(out, i > 0, here + 1, number);
        else
            imap_set_add(out->arena, &set, number);
    }
    if (!x->sorted) {
        buf_add(out, STR("0 "));
        imap_set_put(out, &set, 0);
    }
    buf_add(out, STR(")\r\n"));
}

static struct imap_set set_of(struct arena *a, const uint32_t *uids, uint32_t count)
{
    uint32_t *sorted = ARENA_ARRAY(a, count, uint32_t);
    struct column_keyed *items = ARENA_ARRAY(a, count, struct column_keyed);
    struct column_keyed *spare = ARENA_ARRAY(a, count, struct column_keyed);
    struct imap_set set = {0};
    for (uint32_t i = 0; i < count; i++)
        items[i] = (struct column_keyed){uids[i], i};
    column_sort(items, spare, count);
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = (uint32_t)items[i].key;
    for (uint32_t i = 0; i < count; i++)
        imap_set_add(a, &set, sorted[i]);
    return set;
}

/* Places in a list whose uids are not in the other one. */
static uint32_t missing(struct arena *a, const uint32_t *uids, uint32_t count,
                        const struct imap_set *others, uint32_t **out)
{
    uint32_t n = 0;
    *out = ARENA_ARRAY(a, count, uint32_t);
    for (uint32_t i = 0; i < count; i++)
        if (!imap_set_has(others, uids[i]))
            (*out)[n++] = i;
    return n;
}

static void renew(struct ctx *cx, struct imap_context *x, const struct view *old,
                  const struct view *now, const struct imap_found *found, struct buf *out)
{
    struct arena *a = cx->arena;
    uint32_t *uids = uids_of(now, found), *gone, *added;
    struct imap_set before = set_of(a, x->uids, x->count), after = set_of(a, uids, found->count);
    uint32_t gone_count = missing(a, x->uids, x->count, &after, &gone);
    if (gone_count) {
        start(x, out, STR("REMOVEFROM"));
        put_places(x, old, gone, gone_count, true, out);
    }
    free(x->uids);
    x->uids = uids;
    x->count = found->count;
    x->added_count = missing(a, uids, found->count, &before, &added);
    x->added = realloc(x->added, (x->added_count + (size_t)1) * sizeof *x->added);
    must(x->added);
    memcpy(x->added, added, x->added_count * sizeof *added);
}

void imap_contexts_before(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                          const struct view *now)
{
    struct imap_selected *sel = s->selected;
    for (struct imap_context *x = sel->contexts, *next; x; x = next) {
        struct arena *arena AUTO(arena_close) = arena_open();
        struct ctx own = *cx;
        own.arena = arena;
        struct imap_target t = imap_target_of(s);
        struct imap_found found;
        next = x->next;
        t.view = now;
        t.fresh = NULL;
        t.collation = x->collation;
        if (find_now(&own, x, sel->view, &t, &found) == OK) {
            renew(&own, x, sel->view, now, &found, &call->text);
        } else {
            tell_no_update(call, x->tag, "No longer");
            (void)imap_context_cancel(sel, x->tag);
        }
    }
}

void imap_contexts_after(struct imap_session *s, struct imap_call *call)
{
    for (struct imap_context *x = s->selected->contexts; x; x = x->next) {
        if (x->added_count) {
            start(x, &call->text, STR("ADDTO"));
            put_places(x, s->selected->view, x->added, x->added_count, false, &call->text);
        }
        x->added_count = 0;
    }
}
