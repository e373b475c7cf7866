/* What was put away comes back: after a restart, when it was deleted, when its mailbox has gone. */
#include "service/snooze/snooze.h"
#include "../core/model.h"
#include "core/object/object.h"
#include "core/upkeep/check.h"

static size_t run(struct model *m)
{
    size_t done;
    assert_ok(m, snooze_run(&m->cx, m->core, 10, &done));
    return done;
}

static void put_away(struct model *m, item_id item, int64_t for_ms, folder_id back)
{
    const struct snooze s = {.item = item, .until_ms = m->cx.now_ms + for_ms, .back = back};
    assert_ok(m, snooze_set(&m->cx, m->core, ACCOUNT, &s));
}

static struct item_placed where(struct model *m, item_id item)
{
    struct item_placed at;
    assert_ok(m, item_locate(&m->cx, m->core, ACCOUNT, item, &at));
    return at;
}

static bool has_note(struct model *m, item_id item)
{
    struct object o;
    return object_get(&m->cx, m->core, ACCOUNT, OBJECT_SNOOZE, snooze_name(m->cx.arena, item),
                      &o) == OK;
}

static void comes_back(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX), archive = model_folder(m, ROLE_ARCHIVE);
    struct item_placed a = model_add(m, archive, "one", FLAG_SEEN);
    struct item_placed b = model_add(m, archive, "two", FLAG_SEEN);
    put_away(m, a.id, 5000, inbox);
    put_away(m, b.id, 60000, 0);
    assert_int_equal(run(m), 0);
    m->cx.now_ms += 5000;
    model_reopen(m);
    assert_int_equal(run(m), 1);
    assert_int_equal(run(m), 0);
    assert_int_equal(where(m, a.id).folder, inbox);
    assert_int_equal(model_folder_facts(m, inbox).unread, 1);
    assert_false(has_note(m, a.id));
    assert_true(has_note(m, b.id));
    m->cx.now_ms += 60000;
    assert_int_equal(run(m), 1);
    assert_int_equal(where(m, b.id).folder, archive);
    assert_int_equal(model_folder_facts(m, archive).unread, 1);
    struct check_account out;
    assert_ok(m, core_check_account(&m->cx, m->core, ACCOUNT, false, NULL, NULL, &out));
    assert_int_equal(out.faults, 0);
}

static enum code end_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    return snooze_end(cx, t, *(const item_id *)arg);
}

static void not_then(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX), archive = model_folder(m, ROLE_ARCHIVE);
    struct item_placed put_off = model_add(m, archive, "one", FLAG_SEEN);
    struct item_placed taken = model_add(m, archive, "two", FLAG_SEEN);
    struct item_placed deleted = model_add(m, archive, "three", FLAG_SEEN);
    struct item_placed homeless = model_add(m, archive, "four", FLAG_SEEN);
    put_away(m, put_off.id, 5000, inbox);
    put_away(m, put_off.id, 50000, inbox);
    put_away(m, taken.id, 5000, inbox);
    put_away(m, deleted.id, 5000, inbox);
    put_away(m, homeless.id, 5000, 4000);
    assert_ok(m, model_run(m, end_in, &taken.id));
    assert_int_equal(model_run(m, end_in, &taken.id), E_NOT_FOUND);
    assert_ok(m, model_remove(m, archive, deleted.uid));
    m->cx.now_ms += 5000;
    assert_int_equal(run(m), 1);
    assert_int_equal(where(m, homeless.id).folder, archive);
    assert_int_equal(where(m, put_off.id).folder, archive);
    assert_int_equal(model_folder_facts(m, inbox).total, 0);
    assert_int_equal(model_folder_facts(m, archive).unread, 1);
    m->cx.now_ms += 50000;
    assert_int_equal(run(m), 1);
    assert_int_equal(where(m, put_off.id).folder, inbox);
    const struct snooze none = {.item = 999999, .until_ms = m->cx.now_ms + 1};
    assert_int_equal(snooze_set(&m->cx, m->core, ACCOUNT, &none), E_NOT_FOUND);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, model_open, model_close)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(comes_back), CASE(not_then)};
    return cmocka_run_group_tests_name("jmap/snooze", tests, NULL, NULL);
}
