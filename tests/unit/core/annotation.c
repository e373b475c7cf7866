/* Annotations: what is kept, whose it is, its limits, and where it ends. */
#include "core/annotation/annotation.h"
#include "core/annotation/rows.h"
#include "core/recover.h"
#include "core/upkeep/check.h"
#include "model.h"

struct set {
    struct annotation_owner owner;
    struct annotation_change *changes;
    size_t count;
};

static enum code set_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct set *s = arg;
    return annotation_set(cx, t, &s->owner, s->changes, s->count);
}

static enum code set(struct model *m, struct annotation_owner owner, principal_id reader,
                     const char *name, const char *value)
{
    struct annotation_change change = {.reader = reader, .name = str_z(name), .remove = !value};
    if (value)
        change.value = str_z(value);
    struct set s = {owner, &change, 1};
    return model_run(m, set_in, &s);
}

static struct annotations list(struct model *m, struct annotation_owner owner, principal_id reader)
{
    struct annotations all;
    assert_ok(m, annotation_list(&m->cx, m->core, ACCOUNT, &owner, reader, &all));
    return all;
}

static struct annotation_owner of_folder(folder_id id)
{
    return (struct annotation_owner){.class = ANNOTATION_OF_FOLDER, .id = id};
}

static void assert_sound(struct model *m)
{
    struct check_account out;
    assert_ok(m, core_check_account(&m->cx, m->core, ACCOUNT, false, NULL, NULL, &out));
    assert_int_equal(out.faults, 0);
}

static void each_reader_has_its_own(void **state)
{
    struct model *m = *state;
    struct annotation_owner inbox = of_folder(model_folder(m, ROLE_INBOX));
    assert_ok(m, set(m, inbox, 0, "/comment", "ours"));
    assert_ok(m, set(m, inbox, 7, "/comment", "mine"));
    assert_ok(m, set(m, inbox, 8, "/comment", "another's"));
    assert_ok(m, set(m, inbox, 7, "/a", ""));
    struct annotations all = list(m, inbox, 7);
    assert_int_equal(all.count, 3);
    assert_str(all.at[0].value, "ours");
    assert_str(annotation_find(&all, 7, STR("/comment"))->value, "mine");
    assert_int_equal(annotation_find(&all, 7, STR("/a"))->value.n, 0);
    assert_null(annotation_find(&all, 8, STR("/comment")));
    assert_int_equal(list(m, inbox, 0).count, 1);
    assert_int_equal(model_facts(m).annotation_bytes, 8 + 4 + 8 + 4 + 8 + 9 + 2);
    assert_sound(m);
}

static void changes_have_numbers(void **state)
{
    struct model *m = *state;
    folder_id folder = model_folder(m, ROLE_INBOX);
    struct annotation_owner inbox = of_folder(folder), account = {.class = ANNOTATION_OF_ACCOUNT};
    assert_ok(m, set(m, inbox, 0, "/comment", "one"));
    uint64_t first = model_folder_facts(m, folder).own_modseq;
    assert_int_equal(list(m, inbox, 0).at[0].modseq, first);
    assert_ok(m, set(m, inbox, 0, "/comment", "one")); /* so it was */
    assert_ok(m, set(m, inbox, 0, "/nothing", NULL));
    assert_int_equal(model_folder_facts(m, folder).own_modseq, first);
    assert_ok(m, set(m, inbox, 0, "/comment", NULL));
    assert_true(model_folder_facts(m, folder).own_modseq > first);
    struct annotations all = list(m, inbox, 0);
    assert_int_equal(all.count, 1);
    assert_true(all.at[0].removed);
    assert_int_equal(all.at[0].modseq, model_folder_facts(m, folder).own_modseq);
    assert_ok(m, set(m, account, 7, "/x", "y"));
    assert_int_equal(list(m, account, 7).at[0].modseq, model_facts(m).modseq);
    assert_sound(m);
}

static void limits_hold(void **state)
{
    struct model *m = *state;
    struct annotation_owner inbox = of_folder(model_folder(m, ROLE_INBOX));
    static char large[ANNOTATION_VALUE_MAX + 1];
    memset(large, 'x', sizeof large);
    struct annotation_change change = {.name = STR("/big"),
                                       .value = str_of(large, ANNOTATION_VALUE_MAX + 1)};
    struct set s = {inbox, &change, 1};
    assert_int_equal(model_run(m, set_in, &s), E_LIMIT);
    change.value.n--;
    for (unsigned i = 0; i < ANNOTATIONS_BYTES_MAX / ANNOTATION_VALUE_MAX; i++) {
        bool full = i == ANNOTATIONS_BYTES_MAX / ANNOTATION_VALUE_MAX - 1;
        change.name = str_printf(m->cx.arena, "/%u", i);
        assert_int_equal(model_run(m, set_in, &s), full ? E_LIMIT : OK);
    }
    for (unsigned i = 0; i < ANNOTATIONS_MAX; i++)
        assert_ok(m, set(m, inbox, 7, str_printf(m->cx.arena, "/n%u", i).p, "v"));
    assert_int_equal(set(m, inbox, 7, "/more", "v"), E_LIMIT);
    assert_ok(m, set(m, inbox, 7, "/n5", "w"));
    assert_ok(m, set(m, inbox, 7, "/n5", NULL));
    assert_ok(m, set(m, inbox, 7, "/n6", NULL));
    assert_ok(m, set(m, inbox, 7, "/more", "v")); /* in the place of what went first */
    assert_int_equal(list(m, inbox, 7).count, ANNOTATIONS_MAX + 7);
    static const char *const bad[] = {"", "x", "/", "/a/", "//a", "/a//b", "/a*", "/%", "/\x7f"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(set(m, inbox, 0, bad[i], "v"), E_SYNTAX);
    assert_sound(m);
}

static enum code quota_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    (void)arg;
    return account_set_quota(cx, t, &(struct quota){.annotation_bytes = 20});
}

static void an_account_can_be_full(void **state)
{
    struct model *m = *state;
    struct annotation_owner inbox = of_folder(model_folder(m, ROLE_INBOX));
    struct annotation_owner drafts = of_folder(model_folder(m, ROLE_DRAFTS));
    assert_ok(m, model_run(m, quota_in, NULL));
    assert_ok(m, set(m, inbox, 0, "/a", "12345678")); /* 10 */
    assert_ok(m, set(m, drafts, 0, "/a", "12345678"));
    assert_int_equal(set(m, inbox, 0, "/a", "123456789"), E_LIMIT);
    assert_ok(m, set(m, inbox, 0, "/a", "1234"));
    assert_int_equal(model_facts(m).annotation_bytes, 16);
    assert_sound(m);
}

static enum code delete_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    return folder_delete(cx, t, *(folder_id *)arg);
}

static void they_end_with_their_folder(void **state)
{
    struct model *m = *state;
    folder_id folder;
    assert_ok(m, model_create(m, "Box", &folder));
    model_add(m, folder, "kept for a while", 0);
    assert_ok(m, set(m, of_folder(folder), 0, "/comment", "ours"));
    assert_ok(m, set(m, of_folder(folder), 7, "/comment", "mine"));
    assert_int_equal(model_rows(m, 'm'), 3);
    assert_ok(m, model_run(m, delete_in, &folder));
    assert_int_equal(model_rows(m, 'm'), 0);
    assert_int_equal(model_facts(m).annotation_bytes, 0);
    assert_int_equal(set(m, of_folder(folder), 0, "/comment", "ours"), E_NOT_FOUND);
    assert_int_equal(set(m, of_folder(99), 0, "/comment", "ours"), E_NOT_FOUND);
    assert_sound(m);
}

struct purge {
    folder_id folder;
    uint32_t uid;
};

static enum code purge_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct purge *p = arg;
    return item_purge(cx, t, p->folder, p->uid);
}

static struct annotation_owner of_item(item_id id)
{
    return (struct annotation_owner){.class = ANNOTATION_OF_ITEM, .id = id};
}

static uint64_t number_of(struct model *m, folder_id folder, uint32_t uid)
{
    struct view *v AUTO(view_unref) = NULL;
    assert_ok(m, view_get(&m->cx, m->core, ACCOUNT, folder, 0, &v));
    return view_at(v, view_find(v, uid)).modseq;
}

static void messages_have_them(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX), trash = model_folder(m, ROLE_TRASH);
    struct item_placed one = model_add(m, inbox, "one", 0), copy, moved;
    assert_ok(m, set(m, of_item(one.id), 0, "/comment", "ours"));
    assert_ok(m, set(m, of_item(one.id), ACCOUNT, "/comment", "mine"));
    assert_ok(m, set(m, of_item(one.id), 7, "/comment", "another's"));
    assert_int_equal(number_of(m, inbox, one.uid), model_facts(m).modseq);
    assert_int_equal(list(m, of_item(one.id), 7).at[1].modseq, model_facts(m).modseq);
    assert_ok(m, model_copy(m, inbox, one.uid, trash, &copy));
    assert_int_equal(list(m, of_item(copy.id), 7).count, 1); /* what is another's stays his */
    assert_int_equal(list(m, of_item(copy.id), ACCOUNT).count, 2);
    assert_int_equal(number_of(m, trash, copy.uid), copy.modseq);
    assert_ok(m, model_move(m, inbox, one.uid, trash, &moved));
    assert_int_equal(list(m, of_item(one.id), 7).count, 2);
    assert_sound(m);
    assert_ok(m, model_remove(m, trash, copy.uid));
    assert_int_equal(list(m, of_item(copy.id), ACCOUNT).count, 2); /* recoverable */
    assert_ok(m, model_run(m, purge_in, &(struct purge){trash, moved.uid}));
    assert_int_equal(model_rows(m, 'm'), 3);
    assert_int_equal(model_facts(m).annotation_bytes, 8 + 4 + 8 + 4);
    assert_int_equal(set(m, of_item(one.id), 0, "/comment", "x"), E_NOT_FOUND);
    assert_sound(m);
}

static void damage_is_repaired(void **state)
{
    struct model *m = *state;
    struct annotation_owner inbox = of_folder(model_folder(m, ROLE_INBOX)), lost = of_folder(99);
    assert_ok(m, set(m, inbox, 0, "/comment", "ours"));
    struct key sum = annotation_owner_key(&inbox), row = annotation_key(&lost, 0, STR("/a"));
    struct annotation_sum wrong = {.count = 3, .bytes = 5};
    model_row_put(m, key_str(&sum), annotation_sum_encode(m->cx.arena, &wrong));
    model_row_put(m, key_str(&row),
                  annotation_encode(m->cx.arena, &(struct annotation){.value = STR("x")}));
    struct check_account out;
    assert_ok(m, core_check_account(&m->cx, m->core, ACCOUNT, true, NULL, NULL, &out));
    assert_int_equal(out.faults, 2);
    assert_int_equal(out.repaired, 2);
    assert_int_equal(model_rows(m, 'm'), 2);
    assert_sound(m);
}

static void the_server_has_its_own(void **state)
{
    struct model *m = *state;
    struct annotations all;
    struct annotation_change change = {.name = STR("/comment"), .value = STR("hello")};
    assert_ok(m, annotation_server_list(&m->cx, m->core, &all));
    assert_int_equal(all.count, 0);
    assert_ok(m, annotation_server_set(&m->cx, m->core, &change, 1));
    assert_ok(m, annotation_server_list(&m->cx, m->core, &all));
    assert_int_equal(all.count, 1);
    assert_str(all.at[0].value, "hello");
    assert_true(all.at[0].modseq > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_reader_has_its_own, model_open, model_close),
        cmocka_unit_test_setup_teardown(changes_have_numbers, model_open, model_close),
        cmocka_unit_test_setup_teardown(limits_hold, model_open, model_close),
        cmocka_unit_test_setup_teardown(an_account_can_be_full, model_open, model_close),
        cmocka_unit_test_setup_teardown(they_end_with_their_folder, model_open, model_close),
        cmocka_unit_test_setup_teardown(messages_have_them, model_open, model_close),
        cmocka_unit_test_setup_teardown(damage_is_repaired, model_open, model_close),
        cmocka_unit_test_setup_teardown(the_server_has_its_own, model_open, model_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
