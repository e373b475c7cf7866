/* Words of a command: options in any place, values in both spellings, nothing silently dropped. */
#include "unit.h"

#include "server/args.h"

static struct args args_of(const char *const *words)
{
    struct args a = {0};
    while (words[a.count]) {
        a.words[a.count] = str_z(words[a.count]);
        a.count++;
    }
    return a;
}

static void options_stand_anywhere(void **state)
{
    (void)state;
    struct unit u;
    unit_begin(&u);
    struct args a =
        args_of((const char *[]){"jane", "--name=Jane Roe", "--quota-mb", "5", "--all", NULL});
    struct str name, address;
    uint64_t quota = 0;
    assert_true(args_value(&a, "--name", &name));
    assert_true(str_eq(name, STR("Jane Roe")));
    assert_int_equal(args_number(&u.cx, &a, "--quota-mb", &quota), OK);
    assert_int_equal(quota, 5);
    assert_true(args_flag(&a, "--all"));
    assert_false(args_flag(&a, "--all"));
    assert_int_equal(args_take(&u.cx, &a, "ADDRESS", &address), OK);
    assert_true(str_eq(address, STR("jane")));
    assert_int_equal(args_done(&u.cx, &a), OK);
    unit_end(&u);
}

static void what_is_not_understood_is_said(void **state)
{
    (void)state;
    struct unit u;
    unit_begin(&u);
    struct args a = args_of((const char *[]){"--frobnicate", NULL});
    struct str word;
    assert_int_equal(args_take(&u.cx, &a, "ADDRESS", &word), E_SYNTAX);
    assert_string_equal(u.cx.err.what, "ADDRESS is missing");
    assert_int_equal(args_done(&u.cx, &a), E_SYNTAX);
    assert_non_null(strstr(u.cx.err.what, "--frobnicate"));
    unit_end(&u);
}

static void numbers_are_whole(void **state)
{
    (void)state;
    struct unit u;
    unit_begin(&u);
    static const char *const bad[] = {"", "x", "-1", "1.5", "18446744073709551616"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct args a = args_of((const char *[]){"--limit", bad[i], NULL});
        uint64_t limit = 7;
        assert_int_equal(args_number(&u.cx, &a, "--limit", &limit), E_SYNTAX);
        assert_int_equal(limit, 7);
    }
    unit_end(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_anywhere),
        cmocka_unit_test(what_is_not_understood_is_said),
        cmocka_unit_test(numbers_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
