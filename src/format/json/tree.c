/* The grammar is Jansson's; what it found is copied into the arena, so that nothing is owned. */
#include "format/json/tree.h"
#include "base/arena.h"
#include <jansson.h>

static void drop(json_t *j)
{
    json_decref(j);
}
AUTO_OF(json_t *, drop)

/* Jansson's parser calls itself for each level, 2,048 of them: more than a worker's stack holds
   beside its other work. So depth is found first, without understanding more than strings. */
static bool is_deep(struct str text)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{') && ++depth > JSON_TREE_DEPTH_MAX)
            return true;
        else if (!quoted && (c == ']' || c == '}') && depth)
            depth--;
    }
    return false;
}

static void take(struct arena *a, json_t *j, struct json_tree *out);

static void take_array(struct arena *a, const json_t *j, struct json_tree *out)
{
    size_t n = json_array_size(j);
    struct json_tree *values = ARENA_ARRAY(a, n ? n : 1, struct json_tree);
    for (size_t i = 0; i < n; i++)
        take(a, json_array_get(j, i), &values[i]);
    *out = (struct json_tree){.kind = TREE_ARRAY, .count = n, .values = values};
}

static void take_object(struct arena *a, json_t *j, struct json_tree *out)
{
    size_t n = json_object_size(j), i = 0;
    struct json_tree *values = ARENA_ARRAY(a, n ? n : 1, struct json_tree);
    struct str *names = ARENA_ARRAY(a, n ? n : 1, struct str);
    for (void *at = json_object_iter(j); at; at = json_object_iter_next(j, at), i++) {
        names[i] = str_dup(a, str_z(json_object_iter_key(at)));
        take(a, json_object_iter_value(at), &values[i]);
    }
    *out = (struct json_tree){.kind = TREE_OBJECT, .count = n, .values = values, .names = names};
}

static void take(struct arena *a, json_t *j, struct json_tree *out)
{
    *out = (struct json_tree){.kind = TREE_NULL};
    if (json_is_array(j))
        take_array(a, j, out);
    else if (json_is_object(j))
        take_object(a, j, out);
    else if (json_is_boolean(j))
        *out = (struct json_tree){.kind = TREE_BOOL, .truth = json_is_true(j)};
    else if (json_is_integer(j))
        *out = (struct json_tree){
            .kind = TREE_INTEGER, .integer = json_integer_value(j), .real = json_number_value(j)};
    else if (json_is_real(j))
        *out = (struct json_tree){.kind = TREE_REAL, .real = json_real_value(j)};
    else if (json_is_string(j))
        *out = (struct json_tree){
            .kind = TREE_STRING,
            .text = str_dup(a, str_of(json_string_value(j), json_string_length(j)))};
}

enum code json_tree_read(struct ctx *cx, struct str text, const struct json_tree **out)
{
    json_error_t why;
    if (is_deep(text))
        return fail(cx, E_LIMIT, "JSON is nested deeper than %d", JSON_TREE_DEPTH_MAX);
    if (!text.n)
        return fail(cx, E_SYNTAX, "JSON: nothing is there");
    json_t *j AUTO(drop) =
        json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, &why);
    if (!j)
        return fail(cx, E_SYNTAX, "JSON, at byte %d: it cannot be read", why.position);
    struct json_tree *tree = ARENA_NEW(cx->arena, struct json_tree);
    take(cx->arena, j, tree);
    *out = tree;
    return OK;
}

const struct json_tree *json_tree_member(const struct json_tree *object, struct str name)
{
    if (!json_tree_is(object, TREE_OBJECT))
        return NULL;
    for (size_t i = 0; i < object->count; i++)
        if (str_eq(object->names[i], name))
            return &object->values[i];
    return NULL;
}

struct str json_tree_text(const struct json_tree *object, struct str name)
{
    const struct json_tree *v = json_tree_member(object, name);
    return json_tree_is(v, TREE_STRING) ? v->text : (struct str){0};
}

bool json_tree_true(const struct json_tree *object, struct str name)
{
    const struct json_tree *v = json_tree_member(object, name);
    return json_tree_is(v, TREE_BOOL) && v->truth;
}

bool json_tree_is(const struct json_tree *v, enum tree_kind kind)
{
    return v && v->kind == kind;
}

bool json_tree_is_int(const struct json_tree *v)
{
    const int64_t most = (INT64_C(1) << 53) - 1;
    return json_tree_is(v, TREE_INTEGER) && v->integer <= most && v->integer >= -most;
}
