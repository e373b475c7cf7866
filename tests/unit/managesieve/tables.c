/* The tables: replies, commands, and the fuzz dictionary that is made of them. */
#include "../unit.h"
#include "proto/managesieve/command.h"

static void answers_each_code(void **state)
{
    (void)state;
    for (int code = 0; code < CODE_COUNT; code++) {
        const struct ms_text *row = ms_text_of((enum code)code);
        if (!row->code || !row->text)
            fail_msg("no reply for %s", code_name((enum code)code));
    }
}

/* RFC 5804 section 2. */
static void has_all_commands(void **state)
{
    static const char *const all[] = {
        "AUTHENTICATE", "STARTTLS",    "LOGOUT",    "CAPABILITY",    "HAVESPACE",
        "PUTSCRIPT",    "LISTSCRIPTS", "SETACTIVE", "GETSCRIPT",     "DELETESCRIPT",
        "RENAMESCRIPT", "CHECKSCRIPT", "NOOP",      "UNAUTHENTICATE"};
    (void)state;
    size_t count = 0;
    for (; ms_command_at(count); count++) {
        const struct ms_command *row = ms_command_at(count);
        bool found = false;
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
            found |= str_eq(row->name, str_z(all[i]));
        assert_true(found && row->run && row->stages);
        assert_int_equal(ms_command_index(row), count);
    }
    assert_int_equal(count, sizeof all / sizeof *all);
}

static struct str file_read(struct arena *a, const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *bytes = arena_alloc(a, 1 << 16);
    size_t n = fread(bytes, 1, 1 << 16, file);
    fclose(file);
    return str_of(bytes, n);
}

static void the_dictionary_has_each_command(void **state)
{
    struct arena *a = arena_open();
    struct str dictionary = file_read(a, "tests/fuzz/words/managesieve.dict");
    (void)state;
    for (size_t i = 0; ms_command_at(i); i++)
        if (str_find(dictionary, ms_command_at(i)->name) == SIZE_MAX)
            fail_msg("tests/fuzz/words/managesieve.dict has no %s", ms_command_at(i)->name.p);
    arena_close(a);
}

/* What cannot be quoted is a literal (RFC 5804 section 4). */
static void strings_are_quoted_or_literals(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"", "\"\""},
        {"plain", "\"plain\""},
        {"a\"b\\c", "\"a\\\"b\\\\c\""},
        {"two\r\nlines", "{10}\r\ntwo\r\nlines"},
        {"\xff", "{1}\r\n\xff"},
    };
    struct arena *a = arena_open();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rope out = rope_of(a);
        ms_put_string(&out, str_z(cases[i].in));
        assert_str(rope_flatten(&out, a), str_z(cases[i].out));
    }
    arena_close(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_each_code),
        cmocka_unit_test(has_all_commands),
        cmocka_unit_test(the_dictionary_has_each_command),
        cmocka_unit_test(strings_are_quoted_or_literals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
