#include "model.h"

struct act {
    const char *path, *to;
    folder_id id;
    enum role role;
    bool on;
    folder_id *out;
};

static enum code rename_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct act *a = arg;
    return folder_rename(cx, t, str_z(a->path), str_z(a->to));
}

static enum code renamed(struct model *m, const char *from, const char *to)
{
    struct act a = {.path = from, .to = to};
    return model_run(m, rename_in, &a);
}

static enum code delete_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct act *a = arg;
    return folder_delete(cx, t, a->id);
}

static enum code deleted(struct model *m, folder_id id)
{
    struct act a = {.id = id};
    return model_run(m, delete_in, &a);
}

static enum code role_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct act *a = arg;
    return folder_set_role(cx, t, a->id, a->role);
}

static enum code of_role_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct act *a = arg;
    return folder_of_role(cx, t, a->role, a->out);
}

static folder_id by_path(struct model *m, const char *path)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    assert_ok(m, account_view_get(&m->cx, m->core, ACCOUNT, &v));
    const struct folder_facts *f = account_folder_by_path(v, str_z(path));
    return f ? f->id : 0;
}

static void names_are_checked(void **state)
{
    struct model *m = *state;
    char long_name[FOLDER_NAME_MAX + 2] = {0}, deep[64] = {0};
    memset(long_name, 'x', FOLDER_NAME_MAX + 1);
    for (int i = 0; i <= FOLDER_DEPTH_MAX * 2; i++)
        deep[i] = i % 2 ? '/' : 'a';
    const struct {
        const char *path;
        enum code code;
    } cases[] = {
        {"", E_SYNTAX},       {"/", E_SYNTAX},           {"a/", E_SYNTAX},
        {"/a", E_SYNTAX},     {"a//b", E_SYNTAX},        {"a\nb", E_SYNTAX},
        {"a\x7f", E_SYNTAX},  {"\xff", E_SYNTAX},        {"\xc0\x80", E_SYNTAX},
        {long_name, E_LIMIT}, {deep, E_LIMIT},           {"INBOX", E_EXISTS},
        {"inbox", E_EXISTS},  {"Drafts", E_EXISTS},      {"drafts", OK},
        {"inbox/sub", OK},    {"\xc3\xa9t\xc3\xa9", OK}, {long_name + 1, OK},
        {deep + 2, OK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        folder_id id;
        enum code got = model_create(m, cases[i].path, &id);
        if (got != cases[i].code)
            fail_msg("\"%s\": %s, wanted %s", cases[i].path, code_name(got),
                     code_name(cases[i].code));
    }
    assert_str(model_folder_facts(m, by_path(m, "INBOX/sub")).path, "INBOX/sub");
    assert_int_equal(by_path(m, "Inbox/sub"), by_path(m, "INBOX/sub"));
}

static void parents_are_made(void **state)
{
    struct model *m = *state;
    folder_id c, b;
    assert_ok(m, model_create(m, "a/b/c", &c));
    assert_int_equal(model_create(m, "a/b", &b), E_EXISTS);
    b = by_path(m, "a/b");
    assert_int_equal(model_folder_facts(m, c).parent, b);
    assert_int_equal(model_folder_facts(m, b).parent, by_path(m, "a"));
    assert_int_not_equal(model_folder_facts(m, b).uid_validity,
                         model_folder_facts(m, c).uid_validity);
}

static void renaming_takes_children_along(void **state)
{
    struct model *m = *state;
    folder_id c;
    assert_ok(m, model_create(m, "a/b/c", &c));
    folder_id b = by_path(m, "a/b");
    assert_ok(m, renamed(m, "a/b", "x/y"));
    assert_int_equal(by_path(m, "x/y"), b);
    assert_int_equal(by_path(m, "x/y/c"), c);
    assert_int_equal(by_path(m, "a/b"), 0);
    assert_int_equal(renamed(m, "a/b", "z"), E_NOT_FOUND);
    assert_int_equal(renamed(m, "x", "a"), E_EXISTS);
    assert_int_equal(renamed(m, "x", "x/y/z"), E_DENIED);
    assert_int_equal(renamed(m, "x", "bad/"), E_SYNTAX);
    assert_int_equal(renamed(m, "x", "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19"), E_LIMIT);
    assert_ok(m, renamed(m, "Drafts", "Entw\xc3\xbcrfe"));
    assert_int_equal(model_folder(m, ROLE_DRAFTS), by_path(m, "Entw\xc3\xbcrfe"));
}

static void renaming_the_inbox_moves_its_items(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    struct item_placed a = model_add(m, inbox, "a", 0), where;
    model_add(m, inbox, "b", FLAG_HIDDEN);
    assert_ok(m, renamed(m, "INBOX", "old/mail"));
    assert_int_equal(model_folder(m, ROLE_INBOX), inbox);
    assert_int_equal(model_folder_facts(m, inbox).total, 0);
    folder_id old = by_path(m, "old/mail");
    assert_int_equal(model_folder_facts(m, old).total, 1);
    assert_int_equal(model_folder_facts(m, old).hidden_items, 1);
    assert_ok(m, item_locate(&m->cx, m->core, ACCOUNT, a.id, &where));
    assert_int_equal(where.folder, old);
    for (int i = 0; i <= FOLDER_RENAME_INBOX_MAX; i++)
        model_add(m, inbox, "a", 0);
    assert_int_equal(renamed(m, "INBOX", "other"), E_LIMIT);
    assert_int_equal(by_path(m, "other"), 0);
}

static void deleting_keeps_what_must_be(void **state)
{
    struct model *m = *state;
    folder_id b;
    assert_ok(m, model_create(m, "a/b", &b));
    assert_int_equal(deleted(m, model_folder(m, ROLE_INBOX)), E_DENIED);
    assert_int_equal(deleted(m, by_path(m, "a")), E_EXISTS);
    assert_int_equal(deleted(m, 4711), E_NOT_FOUND);
    uint64_t before = model_facts(m).modseq;
    assert_ok(m, deleted(m, b));
    assert_int_equal(deleted(m, b), E_NOT_FOUND);
    assert_int_equal(by_path(m, "a/b"), 0);
    assert_ok(m, deleted(m, by_path(m, "a")));
    folder_id junk = model_folder(m, ROLE_JUNK);
    assert_ok(m, deleted(m, junk));
    struct change *changes;
    size_t count;
    assert_ok(m, model_changes(m, before, 0, &changes, &count));
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(changes[i].what, CHANGE_GONE_FOLDER);
    folder_id again;
    assert_ok(m, model_create(m, "a/b", &again));
    assert_int_not_equal(again, b);
    struct act act = {.role = ROLE_JUNK, .out = &again};
    assert_ok(m, model_run(m, of_role_in, &act));
    assert_int_not_equal(again, junk);
}

static void deleting_with_items_tells_each(void **state)
{
    struct model *m = *state;
    folder_id work;
    assert_ok(m, model_create(m, "Work", &work));
    struct item_placed a = model_add(m, work, "aaa", 0), b = model_add(m, work, "bb", 0);
    uint64_t before = model_facts(m).modseq;
    assert_ok(m, deleted(m, work));
    assert_int_equal(by_path(m, "Work"), 0);
    assert_int_equal(model_facts(m).used_bytes, 0);
    assert_int_equal(model_facts(m).items, 0);
    struct change *c;
    size_t count;
    assert_ok(m, model_changes(m, before, 0, &c, &count));
    assert_int_equal(count, 3);
    assert_int_equal(c[0].what, CHANGE_GONE_ITEM);
    assert_int_equal(c[0].item, a.id);
    assert_int_equal(c[1].item, b.id);
    assert_int_equal(c[2].what, CHANGE_GONE_FOLDER);
    assert_int_equal(c[2].folder, work);
    struct item_placed placed;
    struct item_new new = {.folder = work};
    assert_int_equal(model_add_new(m, &new, "x", &placed), E_NOT_FOUND);
    assert_int_equal(model_move(m, work, a.uid, work, &placed), E_NOT_FOUND);
    folder_id again;
    assert_ok(m, model_create(m, "Work", &again));
    assert_int_not_equal(again, work);
}

static void roles_are_single(void **state)
{
    struct model *m = *state;
    folder_id a;
    assert_ok(m, model_create(m, "a", &a));
    struct act act = {.id = a, .role = ROLE_SENT};
    assert_int_equal(model_run(m, role_in, &act), E_EXISTS);
    act.role = ROLE_INBOX;
    assert_int_equal(model_run(m, role_in, &act), E_DENIED);
    act.role = ROLE_JOURNAL;
    assert_ok(m, model_run(m, role_in, &act));
    assert_int_equal(model_folder(m, ROLE_JOURNAL), a);
    act.role = ROLE_NONE;
    assert_ok(m, model_run(m, role_in, &act));
    struct act make = {.role = ROLE_CONVERSATION_HISTORY, .out = &a};
    assert_ok(m, model_run(m, of_role_in, &make));
    assert_true(model_folder_facts(m, a).hidden);
    assert_int_equal(by_path(m, "conversation-history"), 0);
    folder_id same;
    make.out = &same;
    assert_ok(m, model_run(m, of_role_in, &make));
    assert_int_equal(same, a);
}

static void role_table_is_whole(void **state)
{
    (void)state;
    for (size_t i = ROLE_NONE + 1; i < ROLE_COUNT; i++) {
        const struct role_row *row = role_row((enum role)i);
        assert_true(row->name.n > 0);
        assert_true(row->kind >= KIND_MAIL && row->kind <= KIND_HIDDEN);
        assert_int_equal(role_by_name(row->name), i);
        if (row->special_use.n)
            assert_int_equal(role_by_special_use(
                                 str_lower(((struct model *)*state)->cx.arena, row->special_use)),
                             i);
        for (size_t j = i + 1; j < ROLE_COUNT; j++) {
            assert_false(str_eq(row->name, role_row((enum role)j)->name));
            assert_false(row->ews_id.n && str_eq(row->ews_id, role_row((enum role)j)->ews_id));
            assert_false(row->jmap_role.n &&
                         str_eq(row->jmap_role, role_row((enum role)j)->jmap_role));
        }
    }
    assert_int_equal(role_by_name(STR("nobody")), ROLE_NONE);
    assert_int_equal(role_by_special_use(STR("")), ROLE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_are_checked, model_open, model_close),
        cmocka_unit_test_setup_teardown(parents_are_made, model_open, model_close),
        cmocka_unit_test_setup_teardown(renaming_takes_children_along, model_open, model_close),
        cmocka_unit_test_setup_teardown(renaming_the_inbox_moves_its_items, model_open,
                                        model_close),
        cmocka_unit_test_setup_teardown(deleting_keeps_what_must_be, model_open, model_close),
        cmocka_unit_test_setup_teardown(deleting_with_items_tells_each, model_open, model_close),
        cmocka_unit_test_setup_teardown(roles_are_single, model_open, model_close),
        cmocka_unit_test_setup_teardown(role_table_is_whole, model_open, model_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
