/* A quota is there while there is a limit. Its state is what it says, so that changes are told from
   any state a client has. */
#include "proto/jmap/quota/quota.h"

enum { QUOTAS = 2 };

struct quota_now {
    uint64_t used, hard, warn, soft;
};

static const struct {
    struct str id, resource, name;
} rows[QUOTAS] = {
    {STR("octets"), STR("octets"), STR("Size of all messages")},
    {STR("count"), STR("count"), STR("Number of messages")},
};

static struct quota_now now(const struct jmap_call *call, size_t i)
{
    const struct account_facts *f = account_facts(call->folders);
    if (i == 0)
        return (struct quota_now){f->used_bytes, f->quota.receive_bytes, f->quota.warn_bytes,
                                  f->quota.send_bytes};
    return (struct quota_now){f->items, f->quota.items_max, 0, 0};
}

/* How full an account is, is for its owner. */
static enum code open_own(struct ctx *cx, struct jmap_call *call)
{
    TRY(jmap_account_open(cx, call));
    if (!call->error && !call->own)
        return jmap_refuse(call, "accountNotSupportedByMethod", NULL);
    return OK;
}

static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    for (size_t i = 0; i < QUOTAS; i++)
        if (str_eq(rows[i].id, id) && now(call, i).hard) {
            size_t *index = ARENA_NEW(cx->arena, size_t);
            *index = i;
            *object = index;
            return OK;
        }
    return fail(cx, E_NOT_FOUND, "no such quota");
}

static enum code all(struct ctx *cx, struct jmap_call *call, struct str **ids, size_t *count)
{
    struct str *list = ARENA_ARRAY(cx->arena, QUOTAS, struct str);
    size_t n = 0;
    for (size_t i = 0; i < QUOTAS; i++)
        if (now(call, i).hard)
            list[n++] = rows[i].id;
    *ids = list;
    *count = n;
    return OK;
}

static enum code state(struct ctx *cx, struct jmap_call *call, struct str *out)
{
    struct buf b = buf_of(cx->arena, 256);
    for (size_t i = 0; i < QUOTAS; i++) {
        struct quota_now q = now(call, i);
        buf_printf(&b, "%s%llx.%llx.%llx.%llx", i ? "-" : "", (unsigned long long)q.used,
                   (unsigned long long)q.hard, (unsigned long long)q.warn,
                   (unsigned long long)q.soft);
    }
    *out = buf_str(&b);
    return OK;
}

static bool state_read(struct str text, struct quota_now out[QUOTAS])
{
    struct cur c = cur_of(text);
    for (size_t i = 0; i < QUOTAS; i++) {
        struct quota_now *q = &out[i];
        if ((i && !cur_char(&c, '-')) || !jmap_take_hex(&c, &q->used) || !cur_char(&c, '.') ||
            !jmap_take_hex(&c, &q->hard) || !cur_char(&c, '.') || !jmap_take_hex(&c, &q->warn) ||
            !cur_char(&c, '.') || !jmap_take_hex(&c, &q->soft))
            return false;
    }
    return cur_end(&c);
}

#define TEXT(function, value)                                                                      \
    static enum code function(struct ctx *cx, struct jmap_call *call, void *object,                \
                              struct json *j)                                                      \
    {                                                                                              \
        const size_t *i = object;                                                                  \
        (void)cx, (void)call, (void)i;                                                             \
        json_str(j, value);                                                                        \
        return OK;                                                                                 \
    }
TEXT(put_id, rows[*i].id)
TEXT(put_resource, rows[*i].resource)
TEXT(put_scope, STR("account"))
TEXT(put_name, rows[*i].name)

static void put_limit(struct json *j, uint64_t value)
{
    if (value)
        json_u64(j, value);
    else
        json_null(j);
}

#define LIMIT(function, statement)                                                                 \
    static enum code function(struct ctx *cx, struct jmap_call *call, void *object,                \
                              struct json *j)                                                      \
    {                                                                                              \
        const size_t *i = object;                                                                  \
        struct quota_now q = now(call, *i);                                                        \
        (void)cx;                                                                                  \
        statement;                                                                                 \
        return OK;                                                                                 \
    }
LIMIT(put_used, json_u64(j, q.used))
LIMIT(put_hard, json_u64(j, q.hard))
LIMIT(put_warn, put_limit(j, q.warn))
LIMIT(put_soft, put_limit(j, q.soft))

static enum code put_types(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    (void)cx, (void)call, (void)object;
    json_array(j);
    json_str(j, STR("Email"));
    json_array_end(j);
    return OK;
}

static enum code put_null(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    (void)cx, (void)call, (void)object;
    json_null(j);
    return OK;
}

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},          {STR("resourceType"), true, put_resource},
    {STR("used"), true, put_used},      {STR("hardLimit"), true, put_hard},
    {STR("scope"), true, put_scope},    {STR("name"), true, put_name},
    {STR("types"), true, put_types},    {STR("warnLimit"), true, put_warn},
    {STR("softLimit"), true, put_soft}, {STR("description"), true, put_null},
};

const struct jmap_type jmap_quota_type = {
    .properties = properties,
    .count = sizeof properties / sizeof *properties,
    .find = find,
    .all = all,
    .state = state,
};

enum code jmap_quota_get(struct ctx *cx, struct jmap_call *call)
{
    TRY(open_own(cx, call));
    jmap_call_close(call);
    return call->error ? OK : jmap_get(cx, call);
}

static void put_list(struct json *j, const char *key, const bool *in)
{
    json_key(j, key);
    json_array(j);
    for (size_t i = 0; i < QUOTAS; i++)
        if (in[i])
            json_str(j, rows[i].id);
    json_array_end(j);
}

static void put_account(struct ctx *cx, struct jmap_call *call)
{
    json_key(&call->out, "accountId");
    json_str(&call->out, jmap_account_id(cx->arena, call->account));
}

/* RFC 9425 section 4.2: what differs from the state. */
enum code jmap_quota_changes(struct ctx *cx, struct jmap_call *call)
{
    const struct json_tree *since;
    struct quota_now was[QUOTAS];
    bool made[QUOTAS], changed[QUOTAS], gone[QUOTAS], limits = false;
    struct str new;
    struct json *j = &call->out;
    TRY(open_own(cx, call));
    if (call->error)
        return OK;
    if (!jmap_arg(call, STR("sinceState"), TREE_STRING, &since) || !since)
        return jmap_refuse(call, "invalidArguments", "sinceState");
    if (!state_read(since->text, was))
        return jmap_refuse(call, "cannotCalculateChanges", NULL);
    for (size_t i = 0; i < QUOTAS; i++) {
        struct quota_now q = now(call, i);
        bool limit = q.hard != was[i].hard || q.warn != was[i].warn || q.soft != was[i].soft;
        made[i] = q.hard && !was[i].hard;
        gone[i] = !q.hard && was[i].hard;
        changed[i] = q.hard && was[i].hard && (limit || q.used != was[i].used);
        limits |= changed[i] && limit;
    }
    TRY(state(cx, call, &new));
    put_account(cx, call);
    json_key(j, "oldState");
    json_str(j, since->text);
    json_key(j, "newState");
    json_str(j, new);
    json_key(j, "hasMoreChanges");
    json_bool(j, false);
    put_list(j, "created", made);
    put_list(j, "updated", changed);
    put_list(j, "destroyed", gone);
    json_key(j, "updatedProperties");
    if (limits || !(changed[0] || changed[1])) {
        json_null(j);
    } else {
        json_array(j);
        json_str(j, STR("used"));
        json_array_end(j);
    }
    return OK;
}

/* RFC 9425 section 4.3: one condition; -1: not one of this method. */
static int fits_one(size_t i, struct str name, const struct json_tree *v)
{
    if (v->kind != TREE_STRING)
        return -1;
    if (str_eq(name, STR("name")))
        return str_ifind(rows[i].name, v->text) != SIZE_MAX;
    if (str_eq(name, STR("scope")))
        return str_eq(v->text, STR("account"));
    if (str_eq(name, STR("resourceType")))
        return str_eq(v->text, rows[i].resource);
    if (str_eq(name, STR("type")))
        return str_eq(v->text, STR("Email"));
    return -1;
}

static int fits(size_t i, const struct json_tree *filter)
{
    int all_fit = 1;
    for (size_t k = 0; filter && k < filter->count; k++) {
        int one = fits_one(i, filter->names[k], &filter->values[k]);
        if (one < 0)
            return -1;
        all_fit &= one;
    }
    return all_fit;
}

/* By name or by use; false: by something else. */
static bool is_swapped(const struct jmap_call *call, const struct json_tree *sort, bool *out)
{
    *out = false;
    for (size_t k = 0; sort && k < sort->count; k++) {
        struct str property = json_tree_text(&sort->values[k], STR("property"));
        const struct json_tree *up = json_tree_member(&sort->values[k], STR("isAscending"));
        bool ascending = !up || up->kind != TREE_BOOL || up->truth;
        bool above = str_eq(property, STR("used")) ? now(call, 0).used > now(call, 1).used
                                                   : str_cmp(rows[0].name, rows[1].name) > 0;
        if (!str_eq(property, STR("used")) && !str_eq(property, STR("name")))
            return false;
        if (k == 0)
            *out = above == ascending;
    }
    return true;
}

/* "position" and "limit"; false: they cannot be. */
static bool window_of(const struct jmap_call *call, size_t count, size_t *first, size_t *last)
{
    const struct json_tree *position, *limit;
    if (!jmap_arg(call, STR("position"), TREE_INTEGER, &position) ||
        !jmap_arg(call, STR("limit"), TREE_INTEGER, &limit) || (limit && limit->integer < 0))
        return false;
    int64_t from = position ? position->integer : 0;
    if (from < 0)
        from = from + (int64_t)count < 0 ? 0 : from + (int64_t)count;
    *first = (uint64_t)from > count ? count : (size_t)from;
    *last = limit && (uint64_t)limit->integer < count - *first ? *first + (size_t)limit->integer
                                                               : count;
    return true;
}

static void put_page(struct jmap_call *call, const size_t *found, size_t first, size_t last)
{
    json_key(&call->out, "position");
    json_u64(&call->out, first);
    json_key(&call->out, "ids");
    json_array(&call->out);
    for (size_t i = first; i < last; i++)
        json_str(&call->out, rows[found[i]].id);
    json_array_end(&call->out);
}

enum code jmap_quota_query(struct ctx *cx, struct jmap_call *call)
{
    const struct json_tree *filter, *sort;
    size_t found[QUOTAS], count = 0, first, last;
    bool swapped;
    struct str text;
    TRY(open_own(cx, call));
    if (call->error)
        return OK;
    if (!jmap_arg(call, STR("filter"), TREE_OBJECT, &filter) ||
        !jmap_arg(call, STR("sort"), TREE_ARRAY, &sort))
        return jmap_refuse(call, "invalidArguments", "filter, sort");
    if (!is_swapped(call, sort, &swapped))
        return jmap_refuse(call, "unsupportedSort", NULL);
    for (size_t k = 0; k < QUOTAS; k++) {
        size_t i = swapped ? QUOTAS - 1 - k : k;
        int fit = fits(i, filter);
        if (fit < 0)
            return jmap_refuse(call, "unsupportedFilter", NULL);
        if (fit && now(call, i).hard)
            found[count++] = i;
    }
    if (!window_of(call, count, &first, &last))
        return jmap_refuse(call, "invalidArguments", "position, limit");
    TRY(state(cx, call, &text));
    put_account(cx, call);
    json_key(&call->out, "queryState");
    json_str(&call->out, text);
    json_key(&call->out, "canCalculateChanges");
    json_bool(&call->out, false);
    put_page(call, found, first, last);
    if (json_tree_true(call->args, STR("calculateTotal"))) {
        json_key(&call->out, "total");
        json_u64(&call->out, count);
    }
    return OK;
}

/* There are two at most: who asks anew asks for no more. */
enum code jmap_quota_query_changes(struct ctx *cx, struct jmap_call *call)
{
    TRY(open_own(cx, call));
    return call->error ? OK : jmap_refuse(call, "cannotCalculateChanges", NULL);
}
