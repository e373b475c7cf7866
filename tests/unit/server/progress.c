/* What is told of long work: places run out without harm, the oldest comes first. */
#include "unit.h"

#include "server/progress.h"

static void what_is_under_way_is_shown(void **state)
{
    (void)state;
    struct board *b AUTO(board_close) = board_open();
    struct progress_row rows[PROGRESS_PLACES];
    struct progress *late = progress_open(b, 7, STR("store check"), STR("console:root"), 2000);
    struct progress *early = progress_open(b, 8, STR("store export"), STR("console:ann"), 1000);
    progress_step(late, "accounts", 3, 10);
    assert_int_equal(board_rows(b, rows), 2);
    assert_string_equal(rows[0].what, "store export");
    assert_int_equal(rows[1].ticket, 7);
    assert_string_equal(rows[1].unit, "accounts");
    assert_int_equal(rows[1].done, 3);
    assert_int_equal(rows[1].total, 10);
    progress_close(early);
    assert_int_equal(board_rows(b, rows), 1);
    progress_close(late);
    assert_int_equal(board_rows(b, rows), 0);
}

static void work_beyond_the_places_goes_on_unseen(void **state)
{
    (void)state;
    struct board *b AUTO(board_close) = board_open();
    struct progress *all[PROGRESS_PLACES + 1];
    char long_name[2 * PROGRESS_TEXT_MAX];
    memset(long_name, 'x', sizeof long_name);
    struct str what = str_of(long_name, sizeof long_name);
    for (size_t i = 0; i <= PROGRESS_PLACES; i++)
        all[i] = progress_open(b, i, what, what, 0);
    assert_null(all[PROGRESS_PLACES]);
    progress_step(all[PROGRESS_PLACES], "", 1, 1);
    struct progress_row rows[PROGRESS_PLACES];
    assert_int_equal(board_rows(b, rows), PROGRESS_PLACES);
    assert_int_equal(strlen(rows[0].what), PROGRESS_TEXT_MAX - 1);
    for (size_t i = 0; i <= PROGRESS_PLACES; i++)
        progress_close(all[i]);
    assert_int_equal(board_rows(b, rows), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_under_way_is_shown),
        cmocka_unit_test(work_beyond_the_places_goes_on_unseen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
