/* Sealed views: used, brought up to date, made anew, dropped; and never believed when broken. */
#include "core/view/seal.h"
#include "core/upkeep/check.h"
#include "model.h"

enum { ROWS = SEAL_ROWS_MIN + 300 };

static struct view *view_of(struct model *m, folder_id folder)
{
    struct view *v = NULL;
    assert_ok(m, view_get(&m->cx, m->core, ACCOUNT, folder, 0, &v));
    return v;
}

static struct str seal_key(struct model *m, folder_id folder, uint32_t part)
{
    struct key *k = ARENA_NEW(m->cx.arena, struct key);
    *k = folder_key(ROW_SEAL, folder);
    if (part)
        key_u32(k, part);
    return key_str(k);
}

static bool head_of(struct model *m, folder_id folder, struct seal *out)
{
    struct str value;
    if (!model_row_get(m, seal_key(m, folder, 0), &value))
        return false;
    assert_ok(m, seal_decode(&m->cx, value, out));
    return true;
}

/* A large folder, sealed, as after a restart. */
static folder_id fill(struct model *m)
{
    folder_id inbox = model_folder(m, ROLE_INBOX);
    for (int i = 0; i < ROWS; i++)
        model_add(m, inbox, "a", i % 3 ? FLAG_SEEN : 0);
    assert_ok(m, model_flags(m, inbox, 7, FLAGS_ADD, FLAG_FLAGGED, "red"));
    assert_ok(m, model_flags(m, inbox, 9, FLAGS_ADD, 0, "green"));
    model_add(m, inbox, "hidden", FLAG_HIDDEN);
    assert_ok(m, model_remove(m, inbox, 20));
    assert_ok(m, views_seal(&m->cx, m->core, ACCOUNT));
    model_reopen(m);
    return inbox;
}

static void assert_as_the_rows(struct model *m, folder_id folder)
{
    bool is_wrong = true;
    assert_ok(m, seal_check(&m->cx, m->core, ACCOUNT, folder, &is_wrong));
    assert_false(is_wrong);
}

/* With a placement row taken away by hand only a view from the seal shows that message. */
static bool is_opened_sealed(struct model *m, folder_id folder, uint32_t uid)
{
    struct key k = uid_key(ROW_PLACE, folder, uid);
    struct str value;
    assert_true(model_row_get(m, key_str(&k), &value));
    model_row_delete(m, key_str(&k));
    model_reopen(m);
    struct view *v AUTO(view_unref) = view_of(m, folder);
    model_row_put(m, key_str(&k), value);
    model_reopen(m);
    uint32_t at = view_find(v, uid);
    return at < view_count(v) && view_at(v, at).uid == uid;
}

static void a_large_folder_opens_from_its_seal(void **state)
{
    struct model *m = *state;
    folder_id inbox = fill(m);
    assert_true(is_opened_sealed(m, inbox, 100));
    assert_as_the_rows(m, inbox);
    struct view *v AUTO(view_unref) = view_of(m, inbox);
    assert_int_equal(view_count(v), ROWS - 1);
    assert_int_equal(view_uid_next(v), ROWS + 2);
    assert_int_equal(view_at(v, 6).keywords, 1);
    assert_true(str_eq(view_keyword(v, 1), STR("green")));
    assert_int_equal(view_at(v, 6).flags, FLAG_FLAGGED | (6 % 3 ? FLAG_SEEN : 0));
    assert_int_equal(view_modseq(v), model_folder_facts(m, inbox).modseq);
}

static void what_came_since_is_shown(void **state)
{
    struct model *m = *state;
    folder_id inbox = fill(m), trash = model_folder(m, ROLE_TRASH);
    struct item_placed placed;
    for (int i = 0; i < 20; i++)
        model_add(m, inbox, "late", 0);
    assert_ok(m, model_move(m, inbox, 30, trash, &placed));
    assert_ok(m, model_remove(m, inbox, ROWS));
    assert_ok(m, model_flags(m, inbox, 40, FLAGS_ADD, FLAG_DELETED, "blue"));
    assert_true(is_opened_sealed(m, inbox, 100));
    assert_as_the_rows(m, inbox);
    struct view *v AUTO(view_unref) = view_of(m, inbox);
    assert_int_equal(view_count(v), ROWS - 1 + 20 - 2);
    assert_true(str_eq(view_keyword(v, 2), STR("blue")));
}

static void it_is_made_anew_when_much_has_changed(void **state)
{
    struct model *m = *state;
    folder_id inbox = fill(m), trash = model_folder(m, ROLE_TRASH);
    struct seal first, second;
    assert_true(head_of(m, inbox, &first));
    assert_int_equal(first.rows, ROWS - 1);
    for (int i = 0; i < SEAL_CHANGES_MIN - 1; i++)
        model_add(m, trash, "elsewhere", 0);
    assert_ok(m, views_seal(&m->cx, m->core, ACCOUNT));
    assert_true(head_of(m, inbox, &second));
    assert_int_equal(second.seen, first.seen);
    model_add(m, trash, "elsewhere", 0);
    assert_ok(m, views_seal(&m->cx, m->core, ACCOUNT));
    assert_true(head_of(m, inbox, &second));
    assert_true(second.seen > first.seen);
    assert_int_equal(second.stamp, first.stamp); /* the parts are the same */
    assert_true(is_opened_sealed(m, inbox, 100));
    for (uint32_t i = 0; i < SEAL_CHANGES_MIN; i++)
        assert_ok(m, model_flags(m, inbox, i + 900, FLAGS_ADD, FLAG_ANSWERED, NULL));
    assert_ok(m, views_seal(&m->cx, m->core, ACCOUNT));
    assert_true(head_of(m, inbox, &second));
    assert_true(second.stamp > first.stamp);
    assert_true(is_opened_sealed(m, inbox, 1000));
    for (int i = 0; i < SEAL_CHANGES_MIN; i++)
        assert_ok(m, model_remove(m, inbox, (uint32_t)i + 1000));
    model_reopen(m);
    assert_ok(m, views_seal(&m->cx, m->core, ACCOUNT));
    assert_true(head_of(m, inbox, &first));
    assert_int_equal(first.stamp, second.stamp); /* too small now: it stays as it was */
    assert_as_the_rows(m, inbox);
}

static void a_broken_one_is_not_believed(void **state)
{
    struct model *m = *state;
    folder_id inbox = fill(m);
    struct str part, head;
    struct seal seal;
    assert_true(model_row_get(m, seal_key(m, inbox, 1), &part));
    assert_true(model_row_get(m, seal_key(m, inbox, 0), &head));
    for (size_t n = 0; n < part.n; n += n < 40 ? 1 : 97) {
        model_row_put(m, seal_key(m, inbox, 1), str_sub(part, 0, n));
        assert_false(is_opened_sealed(m, inbox, 100));
    }
    model_row_delete(m, seal_key(m, inbox, 1));
    assert_false(is_opened_sealed(m, inbox, 100));
    model_row_put(m, seal_key(m, inbox, 1), part);
    assert_true(is_opened_sealed(m, inbox, 100));
    for (size_t n = 0; n < head.n; n++) {
        model_row_put(m, seal_key(m, inbox, 0), str_sub(head, 0, n));
        assert_false(is_opened_sealed(m, inbox, 100));
    }
    assert_ok(m, seal_decode(&m->cx, head, &seal));
    seal.stamp++; /* as while another is being written */
    model_row_put(m, seal_key(m, inbox, 0), seal_encode(m->cx.arena, &seal));
    assert_false(is_opened_sealed(m, inbox, 100));
    seal.stamp--;
    seal.uid_validity++;
    model_row_put(m, seal_key(m, inbox, 0), seal_encode(m->cx.arena, &seal));
    assert_false(is_opened_sealed(m, inbox, 100));
    assert_ok(m, views_seal(&m->cx, m->core, ACCOUNT));
}

static void check_finds_one_that_lies(void **state)
{
    struct model *m = *state;
    folder_id inbox = fill(m);
    struct check_account out;
    struct str part;
    assert_ok(m, core_check_account(&m->cx, m->core, ACCOUNT, false, NULL, NULL, &out));
    assert_int_equal(out.faults, 0);
    assert_true(model_row_get(m, seal_key(m, inbox, 1), &part));
    char *lies = arena_alloc(m->cx.arena, part.n);
    memcpy(lies, part.p, part.n);
    lies[1 + 8 + 1] ^= FLAG_ANSWERED << 1; /* behind layout, stamp and the first uid */
    model_row_put(m, seal_key(m, inbox, 1), str_of(lies, part.n));
    assert_ok(m, core_check_account(&m->cx, m->core, ACCOUNT, false, NULL, NULL, &out));
    assert_int_equal(out.faults, 1);
    assert_ok(m, core_check_account(&m->cx, m->core, ACCOUNT, true, NULL, NULL, &out));
    assert_int_equal(out.repaired, 1);
    assert_false(model_row_get(m, seal_key(m, inbox, 0), &part));
    assert_false(model_row_get(m, seal_key(m, inbox, 1), &part));
    assert_ok(m, core_check_account(&m->cx, m->core, ACCOUNT, false, NULL, NULL, &out));
    assert_int_equal(out.faults, 0);
}

static enum code delete_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    return folder_delete(cx, t, *(folder_id *)arg);
}

static void it_goes_with_its_folder(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX), box;
    struct str value;
    assert_ok(m, model_create(m, "Large", &box));
    for (int i = 0; i < SEAL_ROWS_MIN; i++)
        model_add(m, box, "a", 0);
    assert_ok(m, views_seal(&m->cx, m->core, ACCOUNT));
    assert_true(model_row_get(m, seal_key(m, box, 1), &value));
    for (uint32_t uid = 1; uid <= SEAL_ROWS_MIN; uid++) {
        struct item_placed placed;
        assert_ok(m, model_move(m, box, uid, inbox, &placed));
    }
    assert_ok(m, model_run(m, delete_in, &box));
    assert_false(model_row_get(m, seal_key(m, box, 0), &value));
    assert_false(model_row_get(m, seal_key(m, box, 1), &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_large_folder_opens_from_its_seal, model_open,
                                        model_close),
        cmocka_unit_test_setup_teardown(what_came_since_is_shown, model_open, model_close),
        cmocka_unit_test_setup_teardown(it_is_made_anew_when_much_has_changed, model_open,
                                        model_close),
        cmocka_unit_test_setup_teardown(a_broken_one_is_not_believed, model_open, model_close),
        cmocka_unit_test_setup_teardown(check_finds_one_that_lies, model_open, model_close),
        cmocka_unit_test_setup_teardown(it_goes_with_its_folder, model_open, model_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
