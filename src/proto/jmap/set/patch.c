/* PatchObjects (RFC 8620 section 5.3): pointers into an object, and new values. */
#include "proto/jmap/set/patch.h"
#include "proto/jmap/call.h"

/* "a/b~1c": the leading "/" is left out (RFC 6901 but for that). */
static bool split(struct arena *a, struct str pointer, struct jmap_patch *out)
{
    struct str *steps = ARENA_ARRAY(a, JMAP_PATCH_DEPTH_MAX + 1, struct str);
    struct str rest = pointer;
    size_t count = 0;
    for (bool last = false; !last; count++) {
        size_t at = str_chr(rest, '/');
        last = at == SIZE_MAX;
        if (count > JMAP_PATCH_DEPTH_MAX || !jmap_unescape(a, str_sub(rest, 0, at), &steps[count]))
            return false;
        rest = last ? rest : str_from(rest, at + 1);
    }
    out->property = steps[0];
    out->path = &steps[1];
    out->depth = count - 1;
    return true;
}

/* One names what the other is in. */
static bool overlap(const struct jmap_patch *a, const struct jmap_patch *b)
{
    bool same = str_eq(a->property, b->property);
    for (size_t i = 0; same && i < a->depth && i < b->depth; i++)
        same = str_eq(a->path[i], b->path[i]);
    return same;
}

/* Those of one property come in one run or apart: all pairs of a property are looked at. */
static bool apart(const struct jmap_patch *all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (overlap(&all[i], &all[k]))
                return false;
    return true;
}

enum code jmap_patch_read(struct ctx *cx, const struct json_tree *object, struct jmap_patch **out)
{
    struct jmap_patch *all = ARENA_ARRAY(cx->arena, object->count + 1, struct jmap_patch);
    if (object->count > JMAP_PATCHES_MAX)
        return fail(cx, E_SYNTAX, "a patch of %zu pointers", object->count);
    for (size_t i = 0; i < object->count; i++) {
        all[i].value = &object->values[i];
        if (!split(cx->arena, object->names[i], &all[i]))
            return fail(cx, E_SYNTAX, "a patch with a pointer that is none");
    }
    if (!apart(all, object->count))
        return fail(cx, E_SYNTAX, "a patch whose pointers overlap");
    *out = all;
    return OK;
}

const struct json_tree *jmap_tree_with(struct ctx *cx, const struct json_tree *object,
                                       struct str name, const struct json_tree *value)
{
    struct json_tree *new = ARENA_NEW(cx->arena, struct json_tree);
    struct json_tree *values = ARENA_ARRAY(cx->arena, object->count + 1, struct json_tree);
    struct str *names = ARENA_ARRAY(cx->arena, object->count + 1, struct str);
    size_t n = 0;
    for (size_t i = 0; i < object->count; i++)
        if (!str_eq(object->names[i], name)) {
            names[n] = object->names[i];
            values[n++] = object->values[i];
        }
    if (value) {
        names[n] = name;
        values[n++] = *value;
    }
    *new = (struct json_tree){.kind = TREE_OBJECT, .count = n, .values = values, .names = names};
    return new;
}

enum code jmap_patch_apply(struct ctx *cx, const struct json_tree *current,
                           const struct jmap_patch *patch, const struct json_tree **out)
{
    const struct json_tree *way[JMAP_PATCH_DEPTH_MAX + 1];
    const struct json_tree *new = patch->value, *at = current;
    for (size_t i = 0; i < patch->depth; i++) {
        if (!json_tree_is(at, TREE_OBJECT))
            return fail(cx, E_SYNTAX, "a patch leads through what is no object");
        way[i] = at;
        at = json_tree_member(at, patch->path[i]);
    }
    if (patch->depth && new->kind == TREE_NULL)
        new = NULL;
    for (size_t i = patch->depth; i > 0; i--)
        new = jmap_tree_with(cx, way[i - 1], patch->path[i - 1], new);
    *out = new;
    return OK;
}

static bool objects_equal(const struct json_tree *a, const struct json_tree *b)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct json_tree *other = json_tree_member(b, a->names[i]);
        if (!other || !jmap_tree_equal(&a->values[i], other))
            return false;
    }
    return true;
}

bool jmap_tree_equal(const struct json_tree *a, const struct json_tree *b)
{
    bool numbers = (a->kind == TREE_INTEGER || a->kind == TREE_REAL) &&
                   (b->kind == TREE_INTEGER || b->kind == TREE_REAL);
    if (numbers)
        return a->real >= b->real && a->real <= b->real;
    if (a->kind != b->kind || a->count != b->count || !str_eq(a->text, b->text) ||
        a->truth != b->truth)
        return false;
    if (a->kind == TREE_OBJECT)
        return objects_equal(a, b);
    for (size_t i = 0; i < a->count; i++)
        if (!jmap_tree_equal(&a->values[i], &b->values[i]))
            return false;
    return true;
}
