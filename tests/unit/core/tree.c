/* Trees of rows: two that grow from the same one do not write into each other. */
#include "core/view/tree.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct tree tree_of(uint32_t rows)
{
    struct tree_build b;
    tree_build_open(&b, rows);
    for (uint32_t uid = 1; uid <= rows; uid++)
        tree_build_row(&b, &(struct view_row){.uid = uid, .id = uid});
    return tree_build_close(&b);
}

static struct tree grown(const struct tree *old, uint32_t uid, item_id id)
{
    struct tree_change change = {.row = {.uid = uid, .id = id}};
    return tree_apply(old, &change, 1);
}

static item_id last_id(const struct tree *tree)
{
    return tree_row(tree, tree_at(tree, tree->count - 1))->id;
}

static void branches_do_not_mix(void **state)
{
    (void)state;
    for (uint32_t rows = 1; rows < 1200; rows += 7) {
        struct tree old = tree_of(rows);
        struct tree a = grown(&old, rows + 1, 1000001), b = grown(&old, rows + 1, 1000002);
        struct tree c = grown(&a, rows + 2, 1000003), d = grown(&b, rows + 2, 1000004);
        assert_int_equal(old.count, rows);
        assert_int_equal(last_id(&a), 1000001);
        assert_int_equal(last_id(&b), 1000002);
        assert_int_equal(last_id(&c), 1000003);
        assert_int_equal(last_id(&d), 1000004);
        assert_int_equal(tree_row(&c, tree_at(&c, rows))->id, 1000001);
        assert_int_equal(tree_row(&d, tree_at(&d, rows))->id, 1000002);
        assert_int_equal(tree_find(&d, rows + 2), rows + 1);
        tree_free(&old);
        assert_int_equal(tree_row(&c, tree_at(&c, rows / 2))->id, rows / 2 + 1);
        tree_free(&a);
        tree_free(&b);
        tree_free(&c);
        tree_free(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(branches_do_not_mix)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
