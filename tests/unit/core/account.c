#include "core/quota/fullness.h"
#include "core/upkeep/renew.h"
#include "model.h"

static void new_account_has_its_folders(void **state)
{
    struct model *m = *state;
    struct account_view *v AUTO(account_view_unref) = NULL;
    assert_ok(m, account_view_get(&m->cx, m->core, ACCOUNT, &v));
    static const char *const paths[] = {"Archive", "Calendar", "Contacts", "Drafts", "INBOX",
                                        "Junk",    "Notes",    "Sent",     "Tasks",  "Trash"};
    assert_int_equal(account_folder_count(v), 10);
    for (size_t i = 0; i < 10; i++) {
        const struct folder_facts *f = account_folder(v, i);
        assert_str(f->path, paths[i]);
        assert_ptr_equal(account_folder_by_id(v, f->id), f);
        assert_ptr_equal(account_folder_by_path(v, f->path), f);
        assert_ptr_equal(account_folder_by_role(v, f->role), f);
        assert_true(f->subscribed && !f->hidden);
        assert_int_equal(f->uid_next, 1);
        assert_true(f->uid_validity > 0);
    }
    assert_ptr_equal(account_folder_by_path(v, STR("inBox")),
                     account_folder_by_role(v, ROLE_INBOX));
    assert_null(account_folder_by_path(v, STR("inboxes")));
    assert_null(account_folder_by_path(v, STR("drafts")));
    assert_null(account_folder_by_id(v, 77));
    const struct account_facts *facts = account_facts(v);
    assert_int_equal(facts->modseq, 10);
    assert_int_equal(facts->created_ms, MODEL_NOW);
    assert_memory_not_equal(facts->guid, facts->replica, 16);
}

static void account_exists_once(void **state)
{
    struct model *m = *state;
    assert_int_equal(account_create(&m->cx, m->core, ACCOUNT, NULL), E_EXISTS);
    struct account_view *v = NULL;
    assert_int_equal(account_view_get(&m->cx, m->core, ACCOUNT + 1, &v), E_NOT_FOUND);
}

static void counts_are_kept(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX), trash = model_folder(m, ROLE_TRASH);
    struct item_placed a = model_add(m, inbox, "0123456789", 0);
    struct item_placed b = model_add(m, inbox, "01234", FLAG_SEEN | FLAG_DELETED);
    model_add(m, inbox, "x", FLAG_HIDDEN);
    struct folder_facts f = model_folder_facts(m, inbox);
    assert_int_equal(f.total, 2);
    assert_int_equal(f.unread, 1);
    assert_int_equal(f.deleted, 1);
    assert_int_equal(f.hidden_items, 1);
    assert_int_equal(f.bytes, 16);
    assert_int_equal(f.uid_next, 4);
    assert_int_equal(model_facts(m).used_bytes, 16);
    assert_int_equal(model_facts(m).items, 3);
    assert_ok(m, model_flags(m, inbox, a.uid, FLAGS_ADD, FLAG_SEEN | FLAG_DELETED, NULL));
    assert_ok(m, model_flags(m, inbox, b.uid, FLAGS_SET, 0, NULL));
    f = model_folder_facts(m, inbox);
    assert_int_equal(f.unread, 1);
    assert_int_equal(f.deleted, 1);
    assert_ok(m, model_move(m, inbox, a.uid, trash, &a));
    f = model_folder_facts(m, inbox);
    assert_int_equal(f.total, 1);
    assert_int_equal(f.deleted, 0);
    assert_int_equal(f.bytes, 6);
    f = model_folder_facts(m, trash);
    assert_int_equal(f.total, 1);
    assert_int_equal(f.unread, 0);
    assert_int_equal(f.deleted, 1);
    assert_int_equal(f.bytes, 10);
    assert_ok(m, model_remove(m, trash, a.uid));
    assert_int_equal(model_facts(m).used_bytes, 6);
    assert_int_equal(model_facts(m).items, 2);
}

static void view_follows_other_hands(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX), made;
    struct account_view *before AUTO(account_view_unref) = NULL;
    assert_ok(m, account_view_get(&m->cx, m->core, ACCOUNT, &before));
    model_add(m, inbox, "a", 0);
    assert_ok(m, model_create(m, "A/B", &made));
    assert_int_equal(account_folder_by_id(before, inbox)->total, 0);
    assert_null(account_folder_by_id(before, made));
    assert_int_equal(model_folder_facts(m, inbox).total, 1);
    assert_str(model_folder_facts(m, made).path, "A/B");
    struct account_view *x AUTO(account_view_unref) = NULL, *y AUTO(account_view_unref) = NULL;
    assert_ok(m, account_view_get(&m->cx, m->core, ACCOUNT, &x));
    assert_ok(m, account_view_get(&m->cx, m->core, ACCOUNT, &y));
    assert_ptr_equal(x, y);
}

static void quota_refuses(void **state)
{
    struct model *m = *state;
    struct quota quota = {.receive_bytes = 10, .send_bytes = 8, .items_max = 2};
    assert_ok(m, account_create(&m->cx, m->core, ACCOUNT + 1, &quota));
    struct account_view *v AUTO(account_view_unref) = NULL;
    assert_ok(m, account_view_get(&m->cx, m->core, ACCOUNT + 1, &v));
    assert_ok(m, account_may_receive(&m->cx, v, 10));
    assert_int_equal(account_may_receive(&m->cx, v, 11), E_LIMIT);
    assert_ok(m, account_may_send(&m->cx, v));
}

static enum code set_quota_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    return account_set_quota(cx, t, arg);
}

static void quota_holds_in_the_transaction(void **state)
{
    struct model *m = *state;
    struct quota quota = {.receive_bytes = 10, .send_bytes = 8};
    assert_ok(m, model_run(m, set_quota_in, &quota));
    folder_id inbox = model_folder(m, ROLE_INBOX);
    struct item_new new = {.folder = inbox};
    struct item_placed placed, copy;
    assert_ok(m, model_add_new(m, &new, "12345678", &placed));
    assert_int_equal(model_add_new(m, &new, "123", &copy), E_LIMIT);
    assert_int_equal(model_copy(m, inbox, placed.uid, inbox, &copy), E_LIMIT);
    struct account_view *v AUTO(account_view_unref) = NULL;
    assert_ok(m, account_view_get(&m->cx, m->core, ACCOUNT, &v));
    assert_int_equal(account_may_send(&m->cx, v), E_LIMIT);
    new.over_quota_ok = true;
    assert_ok(m, model_add_new(m, &new, "123", &copy));
    assert_ok(m, model_remove(m, inbox, placed.uid));
    assert_int_equal(model_facts(m).used_bytes, 3);
    quota = (struct quota){.items_max = 1};
    assert_ok(m, model_run(m, set_quota_in, &quota));
    new.over_quota_ok = false;
    assert_int_equal(model_add_new(m, &new, "1", &placed), E_LIMIT);
}

/* What RCPT asks: told from memory for a second, and never behind a change made here. */
static void fullness_follows_changes(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    struct quota quota = {.receive_bytes = 10};
    assert_ok(m, model_run(m, set_quota_in, &quota));
    assert_ok(m, account_may_receive_now(&m->cx, m->core, ACCOUNT, 10));
    model_add(m, inbox, "01234", 0);
    assert_ok(m, account_may_receive_now(&m->cx, m->core, ACCOUNT, 5));
    assert_int_equal(account_may_receive_now(&m->cx, m->core, ACCOUNT, 6), E_LIMIT);
    m->cx.now_ms += FULLNESS_AGE_MS + 1;
    struct account_facts lately;
    assert_false(fullness_get(m->core->fullness, ACCOUNT, m->cx.now_ms, &lately));
    assert_int_equal(account_may_receive_now(&m->cx, m->core, ACCOUNT, 6), E_LIMIT);
    assert_true(fullness_get(m->core->fullness, ACCOUNT, m->cx.now_ms, &lately));
    assert_int_equal(lately.used_bytes, 5);
    assert_false(fullness_get(m->core->fullness, ACCOUNT, m->cx.now_ms - 1, &lately));
    assert_ok(m, account_destroy(&m->cx, m->core, ACCOUNT));
    assert_int_equal(account_may_receive_now(&m->cx, m->core, ACCOUNT, 1), E_NOT_FOUND);
}

static void destroyed_account_leaves_nothing(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    for (int i = 0; i < 400; i++)
        model_add(m, inbox, "message", 0);
    assert_ok(m, account_destroy(&m->cx, m->core, ACCOUNT));
    assert_ok(m, account_destroy(&m->cx, m->core, ACCOUNT));
    struct scan *w AUTO(scan_close) = store_scan(&m->cx, m->store, ACCOUNT, (struct range){0});
    struct str key, value;
    assert_false(scan_next(w, &key, &value));
    struct account_view *v = NULL;
    assert_int_equal(account_view_get(&m->cx, m->core, ACCOUNT, &v), E_NOT_FOUND);
}

static enum code reserve_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    return account_reserve_ids(cx, t, 1000, arg);
}

static void reserved_ids_are_not_given_out(void **state)
{
    struct model *m = *state;
    uint64_t first, second;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    assert_ok(m, model_run(m, reserve_in, &first));
    item_id id = model_add(m, inbox, "a", 0).id;
    assert_ok(m, model_run(m, reserve_in, &second));
    assert_true(id >= first + 1000);
    assert_true(second > id);
}

static void renewed_numbers_are_all_new(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX), made;
    struct item_placed before = model_add(m, inbox, "a", 0), after;
    struct folder_facts was = model_folder_facts(m, inbox);
    struct view *open AUTO(view_unref) = NULL, *v AUTO(view_unref) = NULL;
    assert_ok(m, view_get(&m->cx, m->core, ACCOUNT, inbox, 0, &open));
    uint64_t modseq = model_facts(m).modseq;
    size_t folders;
    assert_ok(m, account_renew(&m->cx, m->core, ACCOUNT, &folders));
    assert_true(folders >= 10);
    struct folder_facts is = model_folder_facts(m, inbox);
    assert_true(is.uid_validity > was.uid_validity);
    assert_int_equal(is.total, 1);
    assert_true(model_facts(m).modseq > modseq + RENEW_NUMBERS);
    assert_ok(m, view_get(&m->cx, m->core, ACCOUNT, inbox, 0, &v)); /* brought up to date */
    assert_int_equal(view_uid_validity(v), is.uid_validity);
    assert_int_equal(view_at(v, 0).uid, before.uid);
    after = model_add(m, inbox, "b", 0);
    assert_true(after.id > before.id + RENEW_NUMBERS);
    assert_ok(m, model_create(m, "New", &made));
    assert_true(made > inbox + RENEW_FOLDERS);
    assert_true(model_folder_facts(m, made).uid_validity > is.uid_validity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(new_account_has_its_folders, model_open, model_close),
        cmocka_unit_test_setup_teardown(account_exists_once, model_open, model_close),
        cmocka_unit_test_setup_teardown(renewed_numbers_are_all_new, model_open, model_close),
        cmocka_unit_test_setup_teardown(counts_are_kept, model_open, model_close),
        cmocka_unit_test_setup_teardown(view_follows_other_hands, model_open, model_close),
        cmocka_unit_test_setup_teardown(quota_refuses, model_open, model_close),
        cmocka_unit_test_setup_teardown(quota_holds_in_the_transaction, model_open, model_close),
        cmocka_unit_test_setup_teardown(fullness_follows_changes, model_open, model_close),
        cmocka_unit_test_setup_teardown(destroyed_account_leaves_nothing, model_open, model_close),
        cmocka_unit_test_setup_teardown(reserved_ids_are_not_given_out, model_open, model_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
