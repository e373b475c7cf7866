/* VacationResponse (RFC 8621 section 8): one object, kept as it is said, and run as a script of its
   own after the person's active one. */
#include "core/script/script.h"
#include "format/date.h"
#include "proto/jmap/object/object.h"
#include "proto/jmap/sieve/sieve.h"
#include "service/filter.h"
#include "service/filter/absence.h"

static const struct str singleton = STR("singleton");

static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    struct jmap_object *o = ARENA_NEW(cx->arena, struct jmap_object);
    if (!str_eq(id, singleton))
        return fail(cx, E_NOT_FOUND, "there is one vacation response");
    enum code code = jmap_object_find(cx, call, OBJECT_VACATION, id, o);
    if (code != OK && code != E_NOT_FOUND)
        return code;
    o->id = singleton;
    *object = o;
    return OK;
}

static enum code all(struct ctx *cx, struct jmap_call *call, struct str **ids, size_t *count)
{
    (void)call;
    *ids = ARENA_NEW(cx->arena, struct str);
    **ids = singleton;
    *count = 1;
    return OK;
}

static enum code changed(struct ctx *cx, struct jmap_call *call, struct jmap_changed *out)
{
    return jmap_object_changed(cx, call, OBJECT_VACATION, out);
}

static enum code put_id(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    (void)cx, (void)call, (void)object;
    json_str(j, singleton);
    return OK;
}

static enum code put_enabled(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct jmap_object *o = object;
    (void)cx, (void)call;
    json_bool(j, json_tree_true(o->values, STR("isEnabled")));
    return OK;
}

#define KEPT(function, name)                                                                       \
    static enum code function(struct ctx *cx, struct jmap_call *call, void *object,                \
                              struct json *j)                                                      \
    {                                                                                              \
        const struct jmap_object *o = object;                                                      \
        (void)cx, (void)call;                                                                      \
        jmap_object_put(j, o->values, STR(name));                                                  \
        return OK;                                                                                 \
    }
KEPT(put_from, "fromDate")
KEPT(put_to, "toDate")
KEPT(put_subject, "subject")
KEPT(put_text, "textBody")
KEPT(put_html, "htmlBody")

/* A UTCDate or null (RFC 8620 section 1.4). */
static bool date_of(const struct json_tree *values, struct str name, int64_t *out)
{
    struct str text = json_tree_text(values, name);
    struct date d;
    *out = 0;
    if (!text.n)
        return !json_tree_is(json_tree_member(values, name), TREE_STRING);
    if (text.n < sizeof "2026-01-01T00:00:00Z" - 1 || !str_ends(text, STR("Z")) ||
        !ascii_is_digit(*text.p) || !date_parse(text, &d))
        return false;
    *out = d.utc_ms;
    return true;
}

struct wish {
    struct object object;
    const struct blob_new *script; /* NULL: none runs */
    uint64_t bytes;
};

static enum code change_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct wish *c = arg;
    TRY(object_put(cx, t, OBJECT_VACATION, &c->object, 1, NULL));
    return script_companion_set(cx, t, c->script, c->bytes);
}

static enum code script_make(struct ctx *cx, struct jmap_call *call, const struct absence *a,
                             struct wish *c)
{
    struct sieve_problems problems;
    struct blob_new *blob;
    struct str script = absence_script(cx, a);
    TRY(filters_check(cx, call->env->filters, script, &problems));
    TRY(blob_prepare(cx, call->env->core->store, script, &blob));
    c->script = blob;
    c->bytes = script.n;
    return OK;
}

static enum code update(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct jmap_object *o = x->object;
    const struct json_tree *values = jmap_object_with(cx, o->values, x);
    struct wish c = {.object = {.name = singleton, .value = jmap_object_text(cx, values)}};
    struct absence a = {.subject = json_tree_text(values, STR("subject")),
                        .text = json_tree_text(values, STR("textBody")),
                        .html = json_tree_text(values, STR("htmlBody"))};
    bool on = json_tree_true(values, STR("isEnabled"));
    if (!date_of(values, STR("fromDate"), &a.from_ms))
        TRY(jmap_set_invalid(cx, x, STR("fromDate"), "a date in UTC"));
    if (!date_of(values, STR("toDate"), &a.to_ms))
        TRY(jmap_set_invalid(cx, x, STR("toDate"), "a date in UTC"));
    if (!x->error && c.object.value.n > OBJECT_BYTES_MAX)
        return jmap_set_refuse(x, "tooLarge", NULL);
    if (x->error)
        return OK;
    if (on)
        TRY(script_make(cx, call, &a, &c));
    TRY(jmap_commit(cx, call, change_in, &c));
    return jmap_sieve_note(cx, call, "vacation.set", on ? STR("on") : STR("off"));
}

static const struct jmap_settable settable[] = {
    {STR("isEnabled"), JMAP_ALWAYS, JMAP_IS_BOOL},
    {STR("fromDate"), JMAP_ALWAYS, JMAP_IS_NULL | JMAP_IS_TEXT},
    {STR("toDate"), JMAP_ALWAYS, JMAP_IS_NULL | JMAP_IS_TEXT},
    {STR("subject"), JMAP_ALWAYS, JMAP_IS_NULL | JMAP_IS_TEXT},
    {STR("textBody"), JMAP_ALWAYS, JMAP_IS_NULL | JMAP_IS_TEXT},
    {STR("htmlBody"), JMAP_ALWAYS, JMAP_IS_NULL | JMAP_IS_TEXT},
};

static const struct jmap_setter setter = {
    .rows = settable,
    .count = sizeof settable / sizeof *settable,
    .prepare = jmap_own_only,
    .update = update,
    .singleton = true,
};

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},           {STR("isEnabled"), true, put_enabled},
    {STR("fromDate"), true, put_from},   {STR("toDate"), true, put_to},
    {STR("subject"), true, put_subject}, {STR("textBody"), true, put_text},
    {STR("htmlBody"), true, put_html},
};

const struct jmap_type jmap_vacation_type = {
    .properties = properties,
    .count = sizeof properties / sizeof *properties,
    .find = find,
    .all = all,
    .changed = changed,
    .id_of = jmap_object_id_of,
    .prepare = jmap_own_only,
    .setter = &setter,
};
