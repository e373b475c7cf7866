/* Forms and queries: what they hold, and what is none. */
#include "proto/http/form.h"
#include "base/arena.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* */
#include <cmocka.h>

static const struct {
    const char *text;
    enum code wanted;
    const char *name, *value; /* of one in it */
} rows[] = {
    {"", OK, "a", ""},
    {"a=b", OK, "a", "b"},
    {"a=b&c=d", OK, "c", "d"},
    {"a=b&&c=d&", OK, "c", "d"},
    {"a", OK, "a", ""},
    {"a=b=c", OK, "a", "b=c"},
    {"a+b=c+d", OK, "a b", "c d"},
    {"a=%41%c3%b1", OK, "a", "A\xc3\xb1"},
    {"%61=b", OK, "a", "b"},
    {"a=%4", E_SYNTAX, NULL, NULL},
    {"a=%", E_SYNTAX, NULL, NULL},
    {"a=%4x", E_SYNTAX, NULL, NULL},
    {"a=%00", E_SYNTAX, NULL, NULL},
    {"a=%0d%0a", E_SYNTAX, NULL, NULL},
    {"a=%ff", E_SYNTAX, NULL, NULL},
    {"a=b&a=c", E_SYNTAX, NULL, NULL},
    {"a=b&%61=c", E_SYNTAX, NULL, NULL},
};

static void forms_are_read(void **state)
{
    (void)state;
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = arena};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_form f;
        enum code code = http_form_parse(&cx, str_z(rows[i].text), &f);
        if (code != rows[i].wanted)
            fail_msg("%s: %s", rows[i].text, code_name(code));
        if (code == OK && !str_eq(http_form_get(&f, str_z(rows[i].name)), str_z(rows[i].value)))
            fail_msg("%s", rows[i].text);
    }
}

static void many_are_too_many(void **state)
{
    (void)state;
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = arena};
    struct buf b = buf_of(arena, 4096);
    struct http_form f;
    for (unsigned i = 0; i < HTTP_FORM_MAX; i++)
        buf_printf(&b, "%sp%u=", i ? "&" : "", i);
    assert_int_equal(http_form_parse(&cx, buf_str(&b), &f), OK);
    assert_int_equal(f.count, HTTP_FORM_MAX);
    buf_add(&b, STR("&x="));
    assert_int_equal(http_form_parse(&cx, buf_str(&b), &f), E_LIMIT);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = arena};
    struct buf b = buf_of(arena, 4096);
    struct http_form f;
    http_form_put(&b, 0, STR("a&b"), STR("c=d+e %/?#\xc3\xb1"));
    http_form_put(&b, '&', STR("x"), STR("y"));
    assert_true(str_eq(buf_str(&b), STR("a%26b=c%3Dd%2Be%20%25%2F%3F%23%C3%B1&x=y")));
    assert_int_equal(http_form_parse(&cx, buf_str(&b), &f), OK);
    assert_true(str_eq(http_form_get(&f, STR("a&b")), STR("c=d+e %/?#\xc3\xb1")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_read),
        cmocka_unit_test(many_are_too_many),
        cmocka_unit_test(what_is_written_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
