/* SieveScript (RFC 9661): the scripts that ManageSieve shows, as blobs. */
#include "core/script/script.h"
#include "core/audit.h"
#include "format/thread.h"
#include "proto/jmap/object/list.h"
#include "proto/jmap/object/object.h"
#include "proto/jmap/sieve/sieve.h"
#include "service/filter.h"

enum { NAME_TRIES = 1000 };

static struct script_owner owner_of(const struct jmap_call *call)
{
    return (struct script_owner){.level = SCRIPT_OF_ACCOUNT, .id = call->account};
}

void jmap_sieve_capability(struct ctx *cx, const struct jmap_env *e, account_id account,
                           struct json *j)
{
    (void)account;
    const struct script_limits *limits = &filters_config(e->filters)->scripts;
    struct str words = sieve_extensions(cx->arena, 0), one;
    json_object(j);
    json_key(j, "implementation");
    json_str(j, STR("Postroad"));
    json_key(j, "maxSizeScriptName");
    json_u64(j, SCRIPT_NAME_BYTES_MAX);
    json_key(j, "maxSizeScript");
    json_u64(j, limits->bytes);
    json_key(j, "maxNumberScripts");
    json_u64(j, limits->scripts);
    json_key(j, "maxNumberRedirects");
    json_u64(j, filters_config(e->filters)->redirects);
    json_key(j, "sieveExtensions");
    json_array(j);
    struct cur c = cur_of(words);
    while (cur_until(&c, ' ', &one))
        json_str(j, one);
    json_str(j, c.rest);
    json_array_end(j);
    json_key(j, "notificationMethods");
    json_array(j);
    c = cur_of(sieve_notify_methods());
    while (cur_until(&c, ' ', &one))
        json_str(j, one);
    json_str(j, c.rest);
    json_array_end(j);
    json_key(j, "externalLists");
    json_null(j);
    json_object_end(j);
}

enum code jmap_sieve_note(struct ctx *cx, struct jmap_call *call, const char *act,
                          struct str detail)
{
    const struct audit_entry entry = {.at_ms = cx->now_ms,
                                      .actor = call->who->who.address,
                                      .act = str_z(act),
                                      .object = call->who->who.address,
                                      .detail = detail};
    return audit_add(cx, call->env->core, &entry);
}

static struct str script_id(struct arena *a, const struct script *s)
{
    return str_printf(a, "V%x", s->number);
}

/* Another text is another blob. */
static struct str blob_name(struct arena *a, const struct script *s)
{
    return str_printf(a, "V%x-%llx", s->number,
                      (unsigned long long)thread_key(str_of(s->text.bytes, sizeof s->text.bytes)));
}

static enum code by_id(struct ctx *cx, struct jmap_call *call, struct str id, struct script *out)
{
    const struct script_owner owner = owner_of(call);
    struct script *list;
    size_t count;
    TRY(script_list(cx, call->env->core, &owner, &list, &count));
    for (size_t i = 0; i < count; i++)
        if (str_eq(script_id(cx->arena, &list[i]), id)) {
            *out = list[i];
            return OK;
        }
    return fail(cx, E_NOT_FOUND, "no such script");
}

enum code jmap_script_blob(struct ctx *cx, struct jmap_call *call, struct str id,
                           struct jmap_blob *out)
{
    struct script s;
    struct str text;
    if (!call->own)
        return fail(cx, E_NOT_FOUND, "no such blob");
    TRY(by_id(cx, call, str_sub(id, 0, str_chr(id, '-')), &s));
    if (!str_eq(blob_name(cx->arena, &s), id))
        return fail(cx, E_NOT_FOUND, "no such blob");
    TRY(script_text(cx, call->env->core, &s.text, &text));
    *out = (struct jmap_blob){.bytes = rope_of(cx->arena), .type = STR("application/sieve")};
    rope_ref(&out->bytes, text);
    return OK;
}

static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    struct script *s = ARENA_NEW(cx->arena, struct script);
    TRY(by_id(cx, call, id, s));
    *object = s;
    return OK;
}

static enum code all(struct ctx *cx, struct jmap_call *call, struct str **ids, size_t *count)
{
    const struct script_owner owner = owner_of(call);
    struct script *list;
    TRY(script_list(cx, call->env->core, &owner, &list, count));
    *ids = ARENA_ARRAY(cx->arena, *count + 1, struct str);
    for (size_t i = 0; i < *count; i++)
        (*ids)[i] = script_id(cx->arena, &list[i]);
    return OK;
}

/* Scripts have no numbers of the account: the state is what they are. */
static enum code state(struct ctx *cx, struct jmap_call *call, struct str *out)
{
    const struct script_owner owner = owner_of(call);
    struct script *list;
    size_t count;
    struct buf b = buf_of(cx->arena, JMAP_REQUEST_MAX);
    TRY(script_list(cx, call->env->core, &owner, &list, &count));
    for (size_t i = 0; i < count; i++) {
        buf_le32(&b, list[i].number);
        buf_le8(&b, list[i].is_active[SCRIPT_ACTIVE]);
        buf_le_str(&b, list[i].name);
        buf_add(&b, str_of(list[i].text.bytes, sizeof list[i].text.bytes));
    }
    *out = str_printf(cx->arena, "%zu-%llx", count, (unsigned long long)thread_key(buf_str(&b)));
    return OK;
}

static enum code put_id(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    (void)call;
    json_str(j, script_id(cx->arena, object));
    return OK;
}

static enum code put_name(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct script *s = object;
    (void)cx, (void)call;
    json_str(j, s->name);
    return OK;
}

static enum code put_blob(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    (void)call;
    json_str(j, blob_name(cx->arena, object));
    return OK;
}

static enum code put_active(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct script *s = object;
    (void)cx, (void)call;
    json_bool(j, s->is_active[SCRIPT_ACTIVE]);
    return OK;
}

/* The text behind a blobId; empty .p and x refused when there is none. */
static enum code text_of(struct ctx *cx, struct jmap_call *call, struct str id, struct str *out)
{
    struct jmap_blob blob;
    TRY(jmap_blob_find(cx, call, id, &blob));
    *out = rope_flatten(&blob.bytes, cx->arena);
    rope_drop(&blob.bytes);
    return OK;
}

static enum code put_script(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                            struct str name)
{
    const struct script_owner owner = owner_of(call);
    struct sieve_problems problems = {0};
    struct str text;
    enum code code = text_of(cx, call, json_tree_text(x->values, STR("blobId")), &text);
    if (code == E_NOT_FOUND)
        return jmap_set_invalid(cx, x, STR("blobId"), "no such blob");
    TRY(code);
    code = filters_put(cx, call->env->filters, &owner, name, text, &problems);
    if (code == E_SYNTAX && problems.count)
        return jmap_set_refuse(x, "invalidSieve",
                               str_zdup(cx->arena, filters_problems(cx->arena, &problems)));
    if (code == E_SYNTAX)
        return jmap_set_invalid(cx, x, STR("name"), "no name for a script");
    if (code == E_LIMIT)
        return jmap_set_refuse(
            x, str_starts(str_z(cx->err.what), STR("MAXSIZE")) ? "tooLarge" : "overQuota", NULL);
    TRY(code);
    return jmap_sieve_note(cx, call, "sieve.put", name);
}

/* "script 1", unless there is one. */
static enum code name_new(struct ctx *cx, struct jmap_call *call, struct str *out)
{
    const struct script_owner owner = owner_of(call);
    struct script s;
    for (int i = 1; i < NAME_TRIES; i++) {
        *out = str_printf(cx->arena, "script %d", i);
        enum code code = script_find(cx, call->env->core, &owner, *out, &s);
        if (code != OK)
            return code == E_NOT_FOUND ? OK : code;
    }
    return fail(cx, E_LIMIT, "no name is left");
}

static enum code exists(struct ctx *cx, struct jmap_set_one *x, const struct script *other)
{
    x->more =
        str_printf(cx->arena, "\"existingId\":\"%.*s\"", STR_ARG(script_id(cx->arena, other)));
    return jmap_set_refuse(x, "alreadyExists", NULL);
}

static enum code create(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct script_owner owner = owner_of(call);
    struct str name = json_tree_text(x->values, STR("name"));
    struct script s;
    if (!name.n && json_tree_is(json_tree_member(x->values, STR("name")), TREE_STRING))
        return jmap_set_invalid(cx, x, STR("name"), "no name for a script");
    if (!name.n)
        TRY(name_new(cx, call, &name));
    enum code code = script_find(cx, call->env->core, &owner, name, &s);
    if (code == OK)
        return exists(cx, x, &s);
    if (code != E_NOT_FOUND)
        return code;
    TRY(put_script(cx, call, x, name));
    if (x->error)
        return OK;
    TRY(script_find(cx, call->env->core, &owner, name, &s));
    x->id = script_id(cx->arena, &s);
    return OK;
}

static enum code rename_to(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                           struct str name, struct script *s)
{
    const struct script_owner owner = owner_of(call);
    struct script other;
    if (str_eq(name, s->name))
        return OK;
    enum code code = script_rename(cx, call->env->core, &owner, s->name, name);
    if (code == E_EXISTS) {
        TRY(script_find(cx, call->env->core, &owner, name, &other));
        return exists(cx, x, &other);
    }
    if (code == E_SYNTAX)
        return jmap_set_invalid(cx, x, STR("name"), "no name for a script");
    TRY(code);
    s->name = name;
    return jmap_sieve_note(cx, call, "sieve.rename", name);
}

static enum code update(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    struct script *s = x->object;
    const struct json_tree *name = json_tree_member(x->values, STR("name"));
    if (json_tree_is(name, TREE_STRING))
        TRY(rename_to(cx, call, x, name->text, s));
    if (x->error || !json_tree_member(x->values, STR("blobId")))
        return OK;
    return put_script(cx, call, x, s->name);
}

static enum code destroy(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct script_owner owner = owner_of(call);
    const struct script *s = x->object;
    enum code code = script_remove(cx, call->env->core, &owner, s->name);
    if (code == E_DENIED)
        return jmap_set_refuse(x, "sieveIsActive", NULL);
    TRY(code);
    return jmap_sieve_note(cx, call, "sieve.remove", s->name);
}

static enum code prepare(struct ctx *cx, struct jmap_call *call)
{
    const struct json_tree *v;
    TRY(jmap_own_only(cx, call));
    if (!jmap_arg(call, STR("onSuccessActivateScript"), TREE_STRING, &v) ||
        !jmap_arg(call, STR("onSuccessDeactivateScript"), TREE_BOOL, &v))
        return jmap_refuse(call, "invalidArguments", "onSuccess");
    return OK;
}

/* RFC 9661 section 2.4: only when all of the call went well; before the answer, which says what is
   active then. */
static enum code activate(struct ctx *cx, struct jmap_call *call, const struct jmap_set_one *all,
                          size_t count)
{
    const struct script_owner owner = owner_of(call);
    const struct json_tree *on, *off;
    struct script s = {0};
    struct str id;
    (void)jmap_arg(call, STR("onSuccessActivateScript"), TREE_STRING, &on);
    (void)jmap_arg(call, STR("onSuccessDeactivateScript"), TREE_BOOL, &off);
    for (size_t i = 0; i < count; i++)
        if (all[i].error)
            return OK;
    if (on && (!jmap_created(call, on->text, &id) || by_id(cx, call, id, &s) != OK))
        return OK;
    if (!on && !(off && off->truth))
        return OK;
    TRY(script_activate(cx, call->env->core, &owner, SCRIPT_ACTIVE, s.name));
    return jmap_sieve_note(cx, call, on ? "sieve.activate" : "sieve.deactivate", s.name);
}

static const struct jmap_settable settable[] = {
    {STR("name"), JMAP_ALWAYS, JMAP_IS_NULL | JMAP_IS_TEXT},
    {STR("blobId"), JMAP_ALWAYS, JMAP_IS_ID},
};

/* Of a new one: its name may be made, and its blob is another one than that it came from. */
static const struct str told[] = {STR("name"), STR("blobId"), STR("isActive")};

static const struct jmap_setter setter = {
    .rows = settable,
    .count = sizeof settable / sizeof *settable,
    .prepare = prepare,
    .create = create,
    .update = update,
    .destroy = destroy,
    .done = activate,
    .told = told,
    .told_count = sizeof told / sizeof *told,
};

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},
    {STR("name"), true, put_name},
    {STR("blobId"), true, put_blob},
    {STR("isActive"), true, put_active},
};

const struct jmap_type jmap_script_type = {
    .properties = properties,
    .count = sizeof properties / sizeof *properties,
    .find = find,
    .all = all,
    .state = state,
    .prepare = jmap_own_only,
    .setter = &setter,
};

static enum code list_all(struct ctx *cx, struct jmap_call *call, struct jmap_listed **out,
                          size_t *count)
{
    const struct script_owner owner = owner_of(call);
    struct script *list;
    TRY(script_list(cx, call->env->core, &owner, &list, count));
    *out = ARENA_ARRAY(cx->arena, *count + 1, struct jmap_listed);
    for (size_t i = 0; i < *count; i++)
        (*out)[i] = (struct jmap_listed){script_id(cx->arena, &list[i]), &list[i]};
    return OK;
}

static bool fits_name(const struct jmap_listed *one, const struct json_tree *value)
{
    const struct script *s = one->thing;
    return str_find(s->name, value->text) != SIZE_MAX;
}

static bool fits_active(const struct jmap_listed *one, const struct json_tree *value)
{
    const struct script *s = one->thing;
    return s->is_active[SCRIPT_ACTIVE] == value->truth;
}

static int by_name(const struct jmap_listed *a, const struct jmap_listed *b)
{
    const struct script *x = a->thing, *y = b->thing;
    return str_cmp(x->name, y->name);
}

static int by_active(const struct jmap_listed *a, const struct jmap_listed *b)
{
    const struct script *x = a->thing, *y = b->thing;
    return (int)x->is_active[SCRIPT_ACTIVE] - (int)y->is_active[SCRIPT_ACTIVE];
}

static const struct jmap_condition conditions[] = {
    {STR("name"), TREE_STRING, fits_name},
    {STR("isActive"), TREE_BOOL, fits_active},
};
static const struct jmap_order orders[] = {
    {STR("name"), by_name},
    {STR("isActive"), by_active},
};
static const struct jmap_lister lister = {
    .conditions = conditions,
    .condition_count = sizeof conditions / sizeof *conditions,
    .orders = orders,
    .order_count = sizeof orders / sizeof *orders,
    .all = list_all,
    .state = state,
};

enum code jmap_script_query(struct ctx *cx, struct jmap_call *call)
{
    return jmap_list_query(cx, call, &lister);
}

/* RFC 9661 section 2.5. */
enum code jmap_script_validate(struct ctx *cx, struct jmap_call *call)
{
    struct jmap_set_one x = {0};
    struct sieve_problems problems = {0};
    const struct json_tree *blob;
    struct str text;
    TRY(jmap_account_open(cx, call));
    if (!call->error)
        TRY(jmap_own_only(cx, call));
    if (call->error)
        return OK;
    if (!jmap_arg(call, STR("blobId"), TREE_STRING, &blob) || !blob)
        return jmap_refuse(call, "invalidArguments", "blobId");
    enum code code = text_of(cx, call, blob->text, &text);
    if (code == E_NOT_FOUND)
        return jmap_refuse(call, "blobNotFound", NULL);
    TRY(code);
    code = filters_check(cx, call->env->filters, text, &problems);
    if (code != OK && code != E_SYNTAX && code != E_LIMIT)
        return code;
    json_key(&call->out, "accountId");
    json_str(&call->out, jmap_account_id(cx->arena, call->account));
    json_key(&call->out, "error");
    if (code == OK) {
        json_null(&call->out);
        return OK;
    }
    TRY(jmap_set_refuse(&x, code == E_LIMIT ? "tooLarge" : "invalidSieve",
                        str_zdup(cx->arena, filters_problems(cx->arena, &problems))));
    jmap_set_error_put(&call->out, &x);
    return OK;
}
