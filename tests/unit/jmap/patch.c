/* PatchObjects (RFC 8620 section 5.3): pointers are read, taken one by one, and refused. */
#include "unit.h"

#include "base/buf.h"
#include "proto/jmap/set/patch.h"

static const struct json_tree *tree(struct ctx *cx, const char *text)
{
    const struct json_tree *t = NULL;
    assert_int_equal(json_tree_read(cx, str_z(text), &t), OK);
    return t;
}

/* All steps of a patch taken on an object; NULL: it is none. */
static const struct json_tree *patched(struct ctx *cx, const char *object, const char *patch)
{
    const struct json_tree *p = tree(cx, patch), *now = tree(cx, object), *new;
    struct jmap_patch *steps;
    if (jmap_patch_read(cx, p, &steps) != OK)
        return NULL;
    for (size_t i = 0; i < p->count; i++) {
        if (jmap_patch_apply(cx, json_tree_member(now, steps[i].property), &steps[i], &new) != OK)
            return NULL;
        now = jmap_tree_with(cx, now, steps[i].property, new);
    }
    return now;
}

static void steps_are_taken(void **state)
{
    static const struct {
        const char *object, *patch, *wanted; /* wanted NULL: invalidPatch */
    } rows[] = {
        {"{\"a\":1}", "{\"a\":2}", "{\"a\":2}"},
        {"{\"a\":1}", "{\"b\":null}", "{\"a\":1,\"b\":null}"},
        {"{\"k\":{\"x\":true}}", "{\"k/y\":true}", "{\"k\":{\"x\":true,\"y\":true}}"},
        {"{\"k\":{\"x\":true}}", "{\"k/x\":null}", "{\"k\":{}}"},
        {"{\"k\":{\"x\":true}}", "{\"k/z\":null}", "{\"k\":{\"x\":true}}"},
        {"{\"k\":{}}", "{\"k/a~1b\":1,\"k/c~0d\":2}", "{\"k\":{\"a/b\":1,\"c~d\":2}}"},
        {"{\"k\":{\"in\":{\"x\":1},\"o\":2}}", "{\"k/in/x\":5}",
         "{\"k\":{\"in\":{\"x\":5},\"o\":2}}"},
        {"{\"k\":{}}", "{\"k/\":1}", "{\"k\":{\"\":1}}"},
        {"{\"k\":{}}", "{\"k/in/x\":1}", NULL}, /* a part before the last is not there */
        {"{\"k\":[1,2]}", "{\"k/0\":1}", NULL}, /* within an array */
        {"{\"k\":{\"l\":[{}]}}", "{\"k/l/0/x\":1}", NULL},
        {"{\"k\":\"text\"}", "{\"k/x\":1}", NULL},
        {"{\"k\":{}}", "{\"k\":{},\"k/x\":1}", NULL}, /* one in the other */
        {"{\"k\":{\"x\":{}}}", "{\"k/x/y\":1,\"k/x\":{}}", NULL},
        {"{\"k\":{}}", "{\"k/~2\":1}", NULL},
        {"{\"k\":{}}", "{\"k/x~\":1}", NULL},
        {"{\"k\":{}}", "{\"a/b/c/d/e/f/g/h/i/j\":1}", NULL},
    };
    struct ctx cx = {.arena = arena_open()};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct json_tree *got = patched(&cx, rows[i].object, rows[i].patch);
        if (!got != !rows[i].wanted)
            print_error("%s\n", rows[i].patch);
        assert_int_equal(!got, !rows[i].wanted);
        if (got && !jmap_tree_equal(got, tree(&cx, rows[i].wanted)))
            fail_msg("%s", rows[i].patch);
    }
    arena_close(cx.arena);
}

static void too_many_are_refused(void **state)
{
    struct ctx cx = {.arena = arena_open()};
    struct jmap_patch *steps;
    (void)state;
    for (int count = JMAP_PATCHES_MAX; count <= JMAP_PATCHES_MAX + 1; count++) {
        struct buf b = buf_of(cx.arena, 100000);
        for (int i = 0; i < count; i++)
            buf_printf(&b, "%c\"k/%d\":true", i ? ',' : '{', i);
        buf_byte(&b, '}');
        const struct json_tree *p = tree(&cx, str_zdup(cx.arena, buf_str(&b)));
        assert_int_equal(jmap_patch_read(&cx, p, &steps) == OK, count == JMAP_PATCHES_MAX);
    }
    arena_close(cx.arena);
}

static void values_are_compared(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"{\"a\":1,\"b\":[1,null]}", "{\"b\":[1,null],\"a\":1}", true},
        {"[1]", "[1.0]", true},
        {"[1,2]", "[2,1]", false},
        {"{\"a\":1}", "{\"b\":1}", false},
        {"\"1\"", "1", false},
        {"true", "false", false},
        {"{}", "[]", false},
    };
    struct ctx cx = {.arena = arena_open()};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(jmap_tree_equal(tree(&cx, rows[i].a), tree(&cx, rows[i].b)), rows[i].same);
    arena_close(cx.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_taken),
        cmocka_unit_test(too_many_are_refused),
        cmocka_unit_test(values_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
