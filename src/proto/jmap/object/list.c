#include "proto/jmap/object/list.h"
#include "proto/jmap/object/object.h"
#include <stdlib.h>

struct sort {
    jmap_order_fn *compare;
    bool descending;
};

/* What the client asks for, and what was found. */
struct query {
    const struct jmap_lister *lister;
    const struct json_tree *filter;
    struct sort sorts[JMAP_LIST_SORTS_MAX];
    size_t sort_count;
    struct jmap_listed *found;
    size_t count;
};

static const struct jmap_condition *condition_of(const struct jmap_lister *l, struct str name)
{
    for (size_t i = 0; i < l->condition_count; i++)
        if (str_eq(l->conditions[i].name, name))
            return &l->conditions[i];
    return NULL;
}

static bool is_operator(const struct json_tree *f)
{
    return json_tree_member(f, STR("operator")) != NULL;
}

/* NULL: it can be asked; else the error. */
static const char *filter_check(const struct jmap_lister *l, const struct json_tree *f, int depth)
{
    const char *no = NULL;
    if (f->kind != TREE_OBJECT || depth > JMAP_LIST_FILTER_DEPTH_MAX)
        return "invalidArguments";
    if (is_operator(f)) {
        struct str op = json_tree_text(f, STR("operator"));
        const struct json_tree *below = json_tree_member(f, STR("conditions"));
        if (!json_tree_is(below, TREE_ARRAY) ||
            !(str_eq(op, STR("AND")) || str_eq(op, STR("OR")) || str_eq(op, STR("NOT"))))
            return "invalidArguments";
        for (size_t i = 0; !no && i < below->count; i++)
            no = filter_check(l, &below->values[i], depth + 1);
        return no;
    }
    for (size_t i = 0; i < f->count; i++) {
        const struct jmap_condition *c = condition_of(l, f->names[i]);
        if (!c)
            return "unsupportedFilter";
        if (f->values[i].kind != c->kind && f->values[i].kind != TREE_NULL)
            return "invalidArguments";
    }
    return NULL;
}

static bool fits(const struct jmap_lister *l, const struct json_tree *f,
                 const struct jmap_listed *one)
{
    if (!f)
        return true;
    if (!is_operator(f)) {
        for (size_t i = 0; i < f->count; i++)
            if (f->values[i].kind != TREE_NULL &&
                !condition_of(l, f->names[i])->fits(one, &f->values[i]))
                return false;
        return true;
    }
    const struct json_tree *below = json_tree_member(f, STR("conditions"));
    bool all = str_eq(json_tree_text(f, STR("operator")), STR("AND"));
    bool some = str_eq(json_tree_text(f, STR("operator")), STR("OR"));
    for (size_t i = 0; i < below->count; i++)
        if (fits(l, &below->values[i], one) != all)
            return some;
    return !some;
}

static const char *sort_read(struct query *q, const struct json_tree *list)
{
    const struct jmap_lister *l = q->lister;
    if (list && list->count > JMAP_LIST_SORTS_MAX)
        return "unsupportedSort";
    for (size_t i = 0; list && i < list->count; i++) {
        struct str name = json_tree_text(&list->values[i], STR("property"));
        const struct json_tree *up = json_tree_member(&list->values[i], STR("isAscending"));
        if (!name.n || (up && up->kind != TREE_BOOL))
            return "invalidArguments";
        struct sort *s = &q->sorts[q->sort_count];
        for (size_t k = 0; k < l->order_count; k++)
            if (str_eq(l->orders[k].name, name))
                *s = (struct sort){l->orders[k].compare, up && !up->truth};
        if (!s->compare)
            return "unsupportedSort";
        q->sort_count++;
    }
    return NULL;
}

static int compare(const void *a, const void *b, void *arg)
{
    const struct query *q = arg;
    for (size_t i = 0; i < q->sort_count; i++) {
        int order = q->sorts[i].compare(a, b);
        if (order)
            return q->sorts[i].descending ? -order : order;
    }
    return 0;
}

/* Opens the account, reads filter and sort, finds. */
static enum code run(struct ctx *cx, struct jmap_call *call, struct query *q)
{
    const struct json_tree *sort;
    struct jmap_listed *all;
    size_t count;
    TRY(jmap_account_open(cx, call));
    if (!call->error && !q->lister->any_account)
        TRY(jmap_own_only(cx, call));
    if (call->error)
        return OK;
    if (!jmap_arg(call, STR("filter"), TREE_OBJECT, &q->filter) ||
        !jmap_arg(call, STR("sort"), TREE_ARRAY, &sort))
        return jmap_refuse(call, "invalidArguments", "filter or sort");
    const char *no = q->filter ? filter_check(q->lister, q->filter, 0) : NULL;
    if (!no)
        no = sort_read(q, sort);
    if (no)
        return jmap_refuse(call, no, NULL);
    TRY(q->lister->all(cx, call, &all, &count));
    q->found = all;
    for (size_t i = 0; i < count; i++)
        if (fits(q->lister, q->filter, &all[i]))
            q->found[q->count++] = all[i];
    if (q->sort_count && q->count)
        qsort_r(q->found, q->count, sizeof *q->found, compare, q);
    return OK;
}

static size_t index_of(const struct query *q, struct str id)
{
    size_t i = 0;
    while (i < q->count && !str_eq(q->found[i].id, id))
        i++;
    return i;
}

struct page {
    size_t from, limit;
    bool total, limited;
};

/* RFC 8620 section 5.5: an anchor goes before a position, which may count from the end. -1: there
   is no such anchor. */
static int64_t place_of(const struct query *q, const struct json_tree *position,
                        const struct json_tree *anchor, const struct json_tree *offset)
{
    int64_t from = position ? position->integer : 0, most = (int64_t)q->count;
    if (!anchor)
        return from < -most ? 0 : from < 0 ? most + from : from > most ? most : from;
    from = (int64_t)index_of(q, anchor->text);
    if (from == most)
        return -1;
    int64_t by = offset ? offset->integer : 0;
    return by < -from ? 0 : by > most - from ? most : from + by;
}

static enum code page_read(struct jmap_call *call, const struct query *q, struct page *out)
{
    const struct json_tree *position, *anchor, *offset, *limit, *total;
    if (!jmap_arg(call, STR("position"), TREE_INTEGER, &position) ||
        !jmap_arg(call, STR("anchor"), TREE_STRING, &anchor) ||
        !jmap_arg(call, STR("anchorOffset"), TREE_INTEGER, &offset) ||
        !jmap_arg(call, STR("limit"), TREE_INTEGER, &limit) ||
        !jmap_arg(call, STR("calculateTotal"), TREE_BOOL, &total) || (limit && limit->integer < 0))
        return jmap_refuse(call, "invalidArguments", "position, anchor or limit");
    int64_t from = place_of(q, position, anchor, offset);
    if (from < 0)
        return jmap_refuse(call, "anchorNotFound", NULL);
    out->from = (size_t)from;
    out->limit = limit && limit->integer < JMAP_GET_MAX ? (size_t)limit->integer : JMAP_GET_MAX;
    out->limited = !limit || limit->integer > JMAP_GET_MAX;
    out->total = total && total->truth;
    return OK;
}

enum code jmap_list_query(struct ctx *cx, struct jmap_call *call, const struct jmap_lister *lister)
{
    struct query q = {.lister = lister};
    struct page page = {0};
    struct json *j = &call->out;
    struct str state;
    TRY(run(cx, call, &q));
    if (!call->error)
        TRY(page_read(call, &q, &page));
    if (call->error)
        return OK;
    state = jmap_state(cx->arena, call);
    if (lister->state)
        TRY(lister->state(cx, call, &state));
    json_key(j, "accountId");
    json_str(j, jmap_account_id(cx->arena, call->account));
    json_key(j, "queryState");
    json_str(j, state);
    json_key(j, "canCalculateChanges");
    json_bool(j, lister->changed != NULL);
    json_key(j, "position");
    json_u64(j, page.from);
    json_key(j, "ids");
    json_array(j);
    for (size_t i = page.from; i < q.count && i - page.from < page.limit; i++)
        json_str(j, q.found[i].id);
    json_array_end(j);
    if (page.total) {
        json_key(j, "total");
        json_u64(j, q.count);
    }
    if (page.limited) {
        json_key(j, "limit");
        json_u64(j, page.limit);
    }
    return OK;
}

/* What changed is taken out and, if it still fits, put in where it is now (section 5.6). */
static void put_changes(struct ctx *cx, struct jmap_call *call, const struct query *q,
                        const struct jmap_changed *changed)
{
    struct json *j = &call->out;
    json_key(j, "removed");
    json_array(j);
    for (size_t i = 0; i < changed->count; i++)
        if (changed->at[i].how != JMAP_CREATED)
            json_str(j, q->lister->id_of(cx->arena, call, changed->at[i].key));
    json_array_end(j);
    json_key(j, "added");
    json_array(j);
    for (size_t i = 0; i < q->count; i++) {
        bool is_new = false;
        for (size_t k = 0; k < changed->count && !is_new; k++)
            is_new = str_eq(q->found[i].id, q->lister->id_of(cx->arena, call, changed->at[k].key));
        if (!is_new)
            continue;
        json_object(j);
        json_key(j, "id");
        json_str(j, q->found[i].id);
        json_key(j, "index");
        json_u64(j, i);
        json_object_end(j);
    }
    json_array_end(j);
}

enum code jmap_list_query_changes(struct ctx *cx, struct jmap_call *call,
                                  const struct jmap_lister *lister)
{
    const struct json_tree *since, *max, *total;
    struct query q = {.lister = lister};
    struct jmap_changed changed = {.max = SIZE_MAX};
    TRY(run(cx, call, &q));
    if (call->error)
        return OK;
    if (!jmap_arg(call, STR("sinceQueryState"), TREE_STRING, &since) || !since ||
        !jmap_arg(call, STR("maxChanges"), TREE_INTEGER, &max) || (max && max->integer <= 0) ||
        !jmap_arg(call, STR("calculateTotal"), TREE_BOOL, &total))
        return jmap_refuse(call, "invalidArguments", NULL);
    if (!lister->changed || !jmap_since_of(call, since->text, &changed.since))
        return jmap_refuse(call, "cannotCalculateChanges", NULL);
    enum code code = lister->changed(cx, call, &changed);
    if (code == E_NOT_FOUND)
        return jmap_refuse(call, "cannotCalculateChanges", NULL);
    TRY(code);
    if (max && changed.count > (size_t)max->integer)
        return jmap_refuse(call, "tooManyChanges", NULL);
    json_key(&call->out, "accountId");
    json_str(&call->out, jmap_account_id(cx->arena, call->account));
    json_key(&call->out, "oldQueryState");
    json_str(&call->out, since->text);
    json_key(&call->out, "newQueryState");
    json_str(&call->out, jmap_state(cx->arena, call));
    if (total && total->truth) {
        json_key(&call->out, "total");
        json_u64(&call->out, q.count);
    }
    put_changes(cx, call, &q, &changed);
    return OK;
}
