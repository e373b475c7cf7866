/* A quota is there while there is a limit. Its state is what it says, so that changes are told from
   any state a client has. */
#include "proto/jmap/quota/quota.h"
#include "proto/jmap/object/list.h"

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

/* RFC 9425 section 4.3. */
struct listed {
    size_t row;
    uint64_t used;
};

static enum code list_all(struct ctx *cx, struct jmap_call *call, struct jmap_listed **out,
                          size_t *count)
{
    *out = ARENA_ARRAY(cx->arena, QUOTAS, struct jmap_listed);
    *count = 0;
    for (size_t i = 0; i < QUOTAS; i++) {
        struct listed *l = ARENA_NEW(cx->arena, struct listed);
        *l = (struct listed){i, now(call, i).used};
        if (now(call, i).hard)
            (*out)[(*count)++] = (struct jmap_listed){rows[i].id, l};
    }
    return OK;
}

static bool fits_name(const struct jmap_listed *one, const struct json_tree *value)
{
    const struct listed *l = one->thing;
    return str_ifind(rows[l->row].name, value->text) != SIZE_MAX;
}

static bool fits_scope(const struct jmap_listed *one, const struct json_tree *value)
{
    (void)one;
    return str_eq(value->text, STR("account"));
}

static bool fits_resource(const struct jmap_listed *one, const struct json_tree *value)
{
    const struct listed *l = one->thing;
    return str_eq(value->text, rows[l->row].resource);
}

static bool fits_type(const struct jmap_listed *one, const struct json_tree *value)
{
    (void)one;
    return str_eq(value->text, STR("Email"));
}

static int by_name(const struct jmap_listed *a, const struct jmap_listed *b)
{
    const struct listed *x = a->thing, *y = b->thing;
    return str_cmp(rows[x->row].name, rows[y->row].name);
}

static int by_use(const struct jmap_listed *a, const struct jmap_listed *b)
{
    const struct listed *x = a->thing, *y = b->thing;
    return (x->used > y->used) - (x->used < y->used);
}

static const struct jmap_condition conditions[] = {
    {STR("name"), TREE_STRING, fits_name},
    {STR("scope"), TREE_STRING, fits_scope},
    {STR("resourceType"), TREE_STRING, fits_resource},
    {STR("type"), TREE_STRING, fits_type},
};
static const struct jmap_order orders[] = {{STR("name"), by_name}, {STR("used"), by_use}};
static const struct jmap_lister lister = {
    .conditions = conditions,
    .condition_count = sizeof conditions / sizeof *conditions,
    .orders = orders,
    .order_count = sizeof orders / sizeof *orders,
    .all = list_all,
    .state = state,
};

enum code jmap_quota_query(struct ctx *cx, struct jmap_call *call)
{
    return jmap_list_query(cx, call, &lister);
}

/* There are two at most: who asks anew asks for no more. */
enum code jmap_quota_query_changes(struct ctx *cx, struct jmap_call *call)
{
    TRY(open_own(cx, call));
    return call->error ? OK : jmap_refuse(call, "cannotCalculateChanges", NULL);
}
