/* Email/query (RFC 8621 section 4.4), over the columns that searching has in memory. */
#include "core/columns/columns.h"
#include "format/date.h"
#include "format/summary.h"
#include "proto/jmap/email/email.h"
#include <stdlib.h>

struct found {
    int64_t received_ms;
    item_id id;
};

struct query {
    const struct json_tree *filter;
    bool ascending;
    struct found *at;
    size_t count, room;
};

/* One message that a filter looks at. */
struct candidate {
    const struct view *view;
    struct view_row row;
    int64_t received_ms;
    uint64_t size;
    bool attachment;
};

const struct jmap_flag jmap_flags[JMAP_FLAGS] = {
    {STR("$seen"), FLAG_SEEN},
    {STR("$answered"), FLAG_ANSWERED},
    {STR("$flagged"), FLAG_FLAGGED},
    {STR("$draft"), FLAG_DRAFT},
};

static bool has_keyword(const struct candidate *c, struct str name)
{
    for (size_t i = 0; i < JMAP_FLAGS; i++)
        if (str_ieq(jmap_flags[i].name, name))
            return c->row.flags & jmap_flags[i].flag;
    int bit = view_keyword_bit(c->view, name);
    return bit >= 0 && (c->row.keywords >> bit & 1);
}

static int64_t date_of(const struct json_tree *v)
{
    struct date d = {0};
    (void)date_parse(v->text, &d);
    return d.utc_ms;
}

static bool matches_one(const struct jmap_call *call, struct str name, const struct json_tree *v,
                        const struct candidate *c)
{
    folder_id folder;
    if (str_eq(name, STR("inMailbox")))
        return jmap_mailbox_of(call, v->text, &folder) && folder == view_folder(c->view);
    if (str_eq(name, STR("hasKeyword")))
        return has_keyword(c, v->text);
    if (str_eq(name, STR("notKeyword")))
        return !has_keyword(c, v->text);
    if (str_eq(name, STR("before")))
        return c->received_ms < date_of(v);
    if (str_eq(name, STR("after")))
        return c->received_ms >= date_of(v);
    if (str_eq(name, STR("minSize")))
        return c->size >= (uint64_t)v->integer;
    if (str_eq(name, STR("maxSize")))
        return c->size < (uint64_t)v->integer;
    return c->attachment == v->truth; /* hasAttachment: no other passed filter_check */
}

/* Every operator in it has at least what filter_check lets through. */
static bool matches(const struct jmap_call *call, const struct json_tree *f,
                    const struct candidate *c)
{
    struct str operator= json_tree_text(f, STR("operator"));
    const struct json_tree *parts = json_tree_member(f, STR("conditions"));
    bool all = true, any = false;
    for (size_t i = 0; !parts && i < f->count; i++)
        if (!matches_one(call, f->names[i], &f->values[i], c))
            return false;
    if (!parts)
        return true;
    for (size_t i = 0; i < parts->count; i++) {
        bool yes = matches(call, &parts->values[i], c);
        all &= yes;
        any |= yes;
    }
    return str_eq(operator, STR("AND")) ? all : str_eq(operator, STR("OR")) ? any : !any;
}

static const struct {
    struct str name;
    enum tree_kind kind;
} conditions[] = {
    {STR("inMailbox"), TREE_STRING},  {STR("hasKeyword"), TREE_STRING},
    {STR("notKeyword"), TREE_STRING}, {STR("before"), TREE_STRING},
    {STR("after"), TREE_STRING},      {STR("minSize"), TREE_INTEGER},
    {STR("maxSize"), TREE_INTEGER},   {STR("hasAttachment"), TREE_BOOL},
};

/* NULL: fine; else the error. */
static const char *condition_error(struct str name, const struct json_tree *v)
{
    struct date d;
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
        if (!str_eq(conditions[i].name, name))
            continue;
        bool is_date = str_eq(name, STR("before")) || str_eq(name, STR("after"));
        bool good = v->kind == conditions[i].kind && (!is_date || date_parse(v->text, &d)) &&
                    (v->kind != TREE_INTEGER || v->integer >= 0);
        return good ? NULL : "invalidArguments";
    }
    return "unsupportedFilter";
}

static const char *filter_error(const struct json_tree *f, unsigned depth)
{
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
    struct str operator= json_tree_text(f, STR("operator"));
    const struct json_tree *parts = json_tree_member(f, STR("conditions"));
    if (!json_tree_is(parts, TREE_ARRAY) ||
        (!str_eq(operator, STR("AND")) && !str_eq(operator, STR("OR")) &&
         !str_eq(operator, STR("NOT"))))
        return "invalidArguments";
    for (size_t i = 0; i < parts->count && !error; i++)
        error = filter_error(&parts->values[i], depth + 1);
    return error;
}

static void keep(struct ctx *cx, struct query *q, const struct candidate *c)
{
    if (q->count == q->room) {
        size_t room = q->room ? q->room * 2 : 256;
        q->at = arena_grow(cx->arena, q->at, q->count * sizeof *q->at, room * sizeof *q->at);
        q->room = room;
    }
    q->at[q->count++] = (struct found){c->received_ms, c->row.id};
}

static enum code look_in(struct ctx *cx, struct jmap_call *call, struct query *q, struct view *v)
{
    uint16_t rows[COLUMN_UIDS];
    for (uint32_t place = 0; place < view_count(v);) {
        struct column *k AUTO(column_unref) = NULL;
        struct column_span span = column_span(v, place);
        TRY(column_get(cx, call->env->core, v, &span, COLUMN_FACTS, &k));
        column_rows(k, v, &span, rows);
        for (; place < span.end; place++) {
            uint16_t row = rows[place - span.first];
            if (row == COLUMN_GONE)
                continue;
            const struct column_facts *f = column_facts(k, row);
            const struct candidate c = {.view = v,
                                        .row = view_at(v, place),
                                        .received_ms = f->received_ms,
                                        .size = f->size,
                                        .attachment = f->flags & SUMMARY_HAS_ATTACHMENT};
            if (!q->filter || matches(call, q->filter, &c))
                keep(cx, q, &c);
        }
    }
    return OK;
}

/* Only one mailbox is looked at when the filter says so at its top. */
static enum code look(struct ctx *cx, struct jmap_call *call, struct query *q)
{
    struct str in = json_tree_text(q->filter, STR("inMailbox"));
    for (size_t i = 0; i < account_folder_count(call->folders); i++) {
        folder_id id = account_folder(call->folders, i)->id, only;
        struct view *v;
        if (!jmap_folder(call, id, RIGHT_READ) ||
            (in.n && (!jmap_mailbox_of(call, in, &only) || only != id)))
            continue;
        TRY(jmap_view(cx, call, id, &v));
        TRY(look_in(cx, call, q, v));
    }
    return OK;
}

static int older_first(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->received_ms != y->received_ms)
        return x->received_ms < y->received_ms ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static int newer_first(const void *a, const void *b)
{
    return older_first(b, a);
}

/* By receivedAt alone; newest first when nothing is asked for. */
static const char *sort_error(struct jmap_call *call, struct query *q)
{
    const struct json_tree *sort;
    if (!jmap_arg(call, STR("sort"), TREE_ARRAY, &sort))
        return "invalidArguments";
    if (!sort || !sort->count)
        return NULL;
    const struct json_tree *first = &sort->values[0];
    if (sort->count > 1 || !str_eq(json_tree_text(first, STR("property")), STR("receivedAt")))
        return "unsupportedSort";
    const struct json_tree *up = json_tree_member(first, STR("isAscending"));
    q->ascending = !up || json_tree_true(first, STR("isAscending"));
    return NULL;
}

struct page {
    int64_t position;
    size_t limit;
    bool total;
};

static const char *page_error(struct jmap_call *call, struct page *out)
{
    const struct json_tree *position, *limit, *total, *anchor;
    if (!jmap_arg(call, STR("position"), TREE_INTEGER, &position) ||
        !jmap_arg(call, STR("limit"), TREE_INTEGER, &limit) ||
        !jmap_arg(call, STR("calculateTotal"), TREE_BOOL, &total) ||
        !jmap_arg(call, STR("anchor"), TREE_STRING, &anchor) || (limit && limit->integer < 0))
        return "invalidArguments";
    if (anchor)
        return "anchorNotFound";
    out->position = position ? position->integer : 0;
    out->limit = JMAP_GET_MAX;
    if (limit && limit->integer < JMAP_GET_MAX)
        out->limit = (size_t)limit->integer;
    out->total = total && total->truth;
    return NULL;
}

static void put_page(struct ctx *cx, struct jmap_call *call, const struct query *q,
                     const struct page *page)
{
    struct json *j = &call->out;
    int64_t from = page->position;
    if (from < 0)
        from = from + (int64_t)q->count < 0 ? 0 : from + (int64_t)q->count;
    json_key(j, "accountId");
    json_str(j, jmap_account_id(cx->arena, call->account));
    json_key(j, "queryState");
    json_str(j, jmap_state(cx->arena, call));
    json_key(j, "canCalculateChanges");
    json_bool(j, false);
    json_key(j, "position");
    json_i64(j, from < (int64_t)q->count ? from : 0);
    json_key(j, "ids");
    json_array(j);
    for (size_t i = (size_t)from, n = 0; i < q->count && n < page->limit; i++, n++)
        json_str(j, jmap_email_id(cx->arena, q->at[i].id));
    json_array_end(j);
    if (page->total) {
        json_key(j, "total");
        json_u64(j, q->count);
    }
    json_key(j, "limit");
    json_u64(j, page->limit);
}

enum code jmap_email_query(struct ctx *cx, struct jmap_call *call)
{
    struct query q = {0};
    struct page page = {0};
    TRY(jmap_account_open(cx, call));
    if (call->error)
        return OK;
    const char *error =
        jmap_arg(call, STR("filter"), TREE_OBJECT, &q.filter) ? NULL : "invalidArguments";
    if (!error && q.filter)
        error = filter_error(q.filter, 0);
    if (!error)
        error = sort_error(call, &q);
    if (!error)
        error = page_error(call, &page);
    if (!error && json_tree_true(call->args, STR("collapseThreads")))
        error = "unsupportedFilter";
    if (error)
        return jmap_refuse(call, error, NULL);
    TRY(look(cx, call, &q));
    if (q.count)
        qsort(q.at, q.count, sizeof *q.at, q.ascending ? older_first : newer_first);
    put_page(cx, call, &q, &page);
    return OK;
}
