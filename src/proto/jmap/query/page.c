#include "proto/jmap/query/page.h"

const char *jmap_page_read(const struct jmap_call *call, struct jmap_page *out)
{
    const struct json_tree *position, *limit, *total, *anchor, *offset;
    if (!jmap_arg(call, STR("position"), TREE_INTEGER, &position) ||
        !jmap_arg(call, STR("limit"), TREE_INTEGER, &limit) ||
        !jmap_arg(call, STR("calculateTotal"), TREE_BOOL, &total) ||
        !jmap_arg(call, STR("anchor"), TREE_STRING, &anchor) ||
        !jmap_arg(call, STR("anchorOffset"), TREE_INTEGER, &offset) ||
        (limit && limit->integer < 0))
        return "invalidArguments";
    *out = (struct jmap_page){.position = position ? position->integer : 0,
                              .anchored = anchor,
                              .anchor = anchor ? anchor->text : (struct str){0},
                              .anchor_offset = offset ? offset->integer : 0,
                              .limit = JMAP_QUERY_MAX,
                              .total = total && total->truth};
    out->limited = !limit || limit->integer > JMAP_QUERY_MAX;
    if (!out->limited)
        out->limit = (size_t)limit->integer;
    return NULL;
}

size_t jmap_page_first(const struct jmap_page *page)
{
    if (page->anchored || page->position < 0)
        return SIZE_MAX;
    return (size_t)page->position + page->limit;
}

/* Where the page begins; false when the anchor is not among the results. Numbers of JSON are below
   2^53, so sums fit. */
static bool begin(const struct jmap_call *call, const struct jmap_page *page,
                  const struct jmap_results *r, int64_t *out)
{
    int64_t from = page->position + (page->position < 0 ? (int64_t)r->count : 0);
    uint64_t key;
    size_t at = 0;
    if (page->anchored) {
        if (!r->key_of(call, page->anchor, &key))
            return false;
        while (at < r->count && r->at[at] != key)
            at++;
        if (at == r->count)
            return false;
        from = (int64_t)at + page->anchor_offset;
    }
    *out = from < 0 ? 0 : from;
    return true;
}

enum code jmap_page_put(struct ctx *cx, struct jmap_call *call, const struct jmap_page *page,
                        const struct jmap_results *r)
{
    struct json *j = &call->out;
    int64_t from;
    if (!begin(call, page, r, &from))
        return jmap_refuse(call, "anchorNotFound", NULL);
    json_key(j, "accountId");
    json_str(j, jmap_account_id(cx->arena, call->account));
    json_key(j, "queryState");
    json_str(j, jmap_state(cx->arena, call));
    json_key(j, "canCalculateChanges");
    json_bool(j, r->can_change);
    json_key(j, "position");
    json_i64(j, from);
    json_key(j, "ids");
    json_array(j);
    for (size_t i = (size_t)from, n = 0; i < r->count && n < page->limit; i++, n++)
        json_str(j, r->id_of(cx->arena, call, r->at[i]));
    json_array_end(j);
    if (page->total) {
        json_key(j, "total");
        json_u64(j, r->total);
    }
    if (page->limited) {
        json_key(j, "limit");
        json_u64(j, page->limit);
    }
    return OK;
}

const char *jmap_query_since_read(const struct jmap_call *call, struct jmap_query_since *out)
{
    const struct json_tree *state, *max, *up_to, *total;
    if (!jmap_arg(call, STR("sinceQueryState"), TREE_STRING, &state) || !state ||
        !jmap_arg(call, STR("maxChanges"), TREE_INTEGER, &max) ||
        !jmap_arg(call, STR("upToId"), TREE_STRING, &up_to) ||
        !jmap_arg(call, STR("calculateTotal"), TREE_BOOL, &total) || (max && max->integer <= 0))
        return "invalidArguments";
    *out = (struct jmap_query_since){.state = state->text,
                                     .max = JMAP_QUERY_MAX,
                                     .total = total && total->truth,
                                     .bounded = up_to,
                                     .up_to = up_to ? up_to->text : (struct str){0}};
    if (max && max->integer < JMAP_QUERY_MAX)
        out->max = (size_t)max->integer;
    return NULL;
}

enum code jmap_moved_put(struct ctx *cx, struct jmap_call *call,
                         const struct jmap_query_since *since, const struct jmap_results *r,
                         const struct jmap_moved *m)
{
    struct json *j = &call->out;
    if (m->removed_count + m->added_count > since->max)
        return jmap_refuse(call, "tooManyChanges", NULL);
    json_key(j, "accountId");
    json_str(j, jmap_account_id(cx->arena, call->account));
    json_key(j, "oldQueryState");
    json_str(j, since->state);
    json_key(j, "newQueryState");
    json_str(j, jmap_state(cx->arena, call));
    if (since->total) {
        json_key(j, "total");
        json_u64(j, r->total);
    }
    json_key(j, "removed");
    json_array(j);
    for (size_t i = 0; i < m->removed_count; i++)
        json_str(j, r->id_of(cx->arena, call, m->removed[i]));
    json_array_end(j);
    json_key(j, "added");
    json_array(j);
    for (size_t i = 0; i < m->added_count; i++) {
        json_object(j);
        json_key(j, "id");
        json_str(j, r->id_of(cx->arena, call, r->at[m->added[i]]));
        json_key(j, "index");
        json_u64(j, m->added[i]);
        json_object_end(j);
    }
    json_array_end(j);
    return OK;
}
