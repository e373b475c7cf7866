/* Back-references (RFC 8620 section 3.7): an earlier response is read again only when a later call
   points into it. */
#include "proto/jmap/call.h"
#include "proto/jmap/set/patch.h"

/* Values that a path leads to. */
struct found {
    struct json_tree *at;
    size_t count, room;
    bool many; /* a "*" was passed: they become an array */
};

bool jmap_unescape(struct arena *a, struct str raw, struct str *out)
{
    struct buf b = buf_of(a, JMAP_POINTER_MAX);
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if (c == '~') {
            char next = ++i < raw.n ? raw.p[i] : 0;
            if (next != '0' && next != '1')
                return false;
            c = next == '0' ? '~' : '/';
        }
        buf_byte(&b, c);
    }
    *out = buf_str(&b);
    return !b.overflow;
}

static bool add(struct ctx *cx, struct found *to, const struct json_tree *v)
{
    if (to->count == JMAP_REFERENCE_VALUES_MAX)
        return false;
    if (to->count == to->room) {
        size_t room = to->room ? to->room * 2 : 16;
        to->at = arena_grow(cx->arena, to->at, to->room * sizeof *to->at, room * sizeof *to->at);
        to->room = room;
    }
    to->at[to->count++] = *v;
    return true;
}

/* An array's members; those of an array in it one by one (the RFC flattens). */
static bool spread(struct ctx *cx, struct found *to, const struct json_tree *array)
{
    for (size_t i = 0; i < array->count; i++)
        if (!add(cx, to, &array->values[i]))
            return false;
    return true;
}

static const struct json_tree *member(const struct json_tree *v, struct str token)
{
    uint64_t index;
    if (v->kind == TREE_OBJECT)
        return json_tree_member(v, token);
    bool is_index = str_u64(token, &index) && (token.n == 1 || token.p[0] != '0');
    return v->kind == TREE_ARRAY && is_index && index < v->count ? &v->values[index] : NULL;
}

/* One step of the path from all that was found so far. */
static bool step(struct ctx *cx, struct found *all, struct str token)
{
    struct found next = {.many = all->many};
    bool star = str_eq(token, STR("*"));
    for (size_t i = 0; i < all->count; i++) {
        const struct json_tree *v = &all->at[i];
        if (star && v->kind == TREE_ARRAY) {
            next.many = true;
            if (!spread(cx, &next, v))
                return false;
            continue;
        }
        v = member(v, token);
        if (!v || !add(cx, &next, v))
            return false;
    }
    *all = next;
    return true;
}

static bool follow(struct ctx *cx, const struct json_tree *root, struct str path,
                   struct json_tree *out)
{
    struct found all = {0};
    struct cur c = cur_of(path);
    struct str raw, token;
    (void)add(cx, &all, root);
    while (!cur_end(&c)) {
        if (!cur_char(&c, '/'))
            return false;
        size_t n = str_chr(c.rest, '/');
        (void)cur_bytes(&c, n == SIZE_MAX ? c.rest.n : n, &raw);
        if (!jmap_unescape(cx->arena, raw, &token) || !step(cx, &all, token))
            return false;
    }
    if (!all.many) {
        *out = all.at[0];
        return true;
    }
    struct found flat = {0};
    for (size_t i = 0; i < all.count; i++)
        if (!(all.at[i].kind == TREE_ARRAY ? spread(cx, &flat, &all.at[i])
                                           : add(cx, &flat, &all.at[i])))
            return false;
    *out = (struct json_tree){.kind = TREE_ARRAY, .count = flat.count, .values = flat.at};
    return true;
}

static enum code refer(struct ctx *cx, struct jmap_result *results, size_t count,
                       const struct json_tree *reference, struct json_tree *out)
{
    struct str id = json_tree_text(reference, STR("resultOf"));
    struct str name = json_tree_text(reference, STR("name"));
    struct str path = json_tree_text(reference, STR("path"));
    for (size_t i = 0; i < count; i++) {
        struct jmap_result *r = &results[i];
        if (!str_eq(r->id, id))
            continue;
        if (!str_eq(r->name, name) || path.n > JMAP_POINTER_MAX)
            break;
        if (!r->tree && !jmap_values_ok(r->text))
            break;
        if (!r->tree)
            TRY(json_tree_read(cx, r->text, &r->tree));
        if (!follow(cx, r->tree, path, out))
            break;
        return OK;
    }
    return fail(cx, E_NOT_FOUND, "a reference leads nowhere");
}

enum code jmap_resolve(struct ctx *cx, struct jmap_result *results, size_t count,
                       const struct json_tree *args, const struct json_tree **out)
{
    struct json_tree *new = ARENA_NEW(cx->arena, struct json_tree);
    struct json_tree *values = ARENA_ARRAY(cx->arena, args->count + 1, struct json_tree);
    struct str *names = ARENA_ARRAY(cx->arena, args->count + 1, struct str);
    for (size_t i = 0; i < args->count; i++) {
        names[i] = args->names[i];
        values[i] = args->values[i];
        if (!str_starts(names[i], STR("#")))
            continue;
        names[i] = str_from(names[i], 1);
        if (json_tree_member(args, names[i]))
            return fail(cx, E_SYNTAX, "an argument and a reference of one name");
        TRY(refer(cx, results, count, &args->values[i], &values[i]));
    }
    *new = (struct json_tree){
        .kind = TREE_OBJECT, .count = args->count, .values = values, .names = names};
    *out = new;
    return OK;
}
