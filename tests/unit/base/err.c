#include "base/err.h"
#include "unit.h"
#include <sys/wait.h>
#include <unistd.h>

static void fail_notes_and_returns(void **state)
{
    (void)state;
    struct ctx cx = {0};
    assert_int_equal(fail(&cx, E_LIMIT, "RCPT: more than %d", 5), E_LIMIT);
    assert_int_equal(cx.err.code, E_LIMIT);
    assert_string_equal(cx.err.what, "RCPT: more than 5");
    assert_int_equal(fail(&cx, E_IO, "%0500d", 1), E_IO);
    assert_int_equal(strlen(cx.err.what), sizeof cx.err.what - 1);
}

/* Who adds to an error says so with the error itself as an argument. */
static void an_error_can_be_wrapped(void **state)
{
    (void)state;
    struct ctx cx = {0};
    (void)fail(&cx, E_IO, "disk");
    (void)fail(&cx, cx.err.code, "queue: %s", cx.err.what);
    assert_string_equal(cx.err.what, "queue: disk");
}

static enum code tried(struct ctx *cx, enum code code, bool *went_on)
{
    TRY(code ? fail(cx, code, "no") : OK);
    *went_on = true;
    return OK;
}

static void try_returns_what_is_not_ok(void **state)
{
    (void)state;
    struct ctx cx = {0};
    bool went_on = false;
    assert_int_equal(tried(&cx, E_DENIED, &went_on), E_DENIED);
    assert_false(went_on);
    assert_int_equal(tried(&cx, OK, &went_on), OK);
    assert_true(went_on);
}

static void each_code_has_its_name(void **state)
{
    (void)state;
    for (enum code i = 0; i < CODE_COUNT; i++) {
        assert_non_null(code_name(i));
        for (enum code j = 0; j < i; j++)
            assert_string_not_equal(code_name(i), code_name(j));
    }
    assert_string_equal(code_name(CODE_COUNT), "unknown");
}

static void must_ends_the_process(void **state)
{
    (void)state;
    must(1 + 1 == 2);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(STDERR_FILENO);
        must(1 + 1 == 3);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void count_close(int *closed)
{
    ++*closed;
}
AUTO_OF(int *, count_close)

static void auto_closes_at_the_end_of_the_scope(void **state)
{
    (void)state;
    int closed = 0;
    {
        int *thing AUTO(count_close) = &closed;
        int *nothing AUTO(count_close) = NULL;
        assert_int_equal(*thing, 0);
        assert_null(nothing);
    }
    assert_int_equal(closed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail_notes_and_returns),
        cmocka_unit_test(an_error_can_be_wrapped),
        cmocka_unit_test(try_returns_what_is_not_ok),
        cmocka_unit_test(each_code_has_its_name),
        cmocka_unit_test(must_ends_the_process),
        cmocka_unit_test(auto_closes_at_the_end_of_the_scope),
    };
    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
