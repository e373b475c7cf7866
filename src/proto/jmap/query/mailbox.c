/* Mailbox/query and Mailbox/queryChanges (RFC 8621 sections 2.3 and 2.4). */
#include "proto/jmap/mailbox.h"
#include "format/collation/collation.h"
#include "format/utf8.h"
#include "proto/jmap/changes.h"
#include "proto/jmap/query/filter.h"
#include "proto/jmap/query/page.h"
#include <stdlib.h>

enum { SORTS_MAX = 10 };

struct box {
    const struct folder_facts *facts;
    size_t parent, depth; /* SIZE_MAX: at the top, or the parent may not be seen */
    struct str key;       /* of its name, for sorting */
    bool found;
};

enum by { BY_ORDER, BY_NAME, BY_PARENT };

struct find {
    struct ctx *cx;
    struct jmap_call *call;
    const struct json_tree *filter;
    bool sort_tree, filter_tree;
    struct {
        enum by by;
        bool descending;
    } sorts[SORTS_MAX];
    size_t sort_count;
    enum collation collation;
    struct box *boxes; /* all that may be seen, parents before children */
    size_t count;
    enum code code;
};

static bool is_text_or_null(const struct json_tree *v)
{
    return v->kind == TREE_STRING || v->kind == TREE_NULL;
}

static const char *condition_error(struct str name, const struct json_tree *v)
{
    bool good;
    if (str_eq(name, STR("parentId")) || str_eq(name, STR("role")))
        good = is_text_or_null(v);
    else if (str_eq(name, STR("name")))
        good = v->kind == TREE_STRING;
    else if (str_eq(name, STR("hasAnyRole")) || str_eq(name, STR("isSubscribed")))
        good = v->kind == TREE_BOOL;
    else
        return "unsupportedFilter";
    return good ? NULL : "invalidArguments";
}

static const char *filter_error(const struct json_tree *f, unsigned depth)
{
    struct str joined = json_tree_text(f, STR("operator"));
    const struct json_tree *parts = json_tree_member(f, STR("conditions"));
    const char *error = NULL;
    if (f->kind != TREE_OBJECT)
        return "invalidArguments";
    if (depth == JMAP_FILTER_DEPTH_MAX)
        return "unsupportedFilter";
    if (!json_tree_member(f, STR("operator"))) {
        for (size_t i = 0; i < f->count && !error; i++)
            error = condition_error(f->names[i], &f->values[i]);
        return error;
    }
    if (!json_tree_is(parts, TREE_ARRAY) ||
        (!str_eq(joined, STR("AND")) && !str_eq(joined, STR("OR")) && !str_eq(joined, STR("NOT"))))
        return "invalidArguments";
    for (size_t i = 0; i < parts->count && !error; i++)
        error = filter_error(&parts->values[i], depth + 1);
    return error;
}

static bool has_parent(const struct find *f, const struct box *box, const struct json_tree *v)
{
    folder_id folder;
    if (v->kind == TREE_NULL)
        return box->parent == SIZE_MAX;
    return jmap_mailbox_of(f->call, v->text, &folder) && box->parent != SIZE_MAX &&
           f->boxes[box->parent].facts->id == folder;
}

static bool condition(struct find *f, const struct box *box, struct str name,
                      const struct json_tree *v)
{
    struct str role = role_row(box->facts->role)->jmap_role;
    bool subscribed = false;
    if (str_eq(name, STR("parentId")))
        return has_parent(f, box, v);
    if (str_eq(name, STR("role")))
        return v->kind == TREE_NULL ? !role.n : role.n && str_eq(role, v->text);
    if (str_eq(name, STR("hasAnyRole")))
        return (role.n != 0) == v->truth;
    if (str_eq(name, STR("name"))) {
        struct str needle = utf8_search(f->cx->arena, v->text);
        return str_find(utf8_search(f->cx->arena, box->facts->name), needle) != SIZE_MAX;
    }
    enum code code = jmap_mailbox_subscribed(f->cx, f->call, box->facts, &subscribed);
    if (code != OK)
        f->code = code;
    return subscribed == v->truth;
}

static bool fits(struct find *f, const struct box *box, const struct json_tree *filter)
{
    struct str joined = json_tree_text(filter, STR("operator"));
    const struct json_tree *parts = json_tree_member(filter, STR("conditions"));
    bool all = true, any = false;
    for (size_t i = 0; !parts && i < filter->count; i++)
        if (!condition(f, box, filter->names[i], &filter->values[i]))
            return false;
    if (!parts)
        return true;
    for (size_t i = 0; i < parts->count; i++) {
        bool yes = fits(f, box, &parts->values[i]);
        all &= yes;
        any |= yes;
    }
    return str_eq(joined, STR("AND")) ? all : str_eq(joined, STR("OR")) ? any : !any;
}

static const char *sort_read(struct find *f, const struct json_tree *in)
{
    static const struct str names[] = {
        [BY_ORDER] = STR("sortOrder"), [BY_NAME] = STR("name"), [BY_PARENT] = STR("parentId")};
    struct str name = json_tree_text(in, STR("property"));
    const struct json_tree *up = json_tree_member(in, STR("isAscending"));
    const struct json_tree *collation = json_tree_member(in, STR("collation"));
    unsigned by = 0, c = 0;
    if (in->kind != TREE_OBJECT || (up && up->kind != TREE_BOOL) || !name.n)
        return "invalidArguments";
    while (by <= BY_PARENT && !str_eq(names[by], name))
        by++;
    while (collation && c < COLLATION_COUNT &&
           !str_eq(collation_name((enum collation)c), collation->text))
        c++;
    if (by > BY_PARENT || c == COLLATION_COUNT || f->sort_count == SORTS_MAX)
        return "unsupportedSort";
    if (collation)
        f->collation = (enum collation)c;
    f->sorts[f->sort_count].by = (enum by)by;
    f->sorts[f->sort_count++].descending = up && !up->truth;
    return NULL;
}

static const char *read_find(struct find *f)
{
    const struct json_tree *sort, *sort_tree, *filter_tree;
    const char *error = NULL;
    if (!jmap_arg(f->call, STR("filter"), TREE_OBJECT, &f->filter) ||
        !jmap_arg(f->call, STR("sort"), TREE_ARRAY, &sort) ||
        !jmap_arg(f->call, STR("sortAsTree"), TREE_BOOL, &sort_tree) ||
        !jmap_arg(f->call, STR("filterAsTree"), TREE_BOOL, &filter_tree))
        return "invalidArguments";
    f->sort_tree = sort_tree && sort_tree->truth;
    f->filter_tree = filter_tree && filter_tree->truth;
    if (f->filter)
        error = filter_error(f->filter, 0);
    for (size_t i = 0; sort && i < sort->count && !error; i++)
        error = sort_read(f, &sort->values[i]);
    return error;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static folder_id parent_of(const struct find *f, const struct box *box)
{
    return box->parent == SIZE_MAX ? 0 : f->boxes[box->parent].facts->id;
}

/* Brothers, or any two when there is no tree; by the id in the end. */
static int compare(const struct find *f, const struct box *a, const struct box *b)
{
    for (size_t i = 0; i < f->sort_count; i++) {
        int order =
            f->sorts[i].by == BY_NAME ? str_cmp(a->key, b->key)
            : f->sorts[i].by == BY_ORDER
                ? compare_numbers(jmap_mailbox_order(a->facts), jmap_mailbox_order(b->facts))
                : compare_numbers(parent_of(f, a), parent_of(f, b));
        if (order)
            return f->sorts[i].descending ? -order : order;
    }
    return compare_numbers(a->facts->id, b->facts->id);
}

static int by_tree(const void *left, const void *right, void *self)
{
    const struct find *f = self;
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    if (!f->sort_tree || a == b)
        return compare(f, &f->boxes[a], &f->boxes[b]);
    int deeper = compare_numbers(f->boxes[a].depth, f->boxes[b].depth);
    while (f->boxes[a].depth > f->boxes[b].depth)
        a = f->boxes[a].parent;
    while (f->boxes[b].depth > f->boxes[a].depth)
        b = f->boxes[b].parent;
    if (a == b)
        return deeper;
    while (f->boxes[a].parent != f->boxes[b].parent) {
        a = f->boxes[a].parent;
        b = f->boxes[b].parent;
    }
    return compare(f, &f->boxes[a], &f->boxes[b]);
}

static void gather(struct find *f)
{
    size_t folders = account_folder_count(f->call->folders);
    f->boxes = ARENA_ARRAY(f->cx->arena, folders + 1, struct box);
    for (size_t i = 0; i < folders; i++) {
        const struct folder_facts *facts = account_folder(f->call->folders, i);
        if (!jmap_folder(f->call, facts->id, 0))
            continue;
        struct box *box = &f->boxes[f->count];
        *box = (struct box){.facts = facts, .parent = SIZE_MAX};
        for (size_t k = f->count; k && facts->parent && box->parent == SIZE_MAX; k--)
            if (f->boxes[k - 1].facts->id == facts->parent)
                box->parent = k - 1;
        if (box->parent != SIZE_MAX)
            box->depth = f->boxes[box->parent].depth + 1;
        box->key = collation_key(f->cx->arena, f->collation, facts->name);
        f->count++;
    }
}

static bool key_of(const struct jmap_call *call, struct str id, uint64_t *key)
{
    folder_id folder;
    if (!jmap_mailbox_of(call, id, &folder))
        return false;
    *key = folder;
    return true;
}

static enum code find(struct find *f, struct jmap_results *out)
{
    size_t n = 0;
    gather(f);
    size_t *found = ARENA_ARRAY(f->cx->arena, f->count + 1, size_t);
    uint64_t *ids = ARENA_ARRAY(f->cx->arena, f->count + 1, uint64_t);
    for (size_t i = 0; i < f->count; i++) {
        struct box *box = &f->boxes[i];
        box->found = !f->filter || fits(f, box, f->filter);
        if (f->filter_tree && box->parent != SIZE_MAX)
            box->found &= f->boxes[box->parent].found;
        if (box->found)
            found[n++] = i;
    }
    if (n)
        qsort_r(found, n, sizeof *found, by_tree, f);
    for (size_t i = 0; i < n; i++)
        ids[i] = f->boxes[found[i]].facts->id;
    *out = (struct jmap_results){
        .at = ids,
        .count = n,
        .total = n,
        .can_change = f->call->own, /* a subscription of another's is no change there */
        .key_of = key_of,
        .id_of = jmap_mailbox_type.id_of};
    return f->code;
}

enum code jmap_mailbox_query(struct ctx *cx, struct jmap_call *call)
{
    struct find f = {.cx = cx, .call = call};
    struct jmap_page page;
    struct jmap_results results;
    TRY(jmap_account_open(cx, call));
    if (call->error)
        return OK;
    const char *error = read_find(&f);
    if (!error)
        error = jmap_page_read(call, &page);
    if (error)
        return jmap_refuse(call, error, NULL);
    TRY(find(&f, &results));
    return jmap_page_put(cx, call, &page, &results);
}

/* Itself, or one above it: it moves with that. */
static bool has_changed(const struct find *f, size_t box, uint64_t since)
{
    for (; box != SIZE_MAX; box = f->boxes[box].parent)
        if (f->boxes[box].facts->own_modseq > since)
            return true;
    return false;
}

static enum code move(struct find *f, const struct jmap_query_since *since,
                      const struct jmap_changed *changed)
{
    struct jmap_results r;
    size_t removed = 0, count = 0;
    TRY(find(f, &r));
    uint64_t *out = ARENA_ARRAY(f->cx->arena, f->count + changed->count + 1, uint64_t);
    uint32_t *added = ARENA_ARRAY(f->cx->arena, r.count + 1, uint32_t);
    bool *moved = ARENA_ARRAY(f->cx->arena, f->count + 1, bool);
    for (size_t i = 0; i < changed->count; i++)
        if (changed->at[i].how == JMAP_DESTROYED)
            out[removed++] = changed->at[i].key;
    for (size_t i = 0; i < f->count; i++) {
        moved[i] = has_changed(f, i, changed->since.number);
        if (moved[i])
            out[removed++] = f->boxes[i].facts->id;
    }
    for (size_t i = 0; i < r.count; i++)
        for (size_t k = 0; k < f->count; k++)
            if (moved[k] && f->boxes[k].facts->id == r.at[i])
                added[count++] = (uint32_t)i;
    struct jmap_moved m = {out, removed, added, count};
    return jmap_moved_put(f->cx, f->call, since, &r, &m);
}

enum code jmap_mailbox_query_changes(struct ctx *cx, struct jmap_call *call)
{
    struct find f = {.cx = cx, .call = call};
    struct jmap_query_since since;
    struct jmap_changed changed = {.max = SIZE_MAX};
    TRY(jmap_account_open(cx, call));
    if (call->error)
        return OK;
    const char *error = read_find(&f);
    if (!error)
        error = jmap_query_since_read(call, &since);
    if (error)
        return jmap_refuse(call, error, NULL);
    if (!call->own || !jmap_since_of(call, since.state, &changed.since))
        return jmap_refuse(call, "cannotCalculateChanges", NULL);
    enum code code = jmap_mailbox_changed(cx, call, &changed);
    if (code == OK)
        code = move(&f, &since, &changed);
    return code == E_NOT_FOUND ? jmap_refuse(call, "cannotCalculateChanges", NULL) : code;
}
