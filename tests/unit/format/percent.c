#include "format/uri/percent.h"
#include "../unit.h"

static void decoded(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct str out;
    (void)state;
    assert_true(percent_decode(a, STR("a%20b%2Fc+%c3%A4"), &out));
    assert_str(out, STR("a b/c+\xc3\xa4"));
    assert_true(percent_decode(a, STR("plain"), &out));
    assert_str(out, STR("plain"));
    assert_false(percent_decode(a, STR("%"), &out));
    assert_false(percent_decode(a, STR("%4"), &out));
    assert_false(percent_decode(a, STR("a%4gb"), &out));
}

static void parameters_of_a_query(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct str out;
    (void)state;
    assert_true(percent_query(a, STR("key=1&url=a%26b&url=c"), STR("url"), &out));
    assert_str(out, STR("a&b"));
    assert_true(percent_query(a, STR("&&a=&b"), STR("a"), &out));
    assert_str(out, STR(""));
    assert_false(percent_query(a, STR("keys=1&key"), STR("key"), &out));
    assert_false(percent_query(a, STR("key=%zz"), STR("key"), &out));
    assert_false(percent_query(a, STR(""), STR("key"), &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoded),
        cmocka_unit_test(parameters_of_a_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
