/* The table of commands: each row is whole, each is found by its own words and by no others. */
#include "unit.h"

#include "base/cur.h"
#include "server/command.h"

static size_t split(const char *words, struct str out[8])
{
    struct cur c = cur_of(str_z(words));
    size_t count = 0;
    while (cur_until(&c, ' ', &out[count]))
        count++;
    out[count++] = c.rest;
    return count;
}

static void each_row_is_whole(void **state)
{
    (void)state;
    const struct command *c;
    size_t i = 0;
    for (; (c = command_at(i)); i++) {
        assert_non_null(c->usage);
        assert_non_null(c->help);
        assert_true(strlen(c->summary) > 5);
        assert_non_null(strstr(c->example, c->words)); /* the example runs this command */
        assert_non_null(c->run);
    }
    assert_true(i > 20);
}

static void each_is_found_by_its_words(void **state)
{
    (void)state;
    const struct command *c;
    for (size_t i = 0; (c = command_at(i)); i++) {
        struct str words[9];
        size_t taken, count = split(c->words, words);
        words[count] = STR("more");
        assert_ptr_equal(command_find(words, count + 1, &taken), c);
        assert_int_equal(taken, count);
        if (count > 1)
            assert_null(command_find(words, count - 1, &taken));
    }
}

static void others_are_not_found(void **state)
{
    (void)state;
    size_t taken;
    assert_null(command_find((struct str[]){STR("accounts"), STR("add")}, 2, &taken));
    assert_null(command_find((struct str[]){STR("account"), STR("")}, 2, &taken));
    assert_null(command_find(NULL, 0, &taken));
}

static void the_audited_object_is_the_first_name(void **state)
{
    (void)state;
    struct args a = {.words = {STR("--seen"), STR("jane@a.example")}, .count = 2};
    assert_true(str_eq(command_object(&a), STR("jane@a.example")));
    a.count = 1;
    assert_true(str_eq(command_object(&a), STR("-")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_is_whole),
        cmocka_unit_test(each_is_found_by_its_words),
        cmocka_unit_test(others_are_not_found),
        cmocka_unit_test(the_audited_object_is_the_first_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
