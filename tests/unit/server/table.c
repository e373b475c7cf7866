/* Tables for people. */
#include "unit.h"

#include "server/table.h"

static const struct {
    const char *json, *text;
} cases[] = {
    {"[]", "(none)\n"},
    {"{\"host\":\"a\",\"healthy\":true}", "host     a\nhealthy  yes\n"},
    {"[{\"uid\":1,\"subject\":\"Grüße\"},{\"uid\":20,\"subject\":null}]",
     "UID  SUBJECT\n1    Grüße\n20   -\n"},
    {"[{\"name\":\"Grüße\",\"n\":1},{\"name\":\"abcdef\",\"n\":2}]",
     "NAME    N\nGrüße   1\nabcdef  2\n"},
    {"{\"aliases\":[\"a\",\"b\"],\"x\":false}", "aliases  a, b\nx        no\n"},
    /* Stored control characters must not steer somebody's terminal. */
    {"{\"subject\":\"\\u001b[2Jx\\r\\n\"}", "subject   [2Jx  \n"},
};

static void tables_are_printed(void **state)
{
    (void)state;
    struct unit u;
    unit_begin(&u);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf out = buf_of(u.cx.arena, 4096);
        assert_int_equal(table_print(&u.cx, str_z(cases[i].json), &out), OK);
        assert_string_equal(str_zdup(u.cx.arena, buf_str(&out)), cases[i].text);
    }
    unit_end(&u);
}

static void what_is_no_json_is_refused(void **state)
{
    (void)state;
    struct unit u;
    unit_begin(&u);
    struct buf out = buf_of(u.cx.arena, 4096);
    assert_int_equal(table_print(&u.cx, STR("{\"a\":"), &out), E_CORRUPT);
    assert_int_equal(table_print(&u.cx, STR(""), &out), E_CORRUPT);
    unit_end(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_printed),
        cmocka_unit_test(what_is_no_json_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
