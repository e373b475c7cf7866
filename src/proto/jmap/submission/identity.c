/* Identities (RFC 8621 section 6): as whom a person writes. One of the own address and of each
   address that others have granted is there by itself, and may be dressed; more may be made of the
   same addresses. */
#include "base/buf.h"
#include "format/address.h"
#include "format/thread.h"
#include "proto/jmap/object/object.h"
#include "proto/jmap/submission/submission.h"

enum { ADDRESSES_MAX = 100 };

struct identity {
    struct jmap_object object;
    struct str name, email;
    bool made; /* by the person */
};

static struct str own_id(struct arena *a, principal_id who)
{
    return str_printf(a, "P%llx", (unsigned long long)who);
}

static bool own_id_read(struct str id, principal_id *out)
{
    struct cur c = cur_of(id);
    return cur_char(&c, 'P') && cur_peek(&c) != '0' && jmap_take_hex(&c, out) && cur_end(&c);
}

/* One that is there by itself. */
static enum code find_own(struct ctx *cx, struct jmap_call *call, principal_id who,
                          struct identity *out)
{
    struct principal p;
    enum code code = directory_by_id(cx, call->env->core, who, &p);
    if (code == OK && who != call->account)
        code = directory_may_send_as(cx, call->env->core, call->account, p.address);
    if (code == E_DENIED)
        return fail(cx, E_NOT_FOUND, "not an address of that person");
    TRY(code);
    out->name = p.display;
    out->email = p.address;
    return OK;
}

static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    struct identity *i = ARENA_NEW(cx->arena, struct identity);
    principal_id who;
    bool itself = own_id_read(id, &who);
    if (itself)
        TRY(find_own(cx, call, who, i));
    enum code code = jmap_object_find(cx, call, OBJECT_IDENTITY, id, &i->object);
    if (code != OK && (code != E_NOT_FOUND || !itself))
        return code;
    i->object.id = id;
    i->made = !itself;
    if (i->made)
        i->email = json_tree_text(i->object.values, STR("email"));
    *object = i;
    return OK;
}

static enum code all(struct ctx *cx, struct jmap_call *call, struct str **ids, size_t *count)
{
    principal_id *others, ignored;
    struct str *made, *list;
    size_t other_count, made_count, n = 0;
    TRY(directory_send_as_of(cx, call->env->core, call->account, &others, &other_count));
    TRY(jmap_object_all(cx, call, OBJECT_IDENTITY, &made, &made_count));
    list = ARENA_ARRAY(cx->arena, 1 + other_count + made_count, struct str);
    list[n++] = own_id(cx->arena, call->account);
    for (size_t i = 0; i < other_count; i++) {
        struct identity one;
        enum code code = find_own(cx, call, others[i], &one);
        if (code == OK)
            list[n++] = own_id(cx->arena, others[i]);
        else if (code != E_NOT_FOUND)
            return code;
    }
    for (size_t i = 0; i < made_count; i++)
        if (!own_id_read(made[i], &ignored))
            list[n++] = made[i];
    *ids = list;
    *count = n;
    return OK;
}

/* What is there by itself is dressed or undressed, not made and unmade. */
static enum code changed(struct ctx *cx, struct jmap_call *call, struct jmap_changed *out)
{
    principal_id ignored;
    TRY(jmap_object_changed(cx, call, OBJECT_IDENTITY, out));
    for (size_t i = 0; i < out->count; i++)
        if (own_id_read(jmap_object_id_of(cx->arena, call, out->at[i].key), &ignored))
            out->at[i].how = JMAP_UPDATED;
    return OK;
}

/* Whose addresses may be written as, and how they are named, is the directory's to say. */
static enum code basis(struct ctx *cx, struct jmap_call *call, uint64_t *out)
{
    struct buf b = buf_of(cx->arena, JMAP_REQUEST_MAX);
    principal_id *others;
    size_t count;
    TRY(directory_send_as_of(cx, call->env->core, call->account, &others, &count));
    for (size_t i = 0; i <= count; i++) {
        principal_id who = i ? others[i - 1] : call->account;
        struct principal p;
        enum code code = directory_by_id(cx, call->env->core, who, &p);
        if (code == E_NOT_FOUND)
            continue;
        TRY(code);
        buf_le64(&b, who);
        buf_le_str(&b, p.display);
        buf_le_str(&b, p.address);
    }
    *out = thread_key(buf_str(&b));
    return OK;
}

enum code jmap_identity_sender(struct ctx *cx, struct jmap_call *call, struct str id,
                               struct str *email)
{
    void *object = NULL;
    TRY(find(cx, call, id, &object));
    *email = ((const struct identity *)object)->email;
    return OK;
}

static enum code put_id(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct identity *i = object;
    (void)cx, (void)call;
    json_str(j, i->object.id);
    return OK;
}

static enum code put_name(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct identity *i = object;
    (void)cx, (void)call;
    jmap_object_put_text(j, i->object.values, STR("name"), i->name);
    return OK;
}

static enum code put_email(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct identity *i = object;
    (void)cx, (void)call;
    json_str(j, i->email);
    return OK;
}

static enum code put_reply_to(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct identity *i = object;
    (void)cx, (void)call;
    jmap_object_put(j, i->object.values, STR("replyTo"));
    return OK;
}

static enum code put_bcc(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct identity *i = object;
    (void)cx, (void)call;
    jmap_object_put(j, i->object.values, STR("bcc"));
    return OK;
}

static enum code put_text(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct identity *i = object;
    (void)cx, (void)call;
    jmap_object_put_text(j, i->object.values, STR("textSignature"), STR(""));
    return OK;
}

static enum code put_html(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct identity *i = object;
    (void)cx, (void)call;
    jmap_object_put_text(j, i->object.values, STR("htmlSignature"), STR(""));
    return OK;
}

static enum code put_may_delete(struct ctx *cx, struct jmap_call *call, void *object,
                                struct json *j)
{
    const struct identity *i = object;
    (void)cx, (void)call;
    json_bool(j, i->made);
    return OK;
}

/* Section 4.1.2.3: objects of name and email. */
static bool is_addresses(const struct json_tree *v)
{
    if (!json_tree_is(v, TREE_ARRAY))
        return true;
    if (v->count > ADDRESSES_MAX)
        return false;
    for (size_t i = 0; i < v->count; i++) {
        const struct json_tree *one = &v->values[i], *name = json_tree_member(one, STR("name"));
        bool named = !name || name->kind == TREE_NULL || name->kind == TREE_STRING;
        if (one->kind != TREE_OBJECT || !named || !address_valid(json_tree_text(one, STR("email"))))
            return false;
    }
    return true;
}

static enum code check(struct ctx *cx, struct jmap_set_one *x)
{
    static const struct str lists[] = {STR("replyTo"), STR("bcc")};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (!is_addresses(json_tree_member(x->values, lists[i])))
            TRY(jmap_set_invalid(cx, x, lists[i], "a list of name and email"));
    return OK;
}

static enum code create(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    struct str email = json_tree_text(x->values, STR("email"));
    TRY(check(cx, x));
    if (!address_valid(email))
        TRY(jmap_set_invalid(cx, x, STR("email"), "an address"));
    if (x->error)
        return OK;
    enum code code = directory_may_send_as(cx, call->env->core, call->account, email);
    if (code == E_DENIED)
        return jmap_set_refuse(x, "forbiddenFrom", NULL);
    TRY(code);
    return jmap_object_save(cx, call, OBJECT_IDENTITY, x, jmap_object_with(cx, NULL, x));
}

static enum code update(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct identity *i = x->object;
    TRY(check(cx, x));
    if (x->error)
        return OK;
    return jmap_object_save(cx, call, OBJECT_IDENTITY, x,
                            jmap_object_with(cx, i->object.values, x));
}

static enum code destroy(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct identity *i = x->object;
    if (!i->made)
        return jmap_set_refuse(x, "forbidden", "it is there as long as its address");
    return jmap_object_drop(cx, call, OBJECT_IDENTITY, x->id);
}

static const struct jmap_settable settable[] = {
    {STR("name"), JMAP_ALWAYS, JMAP_IS_TEXT | JMAP_OR_EMPTY},
    {STR("email"), JMAP_ONCE, JMAP_IS_TEXT},
    {STR("replyTo"), JMAP_ALWAYS, JMAP_IS_NULL | JMAP_IS_LIST},
    {STR("bcc"), JMAP_ALWAYS, JMAP_IS_NULL | JMAP_IS_LIST},
    {STR("textSignature"), JMAP_ALWAYS, JMAP_IS_TEXT | JMAP_OR_EMPTY},
    {STR("htmlSignature"), JMAP_ALWAYS, JMAP_IS_TEXT | JMAP_OR_EMPTY},
};

static const struct jmap_setter setter = {
    .rows = settable,
    .count = sizeof settable / sizeof *settable,
    .prepare = jmap_own_only,
    .create = create,
    .update = update,
    .destroy = destroy,
};

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},
    {STR("name"), true, put_name},
    {STR("email"), true, put_email},
    {STR("replyTo"), true, put_reply_to},
    {STR("bcc"), true, put_bcc},
    {STR("textSignature"), true, put_text},
    {STR("htmlSignature"), true, put_html},
    {STR("mayDelete"), true, put_may_delete},
};

const struct jmap_type jmap_identity_type = {
    .properties = properties,
    .count = sizeof properties / sizeof *properties,
    .find = find,
    .all = all,
    .changed = changed,
    .id_of = jmap_object_id_of,
    .prepare = jmap_own_only,
    .basis = basis,
    .elsewhere = true,
    .setter = &setter,
};
