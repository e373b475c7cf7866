/* Annotations that are searched and sorted by: one walk over those of the account's messages. */
#include "base/arena.h"
#include "format/utf8.h"
#include "proto/imap/annotate/annotate.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/metadata/metadata.h"
#include "proto/imap/wire/parse.h"

struct hit {
    item_id id;
    struct str value;
    uint32_t rank;
};

struct hits {
    struct hit *at;
    size_t count, room;
};

static void add(struct ctx *cx, struct hits *all, item_id id, struct str value)
{
    if (all->count == all->room) {
        size_t more = all->room ? all->room * 2 : 64;
        all->at =
            arena_grow(cx->arena, all->at, all->room * sizeof *all->at, more * sizeof *all->at);
        all->room = more;
    }
    all->at[all->count++] = (struct hit){.id = id, .value = value};
}

static const struct hit *hit_of(const struct hits *all, item_id id)
{
    size_t low = 0, high = all->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (all->at[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < all->count && all->at[low].id == id ? &all->at[low] : NULL;
}

struct wish {
    struct str entry;    /* a pattern */
    uint32_t attributes; /* IMAP_NOTE_VALUE_... */
    struct str text;     /* as utf8_search makes it */
    bool keeps;          /* the values, for sorting */
};

static bool is_wanted(struct ctx *cx, const struct imap_target *t, const struct wish *wish,
                      const struct annotation *row)
{
    uint32_t kind = row->reader ? IMAP_NOTE_VALUE_PRIV : IMAP_NOTE_VALUE_SHARED;
    if (row->removed || (row->reader && row->reader != t->reader) || !(wish->attributes & kind) ||
        !imap_match(wish->entry, row->name))
        return false;
    return !wish->text.n || str_find(utf8_search(cx->arena, row->value), wish->text) != SIZE_MAX;
}

/* By id, as the walk goes. */
static enum code collect(struct ctx *cx, const struct imap_target *t, const struct wish *wish,
                         struct hits *out)
{
    struct annotation row = {0};
    struct annotation_walk *w AUTO(annotation_walk_close) =
        annotation_walk(cx, t->core, view_account(t->view), ANNOTATION_OF_ITEM);
    while (annotation_next(w, &row))
        if (is_wanted(cx, t, wish, &row) &&
            (!out->count || out->at[out->count - 1].id != row.owner))
            add(cx, out, row.owner,
                wish->keeps ? utf8_casemap(cx->arena, row.value) : (struct str){0});
    return annotation_walk_error(w);
}

enum code imap_notes_search(struct ctx *cx, const struct imap_target *t, struct cur *c,
                            struct imap_set *out, bool *lacks)
{
    struct str word, text;
    struct wish wish = {0};
    struct hits hits = {0};
    if (!imap_sp(c) || !imap_pattern(cx->arena, c, &wish.entry) || !imap_sp(c) ||
        !imap_astring(cx->arena, c, &word) || !imap_sp(c))
        return fail(cx, E_SYNTAX, "an entry, an attribute and a value expected");
    bool both = str_ieq(word, STR("value"));
    if (both || str_ieq(word, STR("value.priv")))
        wish.attributes |= IMAP_NOTE_VALUE_PRIV;
    if (both || str_ieq(word, STR("value.shared")))
        wish.attributes |= IMAP_NOTE_VALUE_SHARED;
    if (!wish.attributes || !imap_meta_value(cx->arena, c, &text, lacks))
        return fail(cx, E_SYNTAX, "an entry, an attribute and a value expected");
    wish.entry = str_lower(cx->arena, wish.entry);
    wish.text = utf8_search(cx->arena, text);
    TRY(collect(cx, t, &wish, &hits));
    *out = (struct imap_set){0};
    for (uint32_t at = 0; hits.count && at < view_count(t->view); at++)
        if (hit_of(&hits, view_at(t->view, at).id))
            imap_set_add(cx->arena, out, at);
    return OK;
}

static int by_value(const void *a, const void *b)
{
    const struct hit *const *x = a, *const *y = b;
    return str_cmp((*x)->value, (*y)->value);
}

enum code imap_notes_ranks(struct ctx *cx, const struct imap_target *t,
                           const struct imap_notes_sort *by, uint32_t **ranks, uint32_t *limit)
{
    struct wish wish = {.entry = by->entry,
                        .attributes = by->shared ? IMAP_NOTE_VALUE_SHARED : IMAP_NOTE_VALUE_PRIV,
                        .keeps = true};
    struct hits hits = {0};
    TRY(collect(cx, t, &wish, &hits));
    struct hit **order = ARENA_ARRAY(cx->arena, hits.count + 1, struct hit *);
    for (size_t i = 0; i < hits.count; i++)
        order[i] = &hits.at[i];
    qsort(order, hits.count, sizeof(struct hit *), by_value);
    uint32_t rank = 0;
    for (size_t i = 0; i < hits.count; i++)
        order[i]->rank = i && str_eq(order[i]->value, order[i - 1]->value) ? rank : ++rank;
    *ranks = ARENA_ARRAY(cx->arena, view_count(t->view), uint32_t);
    for (uint32_t at = 0; hits.count && at < view_count(t->view); at++) {
        const struct hit *hit = hit_of(&hits, view_at(t->view, at).id);
        (*ranks)[at] = hit ? hit->rank : 0;
    }
    *limit = rank;
    return OK;
}
