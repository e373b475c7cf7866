/* How many push subscriptions there may be, and how many may be made. */
#include "../../unit.h"

#include "../../imap/world.h"
#include "core/push/subscription.h"

static enum code add(struct imap_world *w, int n)
{
    struct arena *a = w->cx.arena;
    const struct push_subscription s = {.who = w->jane,
                                        .id = str_printf(a, "P%d", n),
                                        .device = STR("d"),
                                        .url = str_printf(a, "https://push.example/%d", n),
                                        .code = STR("c"),
                                        .types = STR("Email"),
                                        .created_ms = w->cx.now_ms,
                                        .expires_ms = w->cx.now_ms + 1000};
    return push_subscription_add(&w->cx, w->core, &s);
}

static void there_are_so_many(void **state)
{
    struct imap_world *w = imap_world_open();
    struct push_subscription *list;
    size_t count;
    (void)state;
    for (int i = 0; i < PUSH_SUBSCRIPTIONS_MAX; i++)
        assert_int_equal(add(w, i), OK);
    assert_int_equal(add(w, 99), E_LIMIT);
    assert_int_equal(push_subscription_list(&w->cx, w->core, w->jane, &list, &count), OK);
    assert_int_equal(count, PUSH_SUBSCRIPTIONS_MAX);
    assert_true(str_eq(list[0].url, STR("https://push.example/0")));
    assert_true(str_eq(list[0].types, STR("Email")) && !list[0].verified);
    list[0].verified = true;
    assert_int_equal(push_subscription_set(&w->cx, w->core, &list[0]), OK);
    assert_int_equal(push_subscription_list(&w->cx, w->core, 0, &list, &count), OK);
    assert_true(list[0].verified);
    assert_int_equal(push_subscription_drop(&w->cx, w->core, w->jane, list[0].id), OK);
    assert_int_equal(push_subscription_drop(&w->cx, w->core, w->jane, list[0].id), E_NOT_FOUND);
    assert_int_equal(push_subscription_set(&w->cx, w->core, &list[0]), E_NOT_FOUND);
    w->cx.now_ms += 2000; /* those that have expired do not count */
    assert_int_equal(add(w, 100), OK);
    imap_world_close(w);
}

static void so_many_are_made_in_a_day(void **state)
{
    struct imap_world *w = imap_world_open();
    (void)state;
    for (int i = 0; i < PUSH_CREATES_MAX; i++) {
        assert_int_equal(add(w, i), OK);
        w->cx.now_ms += 2000;
    }
    assert_int_equal(add(w, 1000), E_BUSY);
    w->cx.now_ms += 86400 * 1000;
    assert_int_equal(add(w, 1000), OK);
    imap_world_close(w);
}

static size_t count_of(struct imap_world *w, struct push_subscription **list)
{
    size_t count;
    assert_int_equal(push_subscription_list(&w->cx, w->core, w->jane, list, &count), OK);
    return count;
}

/* What it was made with is kept; the same browser has one, whoever it signed in as before. */
static void it_knows_what_made_it(void **state)
{
    struct imap_world *w = imap_world_open();
    struct push_subscription *list, s = {.who = w->jane,
                                         .id = STR("P1"),
                                         .device = STR("d"),
                                         .url = STR("https://push.example/1"),
                                         .created_ms = w->cx.now_ms,
                                         .expires_ms = w->cx.now_ms + 1000};
    (void)state;
    s.by = (struct push_credential){.session = 7, .app_password = 8, .grant = 9, .foreign = true};
    assert_int_equal(push_subscription_add(&w->cx, w->core, &s), OK);
    assert_int_equal(count_of(w, &list), 1);
    assert_int_equal(list[0].by.session, 7);
    assert_int_equal(list[0].by.app_password, 8);
    assert_int_equal(list[0].by.grant, 9);
    assert_true(list[0].by.foreign && !list[0].verified);
    s.id = STR("P2");
    assert_int_equal(push_subscription_add(&w->cx, w->core, &s), OK);
    assert_int_equal(count_of(w, &list), 1);
    assert_true(str_eq(list[0].id, STR("P2")));
    s.id = STR("P3");
    s.device = STR("another");
    assert_int_equal(push_subscription_add(&w->cx, w->core, &s), OK);
    assert_int_equal(count_of(w, &list), 2);
    imap_world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_knows_what_made_it),
        cmocka_unit_test(there_are_so_many),
        cmocka_unit_test(so_many_are_made_in_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
