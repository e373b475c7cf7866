#include "proto/jmap/principal/principal.h"
#include "proto/jmap/capability.h"
#include "proto/jmap/object/object.h"
#include "service/book/book.h"

struct str jmap_principal_id(struct arena *a, principal_id who)
{
    return str_printf(a, "P%llx", (unsigned long long)who);
}

bool jmap_principal_of(struct str id, principal_id *out)
{
    struct cur c = cur_of(id);
    return cur_char(&c, 'P') && cur_peek(&c) != '0' && jmap_take_hex(&c, out) && cur_end(&c);
}

/* Who has gone, and who is of a domain that is off, is not shown. */
static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    struct principal *p = ARENA_NEW(cx->arena, struct principal);
    struct domain d;
    principal_id who;
    if (!jmap_principal_of(id, &who))
        return fail(cx, E_NOT_FOUND, "no such principal");
    TRY(directory_by_id(cx, call->env->core, who, p));
    TRY(directory_domain_by_id(cx, call->env->core, p->domain, &d));
    if (!d.enabled)
        return fail(cx, E_NOT_FOUND, "its domain is off");
    *object = p;
    return OK;
}

static enum code put_id(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct principal *p = object;
    (void)call;
    json_str(j, jmap_principal_id(cx->arena, p->id));
    return OK;
}

static const struct {
    enum principal_kind kind;
    struct str type;
} types[] = {
    {PRINCIPAL_PERSON, STR("individual")},    {PRINCIPAL_CONTACT, STR("individual")},
    {PRINCIPAL_GROUP, STR("group")},          {PRINCIPAL_RESOURCE, STR("resource")},
    {PRINCIPAL_SHARED_MAILBOX, STR("other")}, {PRINCIPAL_PUBLIC_TREE, STR("other")},
};

static enum code put_type(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct principal *p = object;
    struct str type = STR("other");
    (void)cx, (void)call;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].kind == p->kind)
            type = types[i].type;
    json_str(j, type);
    return OK;
}

static enum code put_name(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct principal *p = object;
    (void)cx, (void)call;
    json_str(j, p->display.n ? p->display : p->name);
    return OK;
}

static enum code put_null(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    (void)cx, (void)call, (void)object;
    json_null(j);
    return OK;
}

static enum code put_email(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct principal *p = object;
    (void)cx, (void)call;
    jmap_put_text(j, p->address);
    return OK;
}

static enum code put_capabilities(struct ctx *cx, struct jmap_call *call, void *object,
                                  struct json *j)
{
    (void)cx, (void)call, (void)object;
    json_object(j);
    json_object_end(j);
    return OK;
}

/* Accounts of it that the person may enter. */
static enum code put_accounts(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct principal *p = object;
    struct folder_rights *rights;
    size_t count = 0;
    uint32_t seen = p->id == call->who->who.id ? RIGHT_LOOKUP : 0;
    if (!p->has_account) {
        json_null(j);
        return OK;
    }
    if (!seen)
        TRY(rights_of_all(cx, call->env->core, p->id, call->who->who.id, &rights, &count));
    for (size_t i = 0; i < count; i++)
        seen |= rights[i].rights;
    if (!(seen & RIGHT_LOOKUP)) {
        json_null(j);
        return OK;
    }
    bool read_only;
    TRY(jmap_is_read_only(cx, call->env, p->id, call->who->who.id, &read_only));
    json_object(j);
    jmap_key(j, jmap_account_id(cx->arena, p->id));
    json_object(j);
    json_key(j, "name");
    json_str(j, p->address);
    json_key(j, "isPersonal");
    json_bool(j, p->id == call->who->who.id);
    json_key(j, "isReadOnly");
    json_bool(j, read_only);
    json_key(j, "accountCapabilities");
    json_object(j);
    json_object_end(j);
    json_object_end(j);
    json_object_end(j);
    return OK;
}

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},
    {STR("type"), true, put_type},
    {STR("name"), true, put_name},
    {STR("description"), true, put_null},
    {STR("email"), true, put_email},
    {STR("timeZone"), true, put_null},
    {STR("capabilities"), true, put_capabilities},
    {STR("accounts"), true, put_accounts},
};

/* The directory's: of who may see it all are told alike. */
static enum code state(struct ctx *cx, struct jmap_call *call, struct str *out)
{
    uint64_t version;
    TRY(book_version(cx, call->env->book, &version));
    *out = str_printf(cx->arena, "%llu", (unsigned long long)version);
    return OK;
}

/* Section 2.3: principals are administration's; each of the three verbs is "forbidden". */
static const struct jmap_setter setter = {.prepare = jmap_own_only};

const struct jmap_type jmap_principal_type = {
    .properties = properties,
    .count = sizeof properties / sizeof *properties,
    .find = find,
    .prepare = jmap_own_only,
    .state = state,
    .elsewhere = true,
    .setter = &setter,
};

/* RFC 9670 section 2.4: one condition, all of whose members hold. NULL, or the error. */
static const char *filter_read(const struct json_tree *f, struct book_question *out)
{
    for (size_t i = 0; f && i < f->count; i++) {
        const struct json_tree *v = &f->values[i];
        bool is_type = str_eq(f->names[i], STR("type"));
        struct str *to = str_eq(f->names[i], STR("name"))    ? &out->name
                         : str_eq(f->names[i], STR("email")) ? &out->email
                         : str_eq(f->names[i], STR("text"))  ? &out->text
                                                             : NULL;
        if (!to && !is_type)
            return "unsupportedFilter";
        if (v->kind == TREE_NULL)
            continue;
        if (v->kind != TREE_STRING)
            return "invalidArguments";
        if (to)
            *to = v->text;
        for (size_t k = 0; is_type && k < sizeof types / sizeof *types; k++)
            if (str_eq(types[k].type, v->text))
                out->kinds |= 1u << types[k].kind;
        if (is_type && !out->kinds)
            out->kinds = 1u; /* of no kind that there is */
    }
    return NULL;
}

struct window {
    struct book_page page;
    const struct json_tree *position, *anchor, *offset;
    bool total;
};

/* By name, rising: there is no other order. */
static bool sorts_by_name(const struct json_tree *sort)
{
    for (size_t i = 0; sort && i < sort->count; i++) {
        const struct json_tree *up = json_tree_member(&sort->values[i], STR("isAscending"));
        if (!str_eq(json_tree_text(&sort->values[i], STR("property")), STR("name")) ||
            (up && !json_tree_true(&sort->values[i], STR("isAscending"))))
            return false;
    }
    return true;
}

static enum code window_read(struct jmap_call *call, struct window *out)
{
    const struct json_tree *limit, *total, *sort;
    if (!jmap_arg(call, STR("position"), TREE_INTEGER, &out->position) ||
        !jmap_arg(call, STR("limit"), TREE_INTEGER, &limit) || (limit && limit->integer < 0) ||
        !jmap_arg(call, STR("calculateTotal"), TREE_BOOL, &total) ||
        !jmap_arg(call, STR("anchor"), TREE_STRING, &out->anchor) ||
        !jmap_arg(call, STR("anchorOffset"), TREE_INTEGER, &out->offset) ||
        !jmap_arg(call, STR("sort"), TREE_ARRAY, &sort))
        return jmap_refuse(call, "invalidArguments", "position or limit");
    if (!sorts_by_name(sort))
        return jmap_refuse(call, "unsupportedSort", NULL);
    out->page.limit =
        limit && limit->integer < JMAP_GET_MAX ? (size_t)limit->integer : JMAP_GET_MAX;
    out->total = total && total->truth;
    return OK;
}

/* RFC 8620 section 5.5: an anchor goes before a position, which may count from the end; refuses. */
static enum code window_place(struct ctx *cx, struct jmap_call *call, const struct book_question *q,
                              struct window *w)
{
    int64_t from = w->position ? w->position->integer : 0, by = w->offset ? w->offset->integer : 0;
    const struct book_page all = {.limit = w->anchor ? BOOK_ENTRIES_MAX : 0};
    struct book_found found;
    size_t at = 0;
    if (w->anchor || from < 0)
        TRY(book_find(cx, call->env->book, q, &all, &found));
    if (!w->anchor && from < 0)
        from += (int64_t)found.total;
    while (w->anchor && at < found.count &&
           !str_eq(jmap_principal_id(cx->arena, found.at[at]), w->anchor->text))
        at++;
    if (w->anchor && at == found.count)
        return jmap_refuse(call, "anchorNotFound", NULL);
    if (w->anchor)
        from = (int64_t)at + by;
    w->page.position = from < 0 ? 0 : (size_t)from;
    return OK;
}

enum code jmap_principal_query(struct ctx *cx, struct jmap_call *call)
{
    const struct json_tree *filter;
    struct book_question q = {0};
    struct window w = {0};
    struct json *j = &call->out;
    struct book_found found;
    struct str now;
    TRY(jmap_account_open(cx, call));
    if (!call->error)
        TRY(jmap_own_only(cx, call));
    if (call->error)
        return OK;
    if (!jmap_arg(call, STR("filter"), TREE_OBJECT, &filter))
        return jmap_refuse(call, "invalidArguments", "filter");
    const char *no = filter_read(filter, &q);
    if (no)
        return jmap_refuse(call, no, NULL);
    TRY(window_read(call, &w));
    if (!call->error)
        TRY(window_place(cx, call, &q, &w));
    if (call->error)
        return OK;
    TRY(book_find(cx, call->env->book, &q, &w.page, &found));
    TRY(state(cx, call, &now));
    json_key(j, "accountId");
    json_str(j, jmap_account_id(cx->arena, call->account));
    json_key(j, "queryState");
    json_str(j, now);
    json_key(j, "canCalculateChanges");
    json_bool(j, false);
    json_key(j, "position");
    json_u64(j, w.page.position);
    json_key(j, "ids");
    json_array(j);
    for (size_t i = 0; i < found.count; i++)
        json_str(j, jmap_principal_id(cx->arena, found.at[i]));
    json_array_end(j);
    if (w.total) {
        json_key(j, "total");
        json_u64(j, found.total);
    }
    json_key(j, "limit");
    json_u64(j, w.page.limit);
    return OK;
}

/* The directory has no log of changes: that nothing changed is known. */
enum code jmap_principal_changes(struct ctx *cx, struct jmap_call *call)
{
    static const char *const lists[] = {"created", "updated", "destroyed"};
    const struct json_tree *since;
    struct json *j = &call->out;
    struct str now;
    TRY(jmap_account_open(cx, call));
    if (!call->error)
        TRY(jmap_own_only(cx, call));
    if (call->error)
        return OK;
    if (!jmap_arg(call, STR("sinceState"), TREE_STRING, &since) || !since)
        return jmap_refuse(call, "invalidArguments", NULL);
    TRY(state(cx, call, &now));
    if (!str_eq(since->text, now))
        return jmap_refuse(call, "cannotCalculateChanges", NULL);
    json_key(j, "accountId");
    json_str(j, jmap_account_id(cx->arena, call->account));
    json_key(j, "oldState");
    json_str(j, now);
    json_key(j, "newState");
    json_str(j, now);
    json_key(j, "hasMoreChanges");
    json_bool(j, false);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        json_key(j, lists[i]);
        json_array(j);
        json_array_end(j);
    }
    return OK;
}

enum code jmap_principal_query_changes(struct ctx *cx, struct jmap_call *call)
{
    TRY(jmap_account_open(cx, call));
    return call->error ? OK : jmap_refuse(call, "cannotCalculateChanges", NULL);
}
