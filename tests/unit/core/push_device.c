/* Devices that want to be told of new mail (core/push). */
#include "core/push/device.h"
#include "forest.h"

static const int64_t day_ms = 86400000;

static struct push_device device(account_id account, const char *token, const char *id)
{
    return (struct push_device){.account = account,
                                .token = str_z(token),
                                .id = str_z(id),
                                .subtopic = STR("com.apple.mobilemail")};
}

static enum code set(struct forest *f, struct push_device d)
{
    d.registered_ms = f->cx.now_ms;
    return push_device_set(&f->cx, f->core, &d);
}

static size_t count_of(struct forest *f, account_id account, struct push_device **out)
{
    size_t count;
    assert_int_equal(push_device_list(&f->cx, f->core, account, out, &count), OK);
    return count;
}

static void a_device_is_kept_once(void **state)
{
    (void)state;
    struct forest *f = forest_open("memory");
    struct push_mailbox boxes[] = {{1, STR("INBOX")}, {7, STR("Entw&APw-rfe")}};
    struct push_device d = device(1001, "0a0b", "A-1"), *list;
    d.mailboxes = boxes;
    d.mailbox_count = 2;
    assert_int_equal(set(f, d), OK);
    d.mailbox_count = 1;
    assert_int_equal(set(f, d), OK);
    assert_int_equal(set(f, device(1001, "0a0b", "A-2")), OK);
    assert_int_equal(set(f, device(1002, "0a0b", "A-1")), OK);
    assert_int_equal(count_of(f, 1001, &list), 2);
    assert_int_equal(list[0].mailbox_count, 1);
    assert_int_equal(list[0].mailboxes[0].folder, 1);
    assert_true(str_eq(list[0].mailboxes[0].name, STR("INBOX")));
    assert_true(str_eq(list[0].id, STR("A-1")));
    assert_true(str_eq(list[0].subtopic, STR("com.apple.mobilemail")));
    assert_int_equal(count_of(f, 0, &list), 3);
    size_t removed;
    assert_int_equal(push_device_drop(&f->cx, f->core, 1001, STR("0a0b"), &removed), OK);
    assert_int_equal(removed, 2);
    assert_int_equal(count_of(f, 0, &list), 1);
    forest_close(f);
}

static void words_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *token, *id, *subtopic;
        enum code code;
    } rows[] = {
        {"0a", "A-1", "com.apple", OK},        {"", "A-1", "com.apple", E_SYNTAX},
        {"0A", "A-1", "com.apple", E_SYNTAX},  {"0a/../x", "A-1", "com.apple", E_SYNTAX},
        {"0a", "A\"1", "com.apple", E_SYNTAX}, {"0a", "A-1", "com apple", E_SYNTAX},
    };
    struct forest *f = forest_open("memory");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct push_device d = device(1001, rows[i].token, rows[i].id);
        d.subtopic = str_z(rows[i].subtopic);
        assert_int_equal(set(f, d), rows[i].code);
    }
    forest_close(f);
}

static void one_too_many_ends_the_one_that_was_silent_longest(void **state)
{
    (void)state;
    struct forest *f = forest_open("memory");
    struct push_device *list;
    char token[] = "00";
    for (int i = 0; i <= PUSH_DEVICES_MAX; i++) {
        token[0] = (char)('0' + i / 10);
        token[1] = (char)('0' + i % 10);
        f->cx.now_ms += 1000;
        assert_int_equal(set(f, device(1001, token, "A")), OK);
    }
    size_t n = count_of(f, 1001, &list);
    assert_int_equal(n, PUSH_DEVICES_MAX);
    for (size_t i = 0; i < n; i++)
        assert_false(str_eq(list[i].token, STR("00")));
    forest_close(f);
}

static void limits_of_mailboxes_hold(void **state)
{
    (void)state;
    struct forest *f = forest_open("memory");
    static struct push_mailbox boxes[PUSH_MAILBOXES_MAX + 1];
    static char name[PUSH_NAMES_MAX + 1];
    struct push_device d = device(1001, "0a", "A");
    d.mailboxes = boxes;
    d.mailbox_count = PUSH_MAILBOXES_MAX + 1;
    assert_int_equal(set(f, d), E_LIMIT);
    d.mailbox_count = PUSH_MAILBOXES_MAX;
    assert_int_equal(set(f, d), OK);
    boxes[0].name = str_of(name, PUSH_NAMES_MAX + 1);
    assert_int_equal(set(f, d), E_LIMIT);
    boxes[0].name = str_of(name, PUSH_NAMES_MAX);
    assert_int_equal(set(f, d), OK);
    forest_close(f);
}

static void silent_devices_end(void **state)
{
    (void)state;
    struct forest *f = forest_open("memory");
    struct push_device *list;
    size_t removed;
    assert_int_equal(set(f, device(1001, "0a", "A")), OK);
    f->cx.now_ms += 1000;
    assert_int_equal(set(f, device(1001, "0b", "A")), OK);
    f->cx.now_ms += PUSH_DAYS * day_ms - 1000;
    assert_int_equal(push_device_sweep(&f->cx, f->core, &removed), OK);
    assert_int_equal(removed, 1);
    assert_int_equal(count_of(f, 0, &list), 1);
    assert_true(str_eq(list[0].token, STR("0b")));
    forest_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_kept_once),
        cmocka_unit_test(words_that_cannot_be_are_refused),
        cmocka_unit_test(one_too_many_ends_the_one_that_was_silent_longest),
        cmocka_unit_test(limits_of_mailboxes_hold),
        cmocka_unit_test(silent_devices_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
