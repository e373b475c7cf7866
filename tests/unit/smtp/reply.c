/* The table of replies, and the table of commands. */
#include "unit.h"

#include "proto/smtp/command.h"

/* RFC 5321 section 4.2, RFC 2034 section 4: the first digits of both codes agree. */
static void assert_reply(const char *text)
{
    assert_non_null(text);
    unsigned code, class, subject, detail;
    int n = 0;
    if (sscanf(text, "%3u %1u.%u.%u %n", &code, &class, &subject, &detail, &n) != 4 || !text[n])
        fail_msg("\"%s\" is no reply with an enhanced code", text);
    if (code / 100 != class || code < 200 || code > 559 || subject > 7)
        fail_msg("\"%s\": the codes differ", text);
    if (strlen(text) > 510 || strchr(text, '\r') || strchr(text, '\n'))
        fail_msg("\"%s\" does not fit a line", text);
}

static void every_failure_has_a_reply(void **state)
{
    (void)state;
    for (int code = OK; code < CODE_COUNT; code++)
        for (int where = 0; where < CASE_COUNT; where++)
            assert_reply(smtp_reply_text((enum smtp_case)where, (enum code)code));
}

static void only_success_is_2xx(void **state)
{
    (void)state;
    for (int code = OK; code < CODE_COUNT; code++)
        for (int where = 0; where < CASE_COUNT; where++)
            assert_int_equal(*smtp_reply_text((enum smtp_case)where, (enum code)code) == '2',
                             code == OK);
}

/* What may pass must not be told to be for ever: the message would be lost. */
static void passing_trouble_is_4xx(void **state)
{
    static const enum code passing[] = {E_CONFLICT, E_BUSY, E_IO, E_CORRUPT};
    (void)state;
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
        for (int where = 0; where < CASE_COUNT; where++)
            assert_int_equal(*smtp_reply_text((enum smtp_case)where, passing[i]), '4');
}

static void rows_of_commands_are_whole(void **state)
{
    size_t count;
    const struct smtp_command *rows = smtp_commands(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_true(rows[i].name.n >= 4);
        assert_non_null(rows[i].run);
        assert_int_not_equal(rows[i].stages, 0);
        assert_true(str_starts(str_z(rows[i].syntax), rows[i].name));
        for (size_t k = 0; k < i; k++)
            assert_false(str_eq(rows[i].name, rows[k].name));
    }
}

/* A verb that is added to the table is to be fuzzed, too. */
static void the_fuzz_dictionary_has_all_verbs(void **state)
{
    static char text[65536];
    FILE *f = fopen("tests/fuzz/words/smtp.dict", "r");
    size_t count;
    const struct smtp_command *rows = smtp_commands(&count);
    (void)state;
    assert_non_null(f);
    struct str all = str_of(text, fread(text, 1, sizeof text, f));
    fclose(f);
    for (size_t i = 0; i < count; i++) {
        char quoted[32];
        snprintf(quoted, sizeof quoted, "\"%.*s", STR_ARG(rows[i].name));
        if (str_find(all, str_z(quoted)) == SIZE_MAX)
            fail_msg("%s\" is missing", quoted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failure_has_a_reply),
        cmocka_unit_test(only_success_is_2xx),
        cmocka_unit_test(passing_trouble_is_4xx),
        cmocka_unit_test(rows_of_commands_are_whole),
        cmocka_unit_test(the_fuzz_dictionary_has_all_verbs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
