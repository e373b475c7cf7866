#include "proto/imap/search/turns.h"
#include "../unit.h"

static void nobody_takes_all(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct imap_turns *t = imap_turns_open();
    for (int i = 0; i < IMAP_TURNS_EACH; i++)
        assert_int_equal(imap_turn_take(&cx, t, 7), OK);
    assert_int_equal(imap_turn_take(&cx, t, 7), E_LIMIT);
    assert_int_equal(imap_turn_take(&cx, t, 8), OK);
    imap_turn_give(t, 7);
    assert_int_equal(imap_turn_take(&cx, t, 7), OK);
    assert_int_equal(imap_turn_take(&cx, t, 7), E_LIMIT);
    imap_turns_close(t);
}

static void all_are_taken(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct imap_turns *t = imap_turns_open();
    for (principal_id who = 0; who < IMAP_TURNS_MAX; who++)
        assert_int_equal(imap_turn_take(&cx, t, who), OK);
    assert_int_equal(imap_turn_take(&cx, t, 1000), E_BUSY);
    for (principal_id who = 0; who < IMAP_TURNS_MAX; who += 2)
        imap_turn_give(t, who);
    assert_int_equal(imap_turn_take(&cx, t, 1000), OK);
    for (principal_id who = 1; who < IMAP_TURNS_MAX; who += 2)
        imap_turn_give(t, who);
    imap_turn_give(t, 1000);
    imap_turns_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_takes_all),
        cmocka_unit_test(all_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
