/* The tables: replies, commands, and the fuzz dictionary that is made of them. */
#include "../unit.h"
#include "proto/pop3/command.h"

static void answers_each_code(void **state)
{
    (void)state;
    for (int code = 0; code < CODE_COUNT; code++)
        if (!pop3_reply_text((enum code)code))
            fail_msg("no reply for %s", code_name((enum code)code));
}

/* RFC 1939, 2449, 2595, 5034, 6856; no APOP. */
static void has_all_commands(void **state)
{
    static const char *const all[] = {"CAPA", "STLS", "USER", "PASS", "AUTH", "UTF8",
                                      "LANG", "STAT", "LIST", "UIDL", "RETR", "TOP",
                                      "DELE", "NOOP", "RSET", "QUIT"};
    (void)state;
    size_t count = 0;
    for (; pop3_command_at(count); count++) {
        const struct pop3_command *row = pop3_command_at(count);
        bool found = false;
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
            found |= str_eq(row->name, str_z(all[i]));
        assert_true(found && row->run && row->stages);
        assert_int_equal(pop3_command_index(row), count);
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
    struct str dictionary = file_read(a, "tests/fuzz/words/pop3.dict");
    (void)state;
    for (size_t i = 0; pop3_command_at(i); i++)
        if (str_find(dictionary, pop3_command_at(i)->name) == SIZE_MAX)
            fail_msg("tests/fuzz/words/pop3.dict has no %s", pop3_command_at(i)->name.p);
    arena_close(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_each_code),
        cmocka_unit_test(has_all_commands),
        cmocka_unit_test(the_dictionary_has_each_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
