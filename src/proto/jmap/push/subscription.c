/* PushSubscription/get and /set (RFC 8620 section 7.2): of a person, not of an account, so without
   accountId and states. */
#include "core/push/subscription.h"
#include "base/buf.h"
#include "base/random.h"
#include "core/credential.h"
#include "core/signin/session.h"
#include "format/base64.h"
#include "format/date.h"
#include "proto/jmap/push/push.h"
#include "proto/jmap/push/pusher.h"
#include "proto/jmap/set/set.h"
#include "service/push/webpush.h"

enum { CODE_BYTES = 16, ID_BYTES = 8, KEY_TEXT_MAX = 200 };
static const int64_t life_ms = INT64_C(86400000) * PUSH_SUBSCRIPTION_DAYS;

/* What is wrong with one object. error NULL: nothing. */
struct fault {
    const char *error, *property, *why;
};
static const struct fault fine = {0};

static struct fault invalid(const char *property, const char *why)
{
    return (struct fault){"invalidProperties", property, why};
}

static struct str random_hex(struct ctx *cx, const char *prefix, size_t n)
{
    struct buf b = buf_of(cx->arena, 2 * CODE_BYTES + 2);
    unsigned char bytes[CODE_BYTES];
    random_bytes(cx->random, bytes, n);
    buf_add(&b, str_z(prefix));
    for (size_t i = 0; i < n; i++)
        buf_printf(&b, "%02x", bytes[i]);
    return buf_str(&b);
}

/* --- reading what a client says --- */

static struct fault take_types(struct ctx *cx, const struct json_tree *v,
                               struct push_subscription *s)
{
    struct buf b = buf_of(cx->arena, PUSH_TYPES_BYTES_MAX);
    s->types = (struct str){0};
    if (!v || v->kind == TREE_NULL)
        return fine;
    if (v->kind != TREE_ARRAY)
        return invalid("types", "a list of names, or null");
    for (size_t i = 0; i < v->count; i++) {
        if (v->values[i].kind != TREE_STRING)
            return invalid("types", "a list of names, or null");
        if (jmap_types_of(v->values[i].text))
            buf_printf(&b, "%s%.*s", b.n ? "," : "", STR_ARG(v->values[i].text));
    }
    if (!b.n)
        buf_add(&b, STR("-")); /* none of those that there are */
    s->types = buf_str(&b);
    return b.overflow ? invalid("types", "too many") : fine;
}

/* Not for longer than we keep it, nor than somebody else's token is good, of which we hear no more.
 */
static int64_t expires_at_most(const struct ctx *cx, const struct jmap_call *call)
{
    const struct auth_hold *h = &call->who->hold;
    int64_t most = cx->now_ms + life_ms;
    return h->until_ms && !h->grant && h->until_ms < most ? h->until_ms : most;
}

/* What is asked for, if that is not too long. */
static struct fault take_expires(struct ctx *cx, const struct jmap_call *call,
                                 const struct json_tree *v, struct push_subscription *s)
{
    int64_t most = expires_at_most(cx, call), wanted;
    struct date date;
    s->expires_ms = most;
    if (!v || v->kind == TREE_NULL)
        return fine;
    if (v->kind != TREE_STRING || !str_ends(v->text, STR("Z")) || !date_parse(v->text, &date))
        return invalid("expires", "a date in UTC, or null");
    wanted = date.utc_ms;
    if (wanted <= cx->now_ms)
        return invalid("expires", "it is past");
    s->expires_ms = wanted < most ? wanted : most;
    return fine;
}

static struct fault take_keys(struct ctx *cx, const struct json_tree *v,
                              struct push_subscription *s)
{
    if (!v || v->kind == TREE_NULL)
        return fine;
    s->key = base64_decode(cx->arena, json_tree_text(v, STR("p256dh")), KEY_TEXT_MAX);
    s->auth = base64_decode(cx->arena, json_tree_text(v, STR("auth")), KEY_TEXT_MAX);
    return webpush_keys_ok(s->key, s->auth) ? fine : invalid("keys", "no point of P-256 and auth");
}

static bool is_printable(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f)
            return false;
    return true;
}

static bool names_ok(const struct json_tree *v, const char *const *names, const char **bad,
                     struct ctx *cx)
{
    for (size_t i = 0; i < v->count; i++) {
        const char *const *n = names;
        while (*n && !str_eq(v->names[i], str_z(*n)))
            n++;
        if (!*n) {
            *bad = str_zdup(cx->arena, v->names[i]);
            return false;
        }
    }
    return true;
}

static struct fault take_new(struct ctx *cx, const struct jmap_call *call,
                             const struct json_tree *v, struct push_subscription *s)
{
    static const char *const names[] = {"deviceClientId", "url",   "keys", "verificationCode",
                                        "expires",        "types", NULL};
    const char *bad;
    if (v->kind != TREE_OBJECT)
        return invalid("", "no object");
    if (!names_ok(v, names, &bad, cx))
        return invalid(bad, "not known, or set by the server");
    s->device = json_tree_text(v, STR("deviceClientId"));
    s->url = json_tree_text(v, STR("url"));
    if (!s->device.n || s->device.n > PUSH_DEVICE_MAX)
        return invalid("deviceClientId", "a text is needed");
    if (!str_starts(s->url, STR("https://")) || s->url.n > PUSH_URL_MAX || !is_printable(s->url))
        return invalid("url", "an address of https is needed");
    const struct json_tree *code = json_tree_member(v, STR("verificationCode"));
    if (code && code->kind != TREE_NULL)
        return invalid("verificationCode", "it is not known yet");
    struct fault f = take_keys(cx, json_tree_member(v, STR("keys")), s);
    if (!f.error)
        f = take_expires(cx, call, json_tree_member(v, STR("expires")), s);
    return f.error ? f : take_types(cx, json_tree_member(v, STR("types")), s);
}

/* --- the verbs --- */

static struct push_credential credential_of(const struct jmap_call *call)
{
    const struct auth_hold *h = &call->who->hold;
    const struct session *s = call->request ? call->request->session : NULL;
    return (struct push_credential){.session = s ? s->id : 0,
                                    .app_password = h->app_password,
                                    .grant = h->grant,
                                    .foreign = h->until_ms && !h->grant};
}

static bool is_same(const struct push_credential *a, const struct push_credential *b)
{
    return a->session == b->session && a->app_password == b->app_password && a->grant == b->grant &&
           a->foreign == b->foreign;
}

struct own {
    struct push_subscription *list;
    size_t count;
};

/* Those that have not expired; section 7.2: of who comes by the same credentials alone. */
static enum code own_read(struct ctx *cx, const struct jmap_call *call, struct own *out)
{
    const struct push_credential by = credential_of(call);
    size_t n = 0;
    TRY(push_subscription_list(cx, call->env->core, call->who->who.id, &out->list, &out->count));
    for (size_t i = 0; i < out->count; i++)
        if (out->list[i].expires_ms > cx->now_ms && is_same(&out->list[i].by, &by))
            out->list[n++] = out->list[i];
    out->count = n;
    return OK;
}

static struct push_subscription *own_find(const struct own *o, struct str id)
{
    for (size_t i = 0; i < o->count; i++)
        if (str_eq(o->list[i].id, id))
            return &o->list[i];
    return NULL;
}

static void put_fault(struct json *j, struct str key, struct fault f)
{
    jmap_key(j, key);
    json_object(j);
    json_key(j, "type");
    json_str(j, str_z(f.error));
    if (f.why) {
        json_key(j, "description");
        json_str(j, str_z(f.why));
    }
    if (f.property && *f.property) {
        json_key(j, "properties");
        json_array(j);
        json_str(j, str_z(f.property));
        json_array_end(j);
    }
    json_object_end(j);
}

static enum code create(struct ctx *cx, struct jmap_call *call, const struct json_tree *v,
                        struct push_subscription *s, struct fault *f)
{
    *s = (struct push_subscription){.who = call->who->who.id, .created_ms = cx->now_ms};
    *f = take_new(cx, call, v, s);
    if (f->error)
        return OK;
    s->id = random_hex(cx, "P", ID_BYTES);
    s->code = random_hex(cx, "", CODE_BYTES);
    s->by = credential_of(call);
    TRY(credential_generation(cx, call->env->core, s->who, &s->generation));
    enum code code = push_subscription_add(cx, call->env->core, s);
    if (code == E_LIMIT)
        *f = (struct fault){"overQuota", NULL, "too many subscriptions"};
    else if (code == E_BUSY)
        *f = (struct fault){"rateLimit", NULL, "too many in a day"};
    return code == E_LIMIT || code == E_BUSY ? OK : code;
}

static enum code put_created(struct ctx *cx, struct jmap_call *call, const struct json_tree *all,
                             struct buf *failed)
{
    struct json bad = json_to(failed), *j = &call->out;
    json_key(j, "created");
    json_object(j);
    for (size_t i = 0; all && i < all->count; i++) {
        struct push_subscription s;
        struct fault f;
        TRY(create(cx, call, &all->values[i], &s, &f));
        if (f.error) {
            bad.comma = failed->n != 0;
            put_fault(&bad, all->names[i], f);
            continue;
        }
        jmap_created_add(cx, call, all->names[i], s.id);
        jmap_key(j, all->names[i]);
        json_object(j);
        json_key(j, "id");
        json_str(j, s.id);
        json_key(j, "expires");
        json_str(j, jmap_date(cx->arena, s.expires_ms));
        if (!s.key.n) {
            json_key(j, "keys");
            json_null(j);
        }
        json_object_end(j);
    }
    json_object_end(j);
    return OK;
}

static struct fault change(struct ctx *cx, const struct jmap_call *call, const struct json_tree *v,
                           struct push_subscription *s)
{
    static const char *const names[] = {"verificationCode", "expires", "types", NULL};
    const struct json_tree *code = json_tree_member(v, STR("verificationCode"));
    const struct json_tree *expires = json_tree_member(v, STR("expires"));
    const struct json_tree *types = json_tree_member(v, STR("types"));
    struct fault f = fine;
    const char *bad;
    if (v->kind != TREE_OBJECT)
        return (struct fault){"invalidPatch", NULL, "no object"};
    if (!names_ok(v, names, &bad, cx))
        return invalid(bad, "it cannot be changed");
    if (code) {
        if (code->kind != TREE_STRING || !str_eq(code->text, s->code))
            return invalid("verificationCode", "that is not what was sent");
        s->verified = true;
    }
    if (expires)
        f = take_expires(cx, call, expires, s);
    if (!f.error && types)
        f = take_types(cx, types, s);
    return f;
}

static enum code put_updated(struct ctx *cx, struct jmap_call *call, const struct own *own,
                             const struct json_tree *all, struct buf *failed)
{
    struct json bad = json_to(failed), *j = &call->out;
    json_key(j, "updated");
    json_object(j);
    for (size_t i = 0; all && i < all->count; i++) {
        struct push_subscription *s = own_find(own, all->names[i]);
        struct fault f = {"notFound", NULL, NULL};
        if (s)
            f = change(cx, call, &all->values[i], s);
        if (!f.error && push_subscription_set(cx, call->env->core, s) != OK)
            f = (struct fault){"notFound", NULL, NULL};
        if (f.error) {
            bad.comma = failed->n != 0;
            put_fault(&bad, all->names[i], f);
            continue;
        }
        jmap_key(j, all->names[i]);
        json_object(j);
        json_key(j, "expires");
        json_str(j, jmap_date(cx->arena, s->expires_ms));
        json_object_end(j);
    }
    json_object_end(j);
    return OK;
}

static enum code put_destroyed(struct ctx *cx, struct jmap_call *call, const struct own *own,
                               const struct json_tree *all, struct buf *failed)
{
    struct json bad = json_to(failed), *j = &call->out;
    json_key(j, "destroyed");
    json_array(j);
    for (size_t i = 0; all && i < all->count; i++) {
        struct str id = all->values[i].text;
        enum code code = own_find(own, id)
                             ? push_subscription_drop(cx, call->env->core, call->who->who.id, id)
                             : E_NOT_FOUND;
        if (code == OK) {
            json_str(j, id);
            continue;
        }
        if (code != E_NOT_FOUND)
            return code;
        bad.comma = failed->n != 0;
        put_fault(&bad, id, (struct fault){"notFound", NULL, NULL});
    }
    json_array_end(j);
    return OK;
}

static void put_failed(struct json *j, const char *key, const struct buf *failed)
{
    json_key(j, key);
    json_object(j);
    buf_add(j->out, buf_str(failed));
    json_object_end(j);
}

static bool texts(const struct json_tree *list)
{
    for (size_t i = 0; list && i < list->count; i++)
        if (list->values[i].kind != TREE_STRING)
            return false;
    return true;
}

enum code jmap_subscription_set(struct ctx *cx, struct jmap_call *call)
{
    const struct json_tree *new, *changed, *gone;
    struct buf failed[3];
    struct own own;
    for (int i = 0; i < 3; i++)
        failed[i] = buf_of(cx->arena, JMAP_ANSWER_MAX);
    if (!jmap_arg(call, STR("create"), TREE_OBJECT, &new) ||
        !jmap_arg(call, STR("update"), TREE_OBJECT, &changed) ||
        !jmap_arg(call, STR("destroy"), TREE_ARRAY, &gone) || !texts(gone))
        return jmap_refuse(call, "invalidArguments", "create, update or destroy");
    size_t count =
        (new ? new->count : 0) + (changed ? changed->count : 0) + (gone ? gone->count : 0);
    if (count > JMAP_SET_MAX)
        return jmap_refuse(call, "requestTooLarge", NULL);
    TRY(own_read(cx, call, &own));
    TRY(put_created(cx, call, new, &failed[0]));
    TRY(put_updated(cx, call, &own, changed, &failed[1]));
    TRY(put_destroyed(cx, call, &own, gone, &failed[2]));
    put_failed(&call->out, "notCreated", &failed[0]);
    put_failed(&call->out, "notUpdated", &failed[1]);
    put_failed(&call->out, "notDestroyed", &failed[2]);
    jmap_pusher_changed(call->env->pusher);
    return OK;
}

/* url and keys are secrets between the client and its push service: they are never told. */
static const char *const shown[] = {"id",      "deviceClientId", "verificationCode",
                                    "expires", "types",          NULL};

static bool is_wanted(const struct json_tree *properties, const char *name)
{
    if (!properties || strcmp(name, "id") == 0)
        return true;
    for (size_t i = 0; i < properties->count; i++)
        if (str_eq(properties->values[i].text, str_z(name)))
            return true;
    return false;
}

static void put_types(struct json *j, struct str types)
{
    struct cur c = cur_of(types);
    struct str one;
    if (!types.n) {
        json_null(j);
        return;
    }
    json_array(j);
    while (cur_until(&c, ',', &one))
        json_str(j, one);
    if (!str_eq(c.rest, STR("-")))
        json_str(j, c.rest);
    json_array_end(j);
}

static void put_one(struct ctx *cx, struct json *j, const struct push_subscription *s,
                    const struct json_tree *properties)
{
    json_object(j);
    json_key(j, "id");
    json_str(j, s->id);
    if (is_wanted(properties, "deviceClientId")) {
        json_key(j, "deviceClientId");
        json_str(j, s->device);
    }
    if (is_wanted(properties, "verificationCode")) {
        json_key(j, "verificationCode");
        if (s->verified)
            json_str(j, s->code);
        else
            json_null(j);
    }
    if (is_wanted(properties, "expires")) {
        json_key(j, "expires");
        json_str(j, jmap_date(cx->arena, s->expires_ms));
    }
    if (is_wanted(properties, "types")) {
        json_key(j, "types");
        put_types(j, s->types);
    }
    json_object_end(j);
}

/* False: a property that is not there. Section 7.2.1: url and keys are "forbidden". */
static bool properties_ok(const struct json_tree *list, const char **error)
{
    *error = "invalidArguments";
    for (size_t i = 0; list && i < list->count; i++) {
        const char *const *n = shown;
        while (*n && !str_eq(list->values[i].text, str_z(*n)))
            n++;
        if (*n)
            continue;
        if (str_eq(list->values[i].text, STR("url")) || str_eq(list->values[i].text, STR("keys")))
            *error = "forbidden";
        return false;
    }
    return true;
}

enum code jmap_subscription_get(struct ctx *cx, struct jmap_call *call)
{
    const struct json_tree *ids, *properties;
    const char *error;
    struct json *j = &call->out;
    struct own own;
    if (!jmap_arg(call, STR("ids"), TREE_ARRAY, &ids) || !texts(ids) ||
        !jmap_arg(call, STR("properties"), TREE_ARRAY, &properties) || !texts(properties))
        return jmap_refuse(call, "invalidArguments", "ids or properties");
    if (!properties_ok(properties, &error))
        return jmap_refuse(call, error, "properties");
    if (ids && ids->count > JMAP_GET_MAX)
        return jmap_refuse(call, "requestTooLarge", NULL);
    TRY(own_read(cx, call, &own));
    json_key(j, "list");
    json_array(j);
    for (size_t i = 0; !ids && i < own.count; i++)
        put_one(cx, j, &own.list[i], properties);
    for (size_t i = 0; ids && i < ids->count; i++)
        if (own_find(&own, ids->values[i].text))
            put_one(cx, j, own_find(&own, ids->values[i].text), properties);
    json_array_end(j);
    json_key(j, "notFound");
    json_array(j);
    for (size_t i = 0; ids && i < ids->count; i++)
        if (!own_find(&own, ids->values[i].text))
            json_str(j, ids->values[i].text);
    json_array_end(j);
    return OK;
}
