/* The player fails when it should, and says why. */
#include "../unit/unit.h"
#include "player.h"
#include "toy.h"

static enum code play_text(struct ctx *cx, const struct wire_fixture *f, const char *text)
{
    struct dialog d;
    TRY(dialog_parse(cx, STR("test"), str_z(text), &d));
    return play_all_cuttings(cx, f, &d);
}

struct row {
    const char *text;
    enum code code;
    const char *why; /* a piece of the error */
};

static void plays(const struct wire_fixture *f, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct ctx cx = {.arena = a};
        enum code code = play_text(&cx, f, rows[i].text);
        if (code != rows[i].code || !strstr(cx.err.what, rows[i].why))
            fail_msg("row %zu: %s \"%s\"", i, code_name(code), cx.err.what);
    }
}

static void what_differs_is_seen(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"S: hello toy\n", OK, ""},
        {"S: hello toys\n", E_CONFLICT, "line 1: the server says something else"},
        {"S: hello to\n", E_CONFLICT, "something else"},
        {"S~ hello\n", E_CONFLICT, "something else"},
        {"S~ ello toy\n", E_CONFLICT, "something else"},
        {"S~ hello (x|toy)\n", OK, ""},
        {"S~ hello (\n", E_CONFLICT, "no expression"},
        {"S: hello toy\nC: ECHO a\nS: b\n", E_CONFLICT, "line 3: the server says something"},
        {"S: hello toy\nC: ECHO a\n", E_CONFLICT, "more at the end"},
        {"C: ECHO a\nS: hello toy\nC: ECHO b\n", E_CONFLICT, "more before this"},
        {"S: hello toy\nC: LINES 3\nS| line 1\nS| line 3\nS| line 4\n", E_CONFLICT, "of the set"},
        {"S: hello toy\nC: LINES 3\nS...\nS: line 7\n", E_CONFLICT, "the server says nothing"},
        {"S: hello toy\nC: ECHO ${no}\nS: x\n", E_CONFLICT, "nothing has set ${no}"},
        {"S< hello toy\\r\\n\n", OK, ""},
        {"S< hello toy\\n\n", E_CONFLICT, "other bytes"},
        {"S: hello toy\n@ closed\n", E_CONFLICT, "has not closed"},
        {"@ silent\n", E_CONFLICT, "not silent"},
        {"S: hello toy\n@ tls\n", E_CONFLICT, "did not ask for TLS"},
        {"S: hello toy\n@ nonsense\n", E_CONFLICT, "does not understand"},
        {"S: hello toy\nC: QUIT\nS: bye\nS: more\n", E_CONFLICT, "has closed"},
        {"S: hello toy\nC2: QUIT\nS2: hello toy\nS2: bye\n@ closed 2\n", OK, ""},
    };
    struct wire_fixture quiet = toy_fixture;
    struct engine never_rung = *toy_fixture.engine;
    never_rung.wake = NULL; /* so that nobody waits for a ring */
    quiet.engine = &never_rung;
    plays(&quiet, rows, sizeof rows / sizeof *rows);
}

static void what_is_no_dialogue_is_refused(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", E_SYNTAX, "nothing happens"},
        {"# only words\n", E_SYNTAX, "nothing happens"},
        {"S: no end", E_SYNTAX, "no end"},
        {"S: a\nX: b\n", E_SYNTAX, "line 2"},
        {"C~ a\n", E_SYNTAX, "line 1"},
        {"S* a\n", E_SYNTAX, "line 1"},
        {"C:a\n", E_SYNTAX, "a blank is missing"},
        {"C< \\q\n", E_SYNTAX, "no such escape"},
        {"S< \\x1\n", E_SYNTAX, "no such escape"},
        {"C* many a\n", E_SYNTAX, "a number"},
        {"C0: a\n", E_SYNTAX, "line 1"},
    };
    plays(&toy_fixture, rows, sizeof rows / sizeof *rows);
}

/* The fault shows only when a CRLF is cut in two: as written the dialogue passes. */
static void a_fault_of_cutting_is_found(void **state)
{
    (void)state;
    static const char text[] = "S: hello toy\nC: ECHO a\nS: a\n";
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct dialog d;
    assert_int_equal(dialog_parse(&cx, STR("test"), str_z(text), &d), OK);
    assert_int_equal(play(&cx, &d, wire_memory(&faulty_fixture, &d), CUT_LINES, NULL), OK);
    assert_int_equal(play(&cx, &d, wire_memory(&faulty_fixture, &d), CUT_NOT, NULL), OK);
    assert_int_equal(play(&cx, &d, wire_memory(&faulty_fixture, &d), CUT_BYTES, NULL), E_CONFLICT);
    assert_int_equal(play_all_cuttings(&cx, &faulty_fixture, &d), E_CONFLICT);
    assert_int_equal(play_all_cuttings(&cx, &toy_fixture, &d), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_differs_is_seen),
        cmocka_unit_test(what_is_no_dialogue_is_refused),
        cmocka_unit_test(a_fault_of_cutting_is_found),
    };
    return cmocka_run_group_tests_name("player", tests, NULL, NULL);
}
