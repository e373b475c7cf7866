#include "format/format.h"

#include "format/json/tree.h"

static const struct json_tree *read_text(struct ctx *cx, struct str text)
{
    const struct json_tree *tree = NULL;
    assert_int_equal(json_tree_read(cx, text, &tree), OK);
    return tree;
}

static void values_are_read(void **state)
{
    struct ctx cx = {.arena = arena_open()};
    (void)state;
    const struct json_tree *t =
        read_text(&cx, STR("{\"b\": [1, -2.5e1, \"x\\u00e4\\u0000y\", true, false, null, {}, []],"
                           " \"a\": 9007199254740993}"));
    assert_int_equal(t->kind, TREE_OBJECT);
    assert_int_equal(t->count, 2);
    assert_str(t->names[0], STR("b")); /* in the order they came */
    assert_int_equal(json_tree_member(t, STR("a"))->integer, 9007199254740993);
    assert_null(json_tree_member(t, STR("c")));
    const struct json_tree *list = json_tree_member(t, STR("b"));
    static const enum tree_kind kinds[] = {TREE_INTEGER, TREE_REAL, TREE_STRING, TREE_BOOL,
                                           TREE_BOOL,    TREE_NULL, TREE_OBJECT, TREE_ARRAY};
    assert_int_equal(list->count, sizeof kinds / sizeof *kinds);
    for (size_t i = 0; i < list->count; i++)
        assert_int_equal(list->values[i].kind, kinds[i]);
    assert_true(list->values[1].real == -25);
    assert_true(str_eq(list->values[2].text, STR("x\xc3\xa4\0y")));
    assert_true(list->values[3].truth && !list->values[4].truth);
    assert_null(json_tree_member(list, STR("b")));
    assert_false(json_tree_is(NULL, TREE_NULL));
    assert_str(json_tree_text(t, STR("a")), STR(""));
    assert_int_equal(read_text(&cx, STR("7"))->integer, 7);
    arena_close(cx.arena);
}

static void nonsense_is_refused(void **state)
{
    static const struct str bad[] = {
        STR(""),
        STR("{"),
        STR("[1,]"),
        STR("{\"a\":1,\"a\":2}"),
        STR("\"\xff\""),
        STR("[1] [2]"),
        STR("[123456789012345678901]"),
        STR("{a:1}"),
        STR("nul"),
        STR("\"\\ud800\""),
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ctx cx = {.arena = arena_open()};
        const struct json_tree *tree = NULL;
        assert_int_equal(json_tree_read(&cx, bad[i], &tree), E_SYNTAX);
        assert_null(tree);
        arena_close(cx.arena);
    }
}

/* So deep that the parser's own recursion would go through a worker's stack. */
static void depth_is_bounded(void **state)
{
    (void)state;
    for (int over = 0; over < 2; over++) {
        struct ctx cx = {.arena = arena_open()};
        const struct json_tree *tree = NULL;
        size_t n = JSON_TREE_DEPTH_MAX + (size_t)over;
        struct buf b = buf_of(cx.arena, 10000);
        buf_fill(&b, '[', n);
        buf_add(&b, STR("\"[[[[\\\"[[[\""));
        buf_fill(&b, ']', n);
        assert_int_equal(json_tree_read(&cx, buf_str(&b), &tree), over ? E_LIMIT : OK);
        arena_close(cx.arena);
    }
}

static void integers_that_all_hold(void **state)
{
    static const struct {
        struct str text;
        bool is;
    } rows[] = {
        {STR("9007199254740991"), true},
        {STR("9007199254740992"), false},
        {STR("-9007199254740991"), true},
        {STR("-9007199254740992"), false},
        {STR("9223372036854775807"), false},
        {STR("0"), true},
        {STR("1.0"), false},
        {STR("\"1\""), false},
    };
    struct ctx cx = {.arena = arena_open()};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(json_tree_is_int(read_text(&cx, rows[i].text)), rows[i].is);
    assert_false(json_tree_is_int(NULL));
    arena_close(cx.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(integers_that_all_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
